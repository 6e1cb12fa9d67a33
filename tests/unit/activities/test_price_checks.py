"""What a check of a snapshot finds, over a whole desk: like is compared with like, and nobody guesses."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from activities.price_desk import Checked
from domain.catalogue.buyers import NEW_BUYER
from domain.pricing.consistency import Reason, Verdict
from domain.pricing.request import LIFETIME, Scene
from domain.pricing.snapshot import NotAFinalPriceError, PriceSnapshot
from domain.stock.allowance import Allowance, Claim
from domain.stock.hold import HoldKind
from tests.support.builders import NOON, cny
from tests.support.price_world import ANN, PriceWorld

TOLERANCE = cny(100)
LATER = NOON + timedelta(minutes=1)
EXPIRED = NOON + LIFETIME[Scene.CHECKOUT]
QUOTA = Allowance.of_promotion("pro_1", "tea")


def mine(buyer_id: str = "buyer-1") -> Allowance:
    return Allowance.of_promotion_for("pro_1", "tea", buyer_id)


@pytest.fixture
async def world() -> PriceWorld:
    made = PriceWorld()
    await made.sells()
    return made


async def check(
    world: PriceWorld, snapshot: PriceSnapshot, at: datetime = LATER, buyer_id: str = "buyer-1"
) -> Checked:
    return await world.desk.check("ord_1", snapshot, buyer_id, TOLERANCE, at)


async def test_a_price_that_holds_is_honoured_without_a_fresh_snapshot(world: PriceWorld) -> None:
    snapshot = await world.quote()

    found = await check(world, snapshot)

    assert (found.check.verdict, found.fresh, found.snapshot) == (Verdict.HONOURED, False, snapshot)
    assert world.shown.reads == []


@pytest.mark.parametrize("scene", [Scene.ORDER, Scene.CHECKOUT])
async def test_today_is_calculated_in_the_scene_of_the_snapshot(world: PriceWorld, scene: Scene) -> None:
    """A voucher counts at a checkout only: another scene would see another price."""
    await world.gives_voucher(500)

    found = await check(world, await world.quote(scene, voucher_code="SPRING"))

    assert found.check.verdict is Verdict.HONOURED
    assert found.check.difference == cny(0)


@pytest.mark.parametrize("scene", [Scene.ORDER, Scene.CHECKOUT])
async def test_a_fresh_snapshot_is_of_the_same_scene_for_the_buyer_who_orders(
    world: PriceWorld, scene: Scene
) -> None:
    snapshot = await world.quote(scene, buyer_id=None, region="CN", payment_method="card")
    await world.sells(fen=15_000)

    found = await check(world, snapshot)

    assert (found.check.verdict, found.check.reason) == (Verdict.CHANGED, Reason.PRICE_ADJUSTED)
    assert (found.snapshot.scene, found.snapshot.total) == (scene, cny(15_000))
    assert (found.snapshot.buyer_id, found.snapshot.wishes) == ("buyer-1", snapshot.wishes)
    assert await world.snapshots.get(found.snapshot.id) == found.snapshot


@pytest.mark.parametrize("scene", [Scene.DISPLAY, Scene.CART])
async def test_a_shown_price_is_followed_by_a_checkout(world: PriceWorld, scene: Scene) -> None:
    snapshot = await world.quote(scene)

    same = await check(world, snapshot)
    await world.gives_voucher(500)
    asked = await check(world, replace(snapshot, wishes=replace(snapshot.wishes, voucher_code="SPRING")))

    assert (same.check.verdict, same.fresh, same.snapshot.scene) == (
        Verdict.RECALCULATED,
        True,
        Scene.CHECKOUT,
    )
    assert (asked.check.verdict, asked.snapshot.total) == (Verdict.CHANGED, cny(11_500))


async def test_an_expired_price_that_is_the_same_goes_on_with_a_fresh_snapshot(world: PriceWorld) -> None:
    found = await check(world, await world.quote(), EXPIRED)

    assert (found.check.verdict, found.check.expired, found.fresh) == (Verdict.RECALCULATED, True, True)
    assert found.snapshot.expires_at == EXPIRED + LIFETIME[Scene.CHECKOUT]


@pytest.mark.parametrize("scene", list(Scene))
async def test_a_degraded_price_cannot_be_ordered_by(world: PriceWorld, scene: Scene) -> None:
    snapshot = replace(await world.quote(scene), degraded=True)

    with pytest.raises(NotAFinalPriceError):
        await check(world, snapshot)


# Why it is another price: with real promotions and counts.


async def test_a_quota_that_others_took_is_sold_out(world: PriceWorld) -> None:
    await world.promotes(quota=1)
    snapshot = await world.quote()
    await world.holds("ord_2", Claim(QUOTA, 1), buyer_id="buyer-2")

    found = await check(world, snapshot)

    assert (found.check.verdict, found.check.reason) == (Verdict.CHANGED, Reason.PROMOTION_SOLD_OUT)
    assert (found.snapshot.total, found.claims) == (cny(12_000), ())


async def test_a_limit_that_the_buyer_has_used_up_is_sold_out_too(world: PriceWorld) -> None:
    await world.promotes(per_buyer_limit=1)
    snapshot = await world.quote()
    await world.holds("ord_2", Claim(mine(), 1, 1))

    assert (await check(world, snapshot)).check.reason is Reason.PROMOTION_SOLD_OUT


async def test_a_promotion_that_was_ended_early_has_ended(world: PriceWorld) -> None:
    await world.promotes()
    snapshot = await world.quote()
    await world.catalogue.end_promotion("pro_1", LATER, ANN)

    assert (await check(world, snapshot)).check.reason is Reason.PROMOTION_ENDED


async def test_a_buyer_who_lost_a_segment_has_another_identity(world: PriceWorld) -> None:
    """Although the promotion is still there, the buyer no longer sees it."""
    await world.knows(None, "vip")
    await world.promotes("vip_price", segments=frozenset({"vip"}))
    snapshot = await world.quote()
    await world.knows(None)

    found = await check(world, snapshot)

    assert (found.check.reason, found.snapshot.total) == (Reason.IDENTITY_CHANGED, cny(12_000))


async def test_an_offer_for_new_buyers_is_over_after_seven_days_or_an_order(world: PriceWorld) -> None:
    await world.knows(NOON - NEW_BUYER, orders=0)
    await world.promotes("new_buyer_price")
    snapshot = await world.quote()

    late = await check(world, snapshot)
    await world.holds("ord_2")
    after_an_order = await check(world, snapshot, NOON)

    assert snapshot.total == cny(10_000)
    assert late.check.reason is after_an_order.check.reason is Reason.NEW_BUYER_OFFER_OVER


async def test_a_voucher_that_was_used_elsewhere_counts_for_another_amount(world: PriceWorld) -> None:
    await world.gives_voucher(500, uses=1)
    snapshot = await world.quote(voucher_code="SPRING")
    await world.holds("ord_2", Claim(Allowance.of_voucher("SPRING"), 1))

    assert (await check(world, snapshot)).check.reason is Reason.DEDUCTION_CHANGED


# What is held already.


async def test_what_the_order_itself_holds_changes_nothing_for_it(world: PriceWorld) -> None:
    await world.knows(NOON, orders=0)
    await world.promotes("new_buyer_price", quota=1, per_buyer_limit=1)
    snapshot = await world.quote()
    before = await check(world, snapshot)
    await world.holds("ord_1", *before.claims)

    after = await check(world, snapshot)

    assert (after.check, after.claims) == (before.check, before.claims)
    assert {claim.allowance for claim in after.claims} == {QUOTA, mine()}


async def test_a_cart_that_the_order_took_over_changes_nothing_for_it(world: PriceWorld) -> None:
    await world.promotes(quota=1)
    await world.holds("hold_1", Claim(QUOTA, 1), kind=HoldKind.CART)
    snapshot = await world.quote(hold_ids=("hold_1",))
    before = await check(world, snapshot)
    await world.holds("ord_1", *before.claims, converts=("hold_1",))

    after = await check(world, snapshot)

    assert before.check.verdict is after.check.verdict is Verdict.HONOURED
    assert after.claims == before.claims == (Claim(QUOTA, 1),)


async def test_an_honoured_price_does_not_claim_units_that_are_gone(world: PriceWorld) -> None:
    """The difference is within the tolerance, so the buyer has the price without the promotion's units."""
    await world.promotes(fen=11_950, quota=1)
    snapshot = await world.quote()
    await world.holds("ord_2", Claim(QUOTA, 1), buyer_id="buyer-2")

    found = await check(world, snapshot)

    assert (found.check.verdict, found.check.reason) == (Verdict.HONOURED, Reason.PROMOTION_SOLD_OUT)
    assert (found.snapshot.total, found.claims) == (cny(11_950), ())


