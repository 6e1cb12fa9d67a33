"""A quote's price as a waterfall of characters, for a terminal. It shows the steps and adds nothing up."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

_WIDTH = 40
_DECIMALS = 2  # the demo sells in a currency of two decimal places


def staircase(steps: Sequence[Any], total: int) -> list[str]:
    """One line for each step: its label, what it changes, the price after it, and a bar between the two."""
    highest = max([step["running"]["amount"] for step in steps] + [1])
    labels = max(len(step["label"]) for step in steps)
    lines, before = [], 0
    for step in steps:
        after = step["running"]["amount"]
        change = _shown(step["amount"]["amount"], sign=True)
        lines.append(
            f"{step['label']:<{labels}} {change:>11} {_shown(after):>10}  {_bar(before, after, highest)}"
        )
        before = after
    lines.append(f"{'to pay':<{labels}} {'':>11} {_shown(total):>10}  {_bar(0, total, highest)}")
    return lines


def _bar(before: int, after: int, highest: int) -> str:
    low, high = (round(_WIDTH * edge / highest) for edge in sorted((before, after)))
    return " " * low + ("█" if after >= before else "▒") * max(1, high - low)


def _shown(amount: int, *, sign: bool = False) -> str:
    units = Decimal(abs(amount)).scaleb(-_DECIMALS)
    mark = ("−" if amount < 0 else "+") if sign else ("−" if amount < 0 else "")
    return f"{mark}{units:,.{_DECIMALS}f}"
