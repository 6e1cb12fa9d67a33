"""The engine against the same rules in `Decimal`, in interleaved rounds; both must agree first.

Both are given a price book in their own values and a request, and both give the same kind of answer.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial

from rich.console import Console
from rich.table import Table

from benchmarks.pricing_agreement import disagreement
from benchmarks.pricing_baseline.answer import answer
from benchmarks.pricing_baseline.book import Basket
from benchmarks.pricing_baseline.reading import layout
from benchmarks.pricing_carts import ten_lines, ten_lines_missing, two_hundred_lines
from benchmarks.random_carts import Cart
from domain.pricing.calculate import calculate

CARTS: dict[str, Callable[[], Cart]] = {
    "10 lines, 5 promotions": ten_lines,
    "the same, a threshold missed": ten_lines_missing,
    "200 lines, 50 promotions": two_hundred_lines,
}
_A_ROUND = 0.3
_FEW = 10


def measure(rounds: int, say: Console) -> None:
    """Print microseconds of processor time for one calculation, and the ratio of each round."""
    table = Table("cart", "engine µs", "decimal µs", "decimal : engine")
    for name, make in CARTS.items():
        cart = make()
        wrong = disagreement(cart, thorough=len(cart.page.promotions) < _FEW)
        if wrong:
            raise AssertionError(f"{name}: {wrong}")
        ours = partial(calculate, cart.page, cart.request, cart.now)
        theirs = _in_decimals(layout(cart.page, cart.request, cart.now))
        _microseconds(ours), _microseconds(theirs)  # warm; not counted
        pairs = [
            (_microseconds(ours), _microseconds(theirs))
            if number % 2 == 0
            else (_microseconds(theirs), _microseconds(ours))[::-1]
            for number in range(rounds)
        ]
        table.add_row(
            name,
            spread([one for one, _ in pairs]),
            spread([other for _, other in pairs]),
            spread([other / one for one, other in pairs], 2),
        )
    say.print(table)
    say.print("median [smallest – largest] over the rounds; ratios are taken round by round", markup=False)


def _in_decimals(lay_out: Callable[[], Basket]) -> Callable[[], object]:
    return lambda: answer(lay_out())


def spread(values: list[float], digits: int = 1) -> str:
    """Median, smallest and largest."""
    return f"{statistics.median(values):.{digits}f} [{min(values):.{digits}f} – {max(values):.{digits}f}]"


def _microseconds(work: Callable[[], object]) -> float:
    """Processor time of one call, over as many as fit into a third of a second."""
    calls, begun = 0, time.process_time()
    while (took := time.process_time() - begun) < _A_ROUND:
        work()
        calls += 1
    return 1e6 * took / calls
