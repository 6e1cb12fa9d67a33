"""What buyers have: who they are, their orders and vouchers, and what is left of everything counted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.catalogue.buyers import Buyer
from domain.ports.prices import Wallet
from domain.ports.stock import HoldRequest
from domain.stock.allowance import Allowance, Claim
from domain.stock.hold import HoldKind, StockLine
from tests.support.offers import ANN, MAY, MID_MAY, a_promotion, a_voucher, an_item
from tests.support.port_worlds import PortWorld

LATER = MID_MAY + timedelta(minutes=30)
ANNA = Buyer("anna", registered_at=MAY, total_orders=2, segments=frozenset({"vip", "gold"}))
QUOTA = Allowance.of_promotion("spring", "tea")
LIMIT = Allowance.of_promotion_for("spring", "tea", "anna")


async def wallet(world: PortWorld, buyer_id: str | None = "anna", *own: str, code: str = "") -> Wallet:
    return await world.wallets.wallet(buyer_id, code, "CNY", own)


async def hold(
    world: PortWorld,
    reference: str,
    *claims: Claim,
    buyer_id: str = "anna",
    kind: HoldKind = HoldKind.ORDER,
) -> None:
    request = HoldRequest(reference, (StockLine("tea", 1),), LATER, buyer_id, kind, claims)
    assert not (await world.stock.take(request)).refused


@pytest.fixture
async def stocked(world: PortWorld) -> PortWorld:
    """100 units of tea, and a buyer."""
    await world.catalogue.put_items([an_item("tea", stock=100)])
    await world.catalogue.put_buyer(ANNA)
    return world


async def test_a_buyer_is_found_as_put(stocked: PortWorld) -> None:
    assert await wallet(stocked) == Wallet(ANNA, None)

    changed = Buyer("anna")
    await stocked.catalogue.put_buyer(changed)

    assert await wallet(stocked) == Wallet(changed, None)


async def test_nobody_has_an_empty_wallet_and_a_stranger_has_only_a_name(stocked: PortWorld) -> None:
    assert await wallet(stocked, None) == Wallet(None, None)
    assert await wallet(stocked, "stranger") == Wallet(Buyer("stranger"), None)


async def test_orders_that_hold_goods_or_have_sold_them_are_counted(stocked: PortWorld) -> None:
    for reference in ("ord_1", "ord_2", "ord_3", "ord_4"):
        await hold(stocked, reference)
    await hold(stocked, "cart_1", kind=HoldKind.CART)
    await hold(stocked, "ord_5", buyer_id="bert")
    await hold(stocked, "ord_6", buyer_id="")
    await stocked.stock.confirm_holds("ord_2", MID_MAY)
    await stocked.stock.confirm_holds("ord_3", MID_MAY)
    await stocked.stock.restock("ord_3")
    await stocked.stock.release_holds("ord_4")

    counted = [(await wallet(stocked, who)).buyer for who in ("anna", "bert", "stranger")]

    assert [buyer.total_orders for buyer in counted if buyer] == [2 + 2, 1, 0]


async def test_orders_that_are_the_callers_own_are_not_counted(stocked: PortWorld) -> None:
    for reference in ("ord_1", "ord_2"):
        await hold(stocked, reference)

    without_one = (await wallet(stocked, "anna", "ord_1", "ord_9")).buyer

    assert without_one is not None
    assert without_one.total_orders == 2 + 1


async def test_a_voucher_is_found_by_its_code_in_its_currency(stocked: PortWorld) -> None:
    await stocked.catalogue.put_voucher(a_voucher(), None, ANN)

    assert (await wallet(stocked, None, code="HELLO")).voucher == a_voucher()
    assert (await wallet(stocked, code="HELLO")).voucher == a_voucher()
    assert (await wallet(stocked, code="hello")).voucher is None
    assert (await stocked.wallets.wallet("anna", "HELLO", "EUR", ())).voucher is None


async def test_what_is_left_is_what_nobody_else_holds_or_has_used(stocked: PortWorld) -> None:
    await stocked.catalogue.put_promotion(a_promotion(has_quota=True), {"tea": 10}, ANN)
    await stocked.catalogue.put_voucher(a_voucher(has_uses=True), 5, ANN)
    await stocked.catalogue.put_points("anna", 900)
    voucher, points = Allowance.of_voucher("HELLO"), Allowance.of_points("anna")
    await hold(stocked, "ord_1", Claim(QUOTA, 2), Claim(points, 300))
    await hold(stocked, "ord_2", Claim(QUOTA, 3), Claim(voucher, 1))
    await stocked.stock.confirm_holds("ord_2", MID_MAY)
    wanted = {QUOTA: None, voucher: None, points: None}

    assert await stocked.wallets.left(wanted, ()) == {QUOTA: 5, voucher: 4, points: 600}
    # What ord_2 had is used up for good: only what is still held counts as free.
    assert await stocked.wallets.left(wanted, ["ord_1", "ord_2"]) == {QUOTA: 7, voucher: 4, points: 900}


async def test_what_is_left_for_one_buyer_follows_todays_limit(stocked: PortWorld) -> None:
    await hold(stocked, "ord_1", Claim(LIMIT, 2, limit=3))
    await hold(stocked, "ord_2", Claim(LIMIT, 1, limit=3))
    await stocked.stock.confirm_holds("ord_2", MID_MAY)
    bert = Allowance.of_promotion_for("spring", "tea", "bert")

    assert await stocked.wallets.left({LIMIT: 3, bert: 3}, ()) == {LIMIT: 0, bert: 3}
    assert await stocked.wallets.left({LIMIT: 5}, ()) == {LIMIT: 2}
    assert await stocked.wallets.left({LIMIT: 1}, ()) == {LIMIT: 0}
    assert await stocked.wallets.left({LIMIT: 3}, ["ord_1"]) == {LIMIT: 2}


async def test_what_nobody_counts_is_not_told(stocked: PortWorld) -> None:
    await stocked.catalogue.put_points("anna", 0)
    unknown = Allowance.of_points("stranger")

    left = await stocked.wallets.left({QUOTA: None, unknown: None, Allowance.of_points("anna"): None}, ())

    assert left == {Allowance.of_points("anna"): 0}


async def test_setting_what_is_free_leaves_what_is_held_and_used(stocked: PortWorld) -> None:
    points = Allowance.of_points("anna")
    await stocked.catalogue.put_points("anna", 100)
    await hold(stocked, "ord_1", Claim(points, 30))
    await hold(stocked, "ord_2", Claim(points, 20))
    await stocked.stock.confirm_holds("ord_2", MID_MAY)

    await stocked.catalogue.put_points("anna", 500)

    level = await stocked.stock.allowance(points)
    assert level is not None
    assert (level.available, level.held, level.consumed) == (500, 30, 20)
    assert await stocked.wallets.left({points: None}, ["ord_1"]) == {points: 530}
