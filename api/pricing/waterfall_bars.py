"""What a waterfall picture of a price shows: bars, few enough to be read. It draws nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from domain.money import Money, total
from domain.pricing.breakdown import Component, Layer, PriceBreakdown

MOST_BARS = 15
LONGEST_LABEL = 36


@dataclass(frozen=True, slots=True)
class Bar:
    """One step: from `start` by `amount`. `count` components are in it; of a single one it has the id."""

    id: str
    layer: Layer
    label: str
    amount: Money
    start: Money
    count: int = 1

    @property
    def end(self) -> Money:
        """Where the next bar starts."""
        return self.start + self.amount


def bars_of(breakdown: PriceBreakdown, known: Collection[int], most: int = MOST_BARS) -> tuple[Bar, ...]:
    """The components as bars. When there are more than `most`, the smallest of each layer become one bar.

    `known` are the code points that the font has: a label with others gives way to its component's kind.
    """
    kept = _largest(breakdown.components, most)
    bars: list[Bar] = []
    running = Money.zero(breakdown.currency)
    for layer in Layer:
        ours = [part for part in breakdown.components if part.layer is layer]
        rest = [part for part in ours if part.id not in kept]
        for part in ours:
            if part.id in kept:
                bars.append(Bar(part.id, layer, _label(part, known), part.amount, running))
                running = bars[-1].end
        if rest:
            amount = total((part.amount for part in rest), breakdown.currency)
            bars.append(Bar(f"more:{layer}", layer, f"{len(rest)} more", amount, running, len(rest)))
            running = bars[-1].end
    return tuple(bars)


def _largest(components: tuple[Component, ...], most: int) -> frozenset[str]:
    if len(components) <= most:
        return frozenset(part.id for part in components)
    # Each layer may need a bar for its rest.
    room = most - len({part.layer for part in components})
    by_size = sorted(components, key=lambda part: (-abs(part.amount.amount), part.id))
    return frozenset(part.id for part in by_size[:room])


def _label(part: Component, known: Collection[int]) -> str:
    for text in (part.label.replace("_", " "), part.kind.replace("_", " ")):
        if text.strip() and all(ord(character) in known for character in text):
            return text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…"
    return part.id if part.id.isascii() else part.layer.value
