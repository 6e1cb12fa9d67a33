"""What may be claimed, and how a claim reaches the ledger."""

from __future__ import annotations

import pytest

from activities.contracts import HoldsAnswer, TakeHolds
from activities.stock import StockActivities
from adapters.memory.stock import MemoryStockLedger
from domain.errors import InvalidValueError
from domain.stock.allowance import Allowance, Claim
from domain.stock.hold import Shortage, StockLine
from tests.support.shelves import LATER, a_cart
from tests.unit.stock.test_goods_are_conserved import done

QUOTA = Allowance.of_promotion("flash", "tea")
VOUCHER = Allowance.of_voucher("SPRING")


@pytest.mark.parametrize("quantity", [0, -1])
def test_nobody_claims_less_than_one(quantity: int) -> None:
    with pytest.raises(InvalidValueError) as caught:
        Claim(QUOTA, quantity)

    assert caught.value.facts["field"] == "quantity"


@pytest.mark.parametrize("allowance", [QUOTA, VOUCHER, Allowance.of_points("ann")])
def test_what_everybody_shares_has_no_limit_of_a_claims_own(allowance: Allowance) -> None:
    with pytest.raises(InvalidValueError):
        Claim(allowance, 1, limit=1)


@pytest.mark.parametrize(
    "allowance",
    [Allowance.of_promotion_for("flash", "tea", "ann"), Allowance.of_voucher_for("SPRING", "ann")],
)
def test_what_is_for_one_buyer_needs_a_limit(allowance: Allowance) -> None:
    with pytest.raises(InvalidValueError):
        Claim(allowance, 1)


def test_an_order_claims_in_its_buyers_name_and_takes_its_cart_over() -> None:
    ledger = MemoryStockLedger()
    ledger.put("tea", 1)
    ledger.put_allowance(QUOTA, 1)
    done(ledger.take(a_cart("cart_1", Claim(QUOTA, 1), tea=1)))
    asked = TakeHolds("ord_1", (StockLine("tea", 1),), LATER, "ann", (Claim(QUOTA, 1),), ("cart_1",))

    assert done(StockActivities(ledger).take_holds(asked)) == HoldsAnswer()

    assert ledger.orders_of("ann", own=()) == 1
    assert ledger.orders_of("ann", own=("ord_1",)) == 0
    assert ledger.allowance_left(QUOTA, None, own=()) == 0
    assert ledger.allowance_left(QUOTA, None, own=("ord_1", "ord_none")) == 1
    assert ledger.allowance_left(VOUCHER, None, own=()) is None


def test_a_refused_order_is_told_which_allowance_is_short() -> None:
    ledger = MemoryStockLedger()
    ledger.put("tea", 1)
    asked = TakeHolds("ord_1", (StockLine("tea", 1),), LATER, "ann", (Claim(VOUCHER, 1),))

    answer = done(StockActivities(ledger).take_holds(asked))

    assert answer == HoldsAnswer((Shortage("", 1, 0, VOUCHER),))
