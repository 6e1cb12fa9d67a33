"""The activity that checks a price: whose snapshot it is, what is recorded, who is told, what it answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from activities.contracts import CheckSnapshot, SnapshotChecked
from domain.catalogue.items import BasePrice, CatalogueItem, Category
from domain.money import Money
from domain.ports.notices import Alert, AlertLevel
from domain.ports.prices import PricesUnavailableError
from domain.pricing.book import FeeRules, PlatformFee
from domain.pricing.consistency import Reason, Verdict
from domain.pricing.request import LIFETIME, Scene
from domain.pricing.snapshot import PriceSnapshot
from domain.stock.allowance import Allowance, Claim
from domain.stock.hold import HoldKind
from tests.support.builders import NOON, cny
from tests.support.price_world import ANN, PriceWorld

EXPIRED = NOON + LIFETIME[Scene.CHECKOUT]
QUOTA = Allowance.of_promotion("pro_1", "tea")


@pytest.fixture
async def world() -> PriceWorld:
    made = PriceWorld()
    await made.sells()
    return made


async def check(
    world: PriceWorld,
    snapshot: PriceSnapshot,
    at: datetime = NOON,
    *,
    order_id: str = "ord_1",
    buyer_id: str = "buyer-1",
) -> SnapshotChecked:
    asked = CheckSnapshot(order_id, buyer_id, snapshot.id, 100, at)
    return await world.pricing.check_price_snapshot(asked)


async def test_an_honoured_price_is_answered_in_all_its_parts(world: PriceWorld) -> None:
    await world.promotes(quota=5)
    await world.catalogue.put_items(
        [CatalogueItem("tea", "m1", "tea", Category.PHYSICAL, (BasePrice(cny(12_000), cny(12_000)),))]
    )
    await world.catalogue.put_delivery_fee("m1", cny(1_000))
    await world.catalogue.put_fee_rules("CNY", FeeRules(platform=PlatformFee(amount=300)), ANN)
    await world.gives_voucher(500)
    await world.holds("hold_1", Claim(QUOTA, 1), kind=HoldKind.CART)
    snapshot = await world.quote(quantity=2, voucher_code="SPRING", hold_ids=("hold_1",))

    answer = await check(world, snapshot, EXPIRED - timedelta(seconds=100))

    assert (answer.verdict, answer.snapshot_id, answer.refusal) == ("honoured", snapshot.id, "")
    assert (answer.expires_at, answer.expiring_soon, answer.reason) == (snapshot.expires_at, True, "")
    assert (answer.goods, answer.delivery_fee, answer.charges) == (cny(19_500), cny(1_000), cny(1_300))
    assert answer.total == answer.shown_total == cny(20_800)
    assert answer.lines == snapshot.lines
    assert answer.line_goods == (19_500,)
    assert answer.claims == (Claim(QUOTA, 2),)
    assert answer.converts == ("hold_1",)
    assert sum(amount for _, amount in answer.steps) == 20_800
    assert len(answer.steps) == len(snapshot.breakdown.components)


async def test_a_changed_price_answers_with_the_fresh_snapshot_and_why(world: PriceWorld) -> None:
    snapshot = await world.quote()
    await world.sells(fen=15_000)

    answer = await check(world, snapshot)

    assert (answer.verdict, answer.reason) == ("changed", "price_adjusted")
    assert (answer.shown_total, answer.total) == (cny(12_000), cny(15_000))
    fresh = await world.snapshots.get(answer.snapshot_id)
    assert fresh is not None
    assert (fresh.total, fresh.id) != (snapshot.total, snapshot.id)
    assert await world.snapshots.of_order("ord_1") == (snapshot,)


async def test_a_recalculated_price_belongs_to_the_order_at_once(world: PriceWorld) -> None:
    snapshot = await world.quote()

    answer = await check(world, snapshot, EXPIRED)

    assert answer.verdict == "recalculated"
    assert [each.id for each in await world.snapshots.of_order("ord_1")] == [snapshot.id, answer.snapshot_id]


async def test_every_finding_is_recorded(world: PriceWorld) -> None:
    snapshot = await world.quote()
    await world.sells(fen=12_050)
    honoured = await check(world, snapshot)
    await world.sells(fen=15_000)
    changed = await check(world, snapshot, NOON + timedelta(seconds=1))

    first, second = await world.checks.of_order("ord_1")

    assert (first.check.verdict, first.check.new_total) == (Verdict.HONOURED, cny(12_050))
    assert (first.snapshot_id, first.next_snapshot_id) == (snapshot.id, honoured.snapshot_id)
    assert (second.check.verdict, second.check.reason) == (Verdict.CHANGED, Reason.PRICE_ADJUSTED)
    assert (second.snapshot_id, second.next_snapshot_id) == (snapshot.id, changed.snapshot_id)
    assert first.rule_version != second.rule_version


@pytest.mark.parametrize(("fen", "at"), [(15_000, NOON), (12_000, EXPIRED)])
async def test_a_call_that_is_made_again_answers_the_same(world: PriceWorld, fen: int, at: datetime) -> None:
    """Its answer was lost with the worker: the fresh snapshot on record is the one to go on with."""
    snapshot = await world.quote()
    await world.sells(fen=fen)

    answers = [await check(world, snapshot, at) for _ in range(3)]

    assert answers[0] == answers[1] == answers[2]
    assert len(await world.checks.of_order("ord_1")) == 1


async def test_a_call_that_is_made_again_after_holds_were_taken_answers_the_same(world: PriceWorld) -> None:
    await world.promotes(quota=1)
    snapshot = await world.quote()
    first = await check(world, snapshot)
    await world.holds("ord_1", *first.claims)

    assert await check(world, snapshot) == first


@pytest.mark.parametrize("later", [(16_000, NOON), (15_000, NOON + 2 * LIFETIME[Scene.CHECKOUT])])
async def test_a_record_that_is_no_longer_as_good_is_not_used_again(
    world: PriceWorld, later: tuple[int, datetime]
) -> None:
    snapshot = await world.quote()
    await world.sells(fen=15_000)
    first = await check(world, snapshot)
    fen, at = later
    await world.sells(fen=fen)

    again = await check(world, snapshot, at)

    assert (again.total, again.verdict) == (cny(fen), "changed")
    assert again.snapshot_id != first.snapshot_id


async def test_what_a_buyer_can_cause_is_a_refusal(world: PriceWorld) -> None:
    snapshot = await world.quote()
    await check(world, snapshot)
    never_saved = replace(snapshot, id="snap_none")
    world.shown.promotions_fail = OSError()
    degraded = await world.quote(Scene.DISPLAY)

    refusals = [
        (await check(world, never_saved)).refusal,
        (await check(world, snapshot, buyer_id="buyer-2")).refusal,
        (await check(world, snapshot, order_id="ord_2")).refusal,
        (await check(world, degraded)).refusal,
    ]

    assert refusals == [
        "snapshot_not_found",
        "snapshot_not_found",
        "snapshot_already_used",
        "not_a_final_price",
    ]


async def test_what_is_no_longer_sold_or_offered_is_a_refusal(world: PriceWorld) -> None:
    insured = await world.quote()
    await world.catalogue.put_items(
        [
            CatalogueItem(
                "tea", "m1", "tea", Category.VIRTUAL, (BasePrice(Money(100, "EUR"), Money(100, "EUR")),)
            )
        ]
    )
    world.now += timedelta(seconds=1)

    assert (await check(world, insured, world.now)).refusal == "price_not_found"


async def test_an_accepted_order_waits_for_its_price_when_it_cannot_be_read(world: PriceWorld) -> None:
    snapshot = await world.quote()
    world.stores.promotions_fail = OSError()

    with pytest.raises(PricesUnavailableError):
        await check(world, snapshot, EXPIRED)
    assert await world.checks.of_order("ord_1") == ()

    world.stores.promotions_fail = None
    assert (await check(world, snapshot, EXPIRED)).verdict == "recalculated"


async def test_a_price_honoured_unseen_says_so_in_its_record(world: PriceWorld) -> None:
    snapshot = await world.quote()
    world.stores.promotions_fail = OSError()

    assert (await check(world, snapshot)).verdict == "honoured"

    (done,) = await world.checks.of_order("ord_1")
    assert (done.check.today_known, done.rule_version) == (False, snapshot.rule_version)


# Whom it concerns besides the buyer (B37).


@pytest.mark.parametrize(("fen", "alerts"), [(13_200, 0), (10_800, 0), (13_202, 1), (10_798, 1)])
async def test_a_price_more_than_ten_per_cent_off_is_told_to_people(
    world: PriceWorld, fen: int, alerts: int
) -> None:
    snapshot = await world.quote()
    await world.sells(fen=fen)

    for _ in range(2):
        await check(world, snapshot)

    raised = await world.notices.alerts(10)
    assert len(raised) == alerts
    for alert in raised:
        assert (alert.code, alert.level, alert.order_id) == ("price_far_off", AlertLevel.HIGH, "ord_1")
        assert dict(alert.facts)["today"] == str(cny(fen))


async def test_a_page_that_only_lacked_fees_is_not_far_off(world: PriceWorld) -> None:
    shown = await world.quote(Scene.DISPLAY)
    await world.catalogue.put_fee_rules("CNY", FeeRules(platform=PlatformFee(amount=5_000)), ANN)

    answer = await check(world, shown)

    assert (answer.verdict, answer.reason) == ("changed", "price_completed")
    assert await world.notices.alerts(10) == ()


async def test_an_order_does_not_wait_for_an_alert(
    world: PriceWorld, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def lost(alert: Alert) -> None:
        raise OSError(alert.key)

    monkeypatch.setattr(world.notices, "raise_alert", lost)
    snapshot = await world.quote()
    await world.sells(fen=20_000)

    assert (await check(world, snapshot)).verdict == "changed"
    assert "was lost" in caplog.text
