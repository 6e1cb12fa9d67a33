"""What the settlement desk does with a feed, over memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from activities.settlement import SettlementActivities
from activities.settlement_desk import SettlementDesk
from adapters.memory.events import MemoryEventStore
from adapters.memory.notices import MemoryNotices
from adapters.memory.settlement import MemorySettlementBook
from adapters.memory.snapshots import MemoryPriceSnapshots
from domain.events import EventMetadata, EventRecord
from domain.order.encoding import encode
from domain.payment.facts import FactKind
from domain.ports.settlement import FeedStretch
from domain.pricing.breakdown import Component, Funder, Layer
from domain.pricing.request import Scene
from domain.pricing.snapshot import PriceSnapshot
from domain.settlement.case import HoldReason
from domain.settlement.parties import CHANNEL, merchant
from domain.settlement.statement import Account
from domain.settlement.terms import Cycle, MerchantTerms
from tests.unit.settlement.baskets import breakdown_of, charge, goods
from tests.unit.settlement.stories import (
    DONE,
    HOUR,
    NOON,
    asked_back,
    charged_back,
    cny,
    completed,
    gone_back,
    lines,
    paid,
)

SOLD = lines(("tea", 2, 1_000))
DAY = timedelta(days=1)
SNAPSHOT = PriceSnapshot(
    "snap_1", Scene.CHECKOUT, None, SOLD, breakdown_of(goods(2_000)), "r1", NOON, NOON + HOUR
)


def _a_fee_for_line_two() -> Component:
    return Component(
        "fee", Layer.CHARGE, "delivery_fee", "fee", cny(5), Funder.BUYER, "merchant:tea", ((2, 5),)
    )


class Settling:
    """A desk over memory, and the hands behind it."""

    def __init__(self) -> None:
        self.events = MemoryEventStore(lambda: NOON)
        self.snapshots = MemoryPriceSnapshots()
        self.book = MemorySettlementBook()
        self.notices = MemoryNotices()
        self.desk = SettlementDesk(
            self.events, self.events, self.snapshots, self.book, self.book, self.notices
        )

    async def told(self, order_id: str, *events, records: tuple[EventRecord, ...] = ()) -> None:
        head = await self.events.head(order_id)
        await self.events.append(
            order_id, head, f"k{head}", [*map(encode, events), *records], EventMetadata()
        )

    async def priced(self, *parts, name: str = "snap_1") -> None:
        price = breakdown_of(goods(2_000), *parts)
        await self.snapshots.save(replace(SNAPSHOT, id=name, breakdown=price))


@pytest.fixture
async def settling() -> Settling:
    made = Settling()
    await made.priced()
    return made


async def test_the_chore_tells_how_many_movements_were_new(settling: Settling):
    await settling.told("ord_1", *completed(sold=SOLD))
    chores = SettlementActivities(settling.desk)

    assert [await chores.settle_orders(NOON) for _ in range(2)] == [1, 0]


async def test_an_order_under_way_is_booked_and_not_settled(settling: Settling):
    await settling.told("ord_1", *paid(sold=SOLD))

    assert await settling.desk.catch_up() == 0

    assert await settling.book.settled(["ord_1"]) == {}
    assert [line.kind for line in settling.book.lines.values()] == [FactKind.CAPTURED]


async def test_streams_that_are_not_orders_are_passed_over(settling: Settling):
    await settling.told("price:prp_1", records=(EventRecord("ProposalDrafted", 1, {}, NOON),))

    assert await settling.desk.catch_up() == 0
    assert await settling.book.position() == 1


async def test_an_event_of_another_release_stops_only_its_own_order(settling: Settling):
    await settling.told(
        "ord_1", *completed(sold=SOLD), records=(EventRecord("OrderGiftWrapped", 1, {}, NOON),)
    )
    await settling.told("ord_2", *completed(sold=SOLD, order_id="ord_2"))

    assert await settling.desk.catch_up() == 1

    assert set(await settling.book.settled(["ord_1", "ord_2"])) == {"ord_2"}
    assert [alert.code for alert in await settling.notices.alerts(9)] == ["settlement_unreadable"]


async def test_a_price_that_contradicts_its_order_is_held_and_stops_nobody(settling: Settling):
    """A delivery fee for a line that nobody ordered."""
    await settling.priced(lambda _: _a_fee_for_line_two(), name="snap_2")
    await settling.told("ord_1", *completed(sold=SOLD, fee=5, snapshot="snap_2"))

    await settling.desk.catch_up()

    found = (await settling.book.settled(["ord_1"]))["ord_1"]
    assert (found.hold, found.movements) == (HoldReason.UNREADABLE, ())


@pytest.mark.parametrize("snapshot", ["snap_gone", "snap_dearer", "snap_longer"])
async def test_an_order_is_never_divided_by_another_price_than_it_was_charged(
    settling: Settling, snapshot: str
):
    await settling.priced(charge("platform_fee", 1), name="snap_dearer")
    longer = replace(SNAPSHOT, id="snap_longer", lines=lines(("tea", 1, 1_000), ("tea", 1, 1_000)))
    await settling.snapshots.save(longer)
    await settling.told("ord_1", *completed(sold=SOLD, snapshot=snapshot))

    await settling.desk.catch_up()

    assert (await settling.book.settled(["ord_1"]))["ord_1"].hold is HoldReason.PRICE_UNKNOWN
    assert [alert.code for alert in await settling.notices.alerts(9)] == ["settlement_price_unknown"]


async def test_a_refund_before_completion_settles_nothing_yet(settling: Settling):
    await settling.told("ord_1", *paid(sold=SOLD), asked_back("ref_1", 5), gone_back("ref_1", 5))

    assert await settling.desk.catch_up() == 0
    assert await settling.book.settled(["ord_1"]) == {}


async def test_without_time_nothing_is_read(settling: Settling):
    await settling.told("ord_1", *completed(sold=SOLD))

    assert await settling.desk.catch_up(timedelta()) == 0
    assert await settling.book.position() == 0


async def test_a_reader_that_is_too_late_adds_nothing(settling: Settling):
    await settling.told("ord_1", *completed(sold=SOLD))

    class Slow(MemorySettlementBook):
        async def record(self, stretch: FeedStretch) -> int | None:
            self._position = stretch.until  # somebody else was faster
            return await super().record(stretch)

    late = replace(settling.desk, book=Slow())

    assert await late.catch_up() == 0


async def test_an_order_that_is_held_from_the_start_has_no_movements(settling: Settling):
    await settling.told("ord_1", *completed(sold=SOLD))
    await settling.told("ord_1", charged_back(2_000))

    await settling.desk.catch_up()

    found = (await settling.book.settled(["ord_1"]))["ord_1"]
    assert (found.hold, found.movements) == (HoldReason.CHARGED_BACK, ())


async def test_a_settled_order_that_is_charged_back_keeps_its_movements_and_is_held(settling: Settling):
    await settling.told("ord_1", *completed(sold=SOLD))
    await settling.desk.catch_up()
    await settling.told("ord_1", charged_back(2_000))

    await settling.desk.catch_up()

    found = (await settling.book.settled(["ord_1"]))["ord_1"]
    assert (found.hold, len(found.movements)) == (HoldReason.CHARGED_BACK, 1)


async def test_merchants_are_stated_by_their_terms_and_the_channel_by_the_month():
    settling = Settling()
    await settling.priced(charge("handling_fee", 20))
    await settling.book.put_terms(MerchantTerms("tea", cycle=Cycle.NEXT_DAY), "ops", NOON)
    await settling.told("ord_1", *completed(sold=SOLD, fee=20))
    chores = SettlementActivities(settling.desk)

    assert await chores.draw_statements(NOON + DAY) == 1
    assert await chores.draw_statements(DONE + 30 * DAY) == 2

    page = await settling.book.list(limit=100)
    drawn = {(made.account.party.name, made.period) for made in page.statements}
    assert drawn == {("merchant:tea", "2026-11-02"), ("platform", "2026-11"), ("channel", "2026-11")}
    assert await settling.book.open_entries(Account(CHANNEL, "CNY")) == ()
    assert await settling.book.open_entries(Account(merchant("tea"), "CNY")) == ()
