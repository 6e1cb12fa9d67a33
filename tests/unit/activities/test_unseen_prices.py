"""Checks while today's price cannot be read, and the price of a payment before there is an order."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from activities.price_desk import Checked
from domain.ports.prices import PricesUnavailableError, SnapshotNotFoundError
from domain.pricing.consistency import Verdict
from domain.pricing.promotion import UnknownPromotionKindError
from domain.pricing.request import LIFETIME, Scene
from domain.pricing.snapshot import PriceSnapshot
from domain.stock.allowance import Allowance, Claim
from domain.stock.hold import HoldKind
from tests.support.builders import NOON, cny
from tests.support.price_world import PriceWorld

TOLERANCE = cny(100)
LATER = NOON + timedelta(minutes=1)
EXPIRED = NOON + LIFETIME[Scene.CHECKOUT]
QUOTA = Allowance.of_promotion("pro_1", "tea")


@pytest.fixture
async def world() -> PriceWorld:
    made = PriceWorld()
    await made.sells()
    return made


async def check(
    world: PriceWorld, snapshot: PriceSnapshot, at: datetime = LATER, buyer_id: str = "buyer-1"
) -> Checked:
    return await world.desk.check("ord_1", snapshot, buyer_id, TOLERANCE, at)


@pytest.mark.parametrize("trouble", [OSError("away"), UnknownPromotionKindError(kind="mystery")])
async def test_a_valid_price_is_honoured_when_today_cannot_be_read(
    world: PriceWorld, trouble: Exception
) -> None:
    await world.promotes(quota=1)
    snapshot = await world.quote()
    world.stores.promotions_fail = trouble

    found = await check(world, snapshot, EXPIRED - timedelta(seconds=100))

    assert (found.check.verdict, found.check.today_known, found.today) == (Verdict.HONOURED, False, None)
    assert (found.snapshot, found.check.expiring_soon) == (snapshot, True)
    assert found.claims == (Claim(QUOTA, 1),)


async def test_it_is_honoured_too_when_base_prices_cannot_be_read(world: PriceWorld) -> None:
    snapshot = await world.quote()
    world.stores.book_fails = OSError("away")

    assert (await check(world, snapshot)).check.verdict is Verdict.HONOURED


async def test_units_that_are_gone_are_not_claimed_unseen(world: PriceWorld) -> None:
    await world.promotes(quota=1)
    snapshot = await world.quote()
    await world.holds("ord_2", Claim(QUOTA, 1), buyer_id="buyer-2")
    world.stores.promotions_fail = OSError("away")

    assert (await check(world, snapshot)).claims == ()


async def test_an_expired_price_waits_until_today_can_be_read(world: PriceWorld) -> None:
    snapshot = await world.quote()
    world.stores.promotions_fail = OSError("away")

    with pytest.raises(PricesUnavailableError):
        await check(world, snapshot, EXPIRED)


async def test_a_shown_price_waits_too(world: PriceWorld) -> None:
    snapshot = await world.quote(Scene.DISPLAY)
    world.stores.promotions_fail = OSError("away")

    with pytest.raises(PricesUnavailableError):
        await check(world, snapshot)


# The price of a payment, before there is an order.


async def test_the_price_of_a_payment_is_what_a_check_would_find_and_claims_nothing(
    world: PriceWorld,
) -> None:
    snapshot = await world.quote()
    await world.sells(fen=15_000)

    found = await world.desk.payment_price(snapshot.id, "buyer-1", TOLERANCE, LATER)

    assert found.check == (await check(world, snapshot)).check
    assert found.snapshot.total == cny(15_000)
    await world.snapshots.claim(snapshot.id, "ord_other")
    await world.snapshots.claim(found.snapshot.id, "ord_other")


async def test_the_price_of_a_payment_knows_the_buyers_own_pre_locks(world: PriceWorld) -> None:
    await world.promotes(quota=1)
    await world.holds("hold_1", Claim(QUOTA, 1), kind=HoldKind.CART)
    snapshot = await world.quote(hold_ids=("hold_1",))

    found = await world.desk.payment_price(snapshot.id, "buyer-1", TOLERANCE, LATER)

    assert found.check.verdict is Verdict.HONOURED


async def test_a_snapshot_of_somebody_else_is_not_found(world: PriceWorld) -> None:
    snapshot = await world.quote()

    for snapshot_id, buyer_id in ((snapshot.id, "buyer-2"), ("snap_none", "buyer-1")):
        with pytest.raises(SnapshotNotFoundError):
            await world.desk.payment_price(snapshot_id, buyer_id, TOLERANCE, LATER)
