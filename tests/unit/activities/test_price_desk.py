"""What the desk quotes: from which source, for whom, and what it does when promotions cannot be read."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from activities.price_desk import Ask
from domain.ports.prices import PricesUnavailableError
from domain.ports.stock import HoldNotFoundError
from domain.pricing.book import PriceNotFoundError, ServiceNotFoundError
from domain.pricing.promotion import UnknownPromotionKindError
from domain.pricing.request import LIFETIME, Scene
from domain.stock.allowance import Allowance, Claim
from domain.stock.hold import HoldKind
from tests.support.builders import NOON, cny
from tests.support.price_world import A_DAY, PriceWorld

SHOWN, FINAL = (Scene.DISPLAY, Scene.CART), (Scene.ORDER, Scene.CHECKOUT)
QUOTA = Allowance.of_promotion("pro_1", "tea")


@pytest.fixture
async def world() -> PriceWorld:
    made = PriceWorld()
    await made.sells()
    return made


@pytest.mark.parametrize("scene", list(Scene))
async def test_a_quote_is_kept_before_it_is_given_out(world: PriceWorld, scene: Scene) -> None:
    await world.promotes()

    snapshot = await world.quote(scene, quantity=2)

    assert await world.snapshots.get(snapshot.id) == snapshot
    assert (snapshot.total, snapshot.buyer_id, snapshot.degraded) == (cny(20_000), "buyer-1", False)
    assert snapshot.expires_at == NOON + LIFETIME[scene]
    assert [promotion.id for promotion in snapshot.promotions] == ["pro_1"]


@pytest.mark.parametrize("scene", SHOWN)
async def test_a_shown_price_is_read_through_the_caches(world: PriceWorld, scene: Scene) -> None:
    await world.quote(scene)

    assert (world.shown.reads, world.stores.reads) == (["page", "active"], [])


@pytest.mark.parametrize("scene", FINAL)
async def test_a_price_that_is_charged_is_read_from_the_stores(world: PriceWorld, scene: Scene) -> None:
    await world.quote(scene)

    assert (world.shown.reads, world.stores.reads) == ([], ["page", "active"])


async def test_a_quote_without_a_buyer_may_be_ordered_by_anybody(world: PriceWorld) -> None:
    assert (await world.quote(buyer_id=None)).buyer_id is None


async def test_an_offer_for_a_segment_is_for_buyers_who_are_in_it(world: PriceWorld) -> None:
    await world.promotes("vip_price", segments=frozenset({"vip"}))

    before = await world.quote()
    await world.knows(None, "vip")
    after = await world.quote()

    assert (before.total, after.total) == (cny(12_000), cny(10_000))
    assert (before.segments, after.segments) == ((), ("vip",))


async def test_a_voucher_and_points_are_found_in_the_wallet(world: PriceWorld) -> None:
    await world.gives_voucher(500, uses=3)

    snapshot = await world.quote(voucher_code="SPRING")

    assert snapshot.total == cny(11_500)
    assert snapshot.claims == (Claim(Allowance.of_voucher("SPRING"), 1),)


async def test_an_open_quote_may_name_a_voucher_too(world: PriceWorld) -> None:
    await world.gives_voucher(500)

    assert (await world.quote(buyer_id=None, voucher_code="SPRING")).total == cny(11_500)


async def test_what_is_not_sold_has_no_price(world: PriceWorld) -> None:
    with pytest.raises(PriceNotFoundError):
        await world.desk.quote(Ask(Scene.DISPLAY, "EUR", world.ask().lines), NOON)
    with pytest.raises(ServiceNotFoundError):
        await world.quote(services=("insurance",))


# Pre-locks.


async def test_what_the_buyers_own_cart_holds_is_free_for_the_buyer(world: PriceWorld) -> None:
    await world.promotes(quota=1)
    await world.holds("hold_1", Claim(QUOTA, 1), kind=HoldKind.CART)

    without, with_it = await world.quote(), await world.quote(hold_ids=("hold_1",))

    assert (without.total, with_it.total) == (cny(12_000), cny(10_000))
    assert with_it.wishes.hold_ids == ("hold_1",)


@pytest.mark.parametrize("who", ["buyer-2", None])
async def test_a_pre_lock_of_somebody_else_is_not_found(world: PriceWorld, who: str | None) -> None:
    await world.holds("hold_1", kind=HoldKind.CART)

    with pytest.raises(HoldNotFoundError):
        await world.quote(buyer_id=who, hold_ids=("hold_1",))


async def test_a_pre_lock_must_exist_be_a_carts_and_be_active(world: PriceWorld) -> None:
    await world.holds("ord_1", kind=HoldKind.ORDER)
    await world.holds("hold_1", kind=HoldKind.CART)
    await world.ledger.release_holds("hold_1")

    for hold_id in ("hold_none", "ord_1", "hold_1"):
        with pytest.raises(HoldNotFoundError):
            await world.quote(hold_ids=(hold_id,))
        with pytest.raises(HoldNotFoundError):
            await world.desk.estimate(world.ask(hold_ids=(hold_id,)), NOON)


# When promotions cannot be read (B39).

UNREADABLE = [OSError("away"), UnknownPromotionKindError(kind="mystery")]


@pytest.mark.parametrize("trouble", UNREADABLE)
@pytest.mark.parametrize("scene", SHOWN)
async def test_a_page_shows_base_prices_when_promotions_cannot_be_read(
    world: PriceWorld, scene: Scene, trouble: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    await world.promotes()
    world.shown.promotions_fail = trouble

    with caplog.at_level(logging.WARNING):
        snapshot = await world.quote(scene, voucher_code="SPRING")

    assert (snapshot.total, snapshot.degraded, snapshot.scene) == (cny(12_000), True, Scene.DISPLAY)
    assert (snapshot.buyer_id, snapshot.promotions) == ("buyer-1", ())
    assert await world.snapshots.get(snapshot.id) == snapshot
    assert "without promotions" in caplog.text


@pytest.mark.parametrize("trouble", UNREADABLE)
@pytest.mark.parametrize("scene", FINAL)
async def test_nobody_guesses_a_price_that_is_charged(
    world: PriceWorld, scene: Scene, trouble: Exception
) -> None:
    world.stores.promotions_fail = trouble

    with pytest.raises(PricesUnavailableError):
        await world.quote(scene)


async def test_a_bug_is_not_taken_for_an_outage(world: PriceWorld) -> None:
    world.shown.promotions_fail = ZeroDivisionError()

    with pytest.raises(ZeroDivisionError):
        await world.quote(Scene.DISPLAY)


async def test_without_base_prices_there_is_nothing_to_show(world: PriceWorld) -> None:
    world.shown.book_fails = OSError("away")

    with pytest.raises(OSError, match="away"):
        await world.quote(Scene.DISPLAY)


# What would be (what-if).


async def test_an_estimate_tells_the_price_of_another_moment_and_keeps_nothing(world: PriceWorld) -> None:
    await world.promotes()

    prices = [
        (await world.desk.estimate(world.ask(), at)).total
        for at in (NOON, NOON + A_DAY - timedelta(microseconds=1), NOON + A_DAY, NOON - 2 * A_DAY)
    ]

    assert prices == [cny(10_000), cny(10_000), cny(12_000), cny(12_000)]
    assert world.shown.reads == []


async def test_an_estimate_tries_a_draft_that_nobody_has_approved(world: PriceWorld) -> None:
    other = PriceWorld()
    draft = await other.promotes(fen=7_000, quota=1)

    tried = await world.desk.estimate(world.ask(quantity=2), NOON, draft)
    plain = await world.desk.estimate(world.ask(quantity=2), NOON)

    assert (tried.total, plain.total) == (cny(14_000), cny(24_000))


async def test_a_draft_of_a_promotion_that_holds_already_stands_for_it(world: PriceWorld) -> None:
    await world.promotes(fen=7_000)
    dearer = await PriceWorld().promotes(fen=9_000)

    assert (await world.desk.estimate(world.ask(), NOON, dearer)).total == cny(9_000)


async def test_an_estimate_is_not_guessed_either(world: PriceWorld) -> None:
    world.stores.promotions_fail = OSError()

    with pytest.raises(PricesUnavailableError):
        await world.desk.estimate(world.ask(Scene.DISPLAY), NOON)