async def test_an_honoured_price_claims_units_of_a_promotion_that_has_ended(world: PriceWorld) -> None:
    """They are still counted, and the buyer has them at that price."""
    await world.promotes(fen=11_950, quota=1)
    snapshot = await world.quote()
    await world.catalogue.end_promotion("pro_1", LATER, ANN)

    found = await check(world, snapshot)

    assert (found.check.verdict, found.check.reason) == (Verdict.HONOURED, Reason.PROMOTION_ENDED)
    assert found.claims == (Claim(QUOTA, 1),)


async def test_an_honoured_price_claims_the_voucher_even_when_it_is_gone(world: PriceWorld) -> None:
    """It is spent and not promised: else one voucher below the tolerance would serve any number of orders."""
    await world.gives_voucher(50, uses=1)
    snapshot = await world.quote(voucher_code="SPRING")
    await world.holds("ord_2", Claim(Allowance.of_voucher("SPRING"), 1))

    found = await check(world, snapshot)

    assert found.check.verdict is Verdict.HONOURED
    assert found.claims == (Claim(Allowance.of_voucher("SPRING"), 1),)


async def test_a_limited_offer_is_not_in_a_price_for_anybody_and_asks_whoever_may_have_it(
    world: PriceWorld,
) -> None:
    """Else an unknown buyer's price would be a way around the limit."""
    await world.promotes(per_buyer_limit=2)
    snapshot = await world.quote(buyer_id=None)

    found = await check(world, snapshot, buyer_id="buyer-7")

    assert (snapshot.total, found.check.verdict, found.snapshot.total) == (
        cny(12_000),
        Verdict.CHANGED,
        cny(10_000),
    )
    assert found.claims == (Claim(mine("buyer-7"), 1, 2),)
