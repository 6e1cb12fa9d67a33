"""Random calls on a stock ledger, for model tests: few SKUs, few buyers, so that calls meet."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st

from domain.ports.stock import HoldRequest
from domain.stock.allowance import FOR_ONE_BUYER, Allowance, Claim
from domain.stock.hold import HoldKind, StockLine
from tests.support.shelves import NOON

BUYERS = ("ann", "杯")
SHELF = {"tea": 12, "cup": 7, "Pot": 3}
PUT_ALLOWANCES = {
    Allowance.of_promotion("flash", "tea"): 8,
    Allowance.of_promotion("flash", "Pot"): 2,
    Allowance.of_voucher("SPRING"): 4,
    Allowance.of_points("ann"): 10,
    Allowance.of_points("杯"): 3,
}
_REFERENCES = tuple(f"ref_{number}" for number in range(7))


def claims_of(buyer: str) -> tuple[Claim, ...]:
    """One claim on everything that this buyer can claim."""
    return (
        *(Claim(Allowance.of_promotion("flash", sku), 1) for sku in ("tea", "Pot")),
        *(Claim(Allowance.of_promotion_for("flash", sku, buyer), 1, limit=4) for sku in ("tea", "Pot")),
        Claim(Allowance.of_voucher("SPRING"), 1),
        Claim(Allowance.of_voucher_for("SPRING", buyer), 1, limit=2),
        Claim(Allowance.of_points(buyer), 1),
    )


def references() -> st.SearchStrategy[str]:
    """Of carts and orders alike."""
    return st.sampled_from(_REFERENCES)


@st.composite
def requests(draw: st.DrawFn) -> HoldRequest:
    """A cart or an order, with limits that change from one to the next."""
    buyer = draw(st.sampled_from(BUYERS))
    lines = st.builds(StockLine, st.sampled_from(list(SHELF)), st.integers(1, 4))
    return HoldRequest(
        reference=draw(references()),
        lines=tuple(draw(st.lists(lines, min_size=1, max_size=3))),
        until=NOON + timedelta(minutes=draw(st.integers(1, 9))),
        buyer_id=buyer,
        kind=draw(st.sampled_from(HoldKind)),
        claims=tuple(draw(st.lists(_claims(buyer), max_size=4))),
        converts=tuple(draw(st.lists(references(), max_size=3))),
    )


@st.composite
def _claims(draw: st.DrawFn, buyer: str) -> Claim:
    claim = draw(st.sampled_from(claims_of(buyer)))
    limit = draw(st.integers(1, 5)) if claim.allowance.kind in FOR_ONE_BUYER else None
    return Claim(claim.allowance, draw(st.integers(1, 4)), limit)
