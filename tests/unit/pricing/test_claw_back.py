"""What is taken back on kept goods stays within what they had been reduced by, whatever was bought."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money
from domain.pricing.breakdown import Component, Funder, Layer, PriceBreakdown
from domain.pricing.claw_back import lost_reductions

QUANTITIES = st.lists(st.integers(1, 50), min_size=1, max_size=6)
SOURCES = ("pro_1", "pro_2", "SPRING")


def reduced(shares: list[list[int]]) -> PriceBreakdown:
    """A price of goods with these reductions, each by line."""
    parts = [_part("goods", Layer.BASE, "price_book", [1_000_000] * len(shares[0]))]
    for source, by_line in zip(SOURCES, shares, strict=False):
        kind, layer = ("voucher", Layer.DEDUCTION) if source == "SPRING" else ("threshold", Layer.PROMOTION)
        parts.append(_part(kind, layer, source, [-share for share in by_line]))
    return PriceBreakdown("CNY", len(shares[0]), tuple(parts))


def _part(kind: str, layer: Layer, source: str, shares: list[int]) -> Component:
    carried = tuple((line, share) for line, share in enumerate(shares, start=1) if share)
    amount = Money(sum(shares), "CNY")
    return Component(f"{kind}:{source}", layer, kind, kind, amount, Funder.MERCHANT, source, carried)


@st.composite
def returns(draw: st.DrawFn) -> tuple[PriceBreakdown, list[int], dict[int, int]]:
    """A reduced order, its quantities, and what is kept of it."""
    ordered = draw(QUANTITIES)
    by_line = st.lists(st.integers(0, 90_000), min_size=len(ordered), max_size=len(ordered))
    shares = draw(st.lists(by_line, min_size=1, max_size=len(SOURCES)))
    kept = {line: draw(st.integers(0, of)) for line, of in enumerate(ordered, start=1)}
    return reduced(shares), ordered, kept


@given(returns(), st.integers(0, 300_000))
def test_never_more_is_taken_back_than_the_kept_goods_were_reduced_by(
    bought: tuple[PriceBreakdown, list[int], dict[int, int]], alone: int
) -> None:
    paid, ordered, kept = bought
    lost = lost_reductions(paid, ordered, kept, reduced([[alone]]), SOURCES)
    most = lost_reductions(paid, ordered, kept, reduced([[0]]), SOURCES)

    assert 0 <= lost.amount <= most.amount
    assert lost.amount in {0, most.amount - alone} or most.amount == 0
    whole = sum(-part.amount.amount for part in paid.components if part.source in SOURCES)
    assert most.amount <= whole + sum(len(part.shares) for part in paid.components)


@given(returns())
def test_who_keeps_everything_loses_nothing(
    bought: tuple[PriceBreakdown, list[int], dict[int, int]],
) -> None:
    paid, ordered, _ = bought
    everything = dict(enumerate(ordered, start=1))

    assert lost_reductions(paid, ordered, everything, paid, SOURCES).is_zero


@given(returns())
def test_who_keeps_nothing_loses_nothing(bought: tuple[PriceBreakdown, list[int], dict[int, int]]) -> None:
    paid, ordered, _ = bought

    assert lost_reductions(paid, ordered, {}, reduced([[0]]), SOURCES).is_zero


@given(returns())
def test_what_cannot_be_looked_up_is_not_taken_back(
    bought: tuple[PriceBreakdown, list[int], dict[int, int]],
) -> None:
    paid, ordered, kept = bought

    assert lost_reductions(paid, ordered, kept, reduced([[0]]), ()).is_zero
