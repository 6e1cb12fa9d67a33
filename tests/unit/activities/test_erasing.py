"""Erasing a buyer destroys the key, writes down that it happened, and may be repeated from anywhere."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from activities.erasure_desk import ErasureDesk
from activities.histories import Histories
from adapters.memory.aggregate_snapshots import MemoryAggregateSnapshots
from adapters.memory.events import MemoryEventStore
from adapters.memory.intake import MemoryOrderIntake
from adapters.memory.order_cache import MemoryOrderCache
from domain.address import Address
from domain.buyer.encoding import decode
from domain.buyer.erase import GoodsToBeSentError
from domain.events import EventMetadata
from domain.history.aggregates import ORDER
from domain.ports.intake import IntakeEntry, PlaceOrder, StoredAnswer
from domain.ports.personal_data import BuyerErasedError
from domain.ports.projections import OrderCursor, OrderFilter, OrderPage
from domain.pricing.request import RequestedLine
from tests.support.builders import HOME, NOON, OrderBuilder, an_order, cny
from tests.support.order_views import summary_of
from tests.support.personal import sealing

BUYER = an_order().with_line("mug").created().order.buyer_id


class Lists:
    """Orders as lists show them, one on each page."""

    def __init__(self) -> None:
        self.told: list[OrderBuilder] = []

    async def list(
        self, narrowed: OrderFilter, cursor: OrderCursor | None = None, limit: int = 20
    ) -> OrderPage:
        assert limit <= 100
        own = [each.order for each in self.told if each.order.buyer_id == narrowed.buyer_id]
        place = 0 if cursor is None else [order.id for order in own].index(cursor.id) + 1
        more = OrderCursor(NOON, own[place].id) if place + 1 < len(own) else None
        return OrderPage(tuple(summary_of(order) for order in own[place : place + 1]), more)


class Town:
    """A desk and what is behind it."""

    def __init__(self) -> None:
        self.personal = sealing()
        self.events = MemoryEventStore()
        self.lists = Lists()
        self.cache = MemoryOrderCache()
        self.intake = MemoryOrderIntake()
        histories = Histories(ORDER, self.events, MemoryAggregateSnapshots())
        self.desk = ErasureDesk(self.personal, histories, self.intake, self.lists, self.cache)  # type: ignore[arg-type]

    async def has(self, told: OrderBuilder) -> None:
        self.lists.told.append(told)
        await self.events.append(told.order.id, 0, "story", told.records, EventMetadata())
        await self.cache.put(told.order.id, told.order.version, b"{}")

    async def accepts(self, order_id: str, buyer_id: str = BUYER, address: Address | None = HOME) -> None:
        """A request of the buyer's is written down, and nothing else has happened yet."""
        total = cny(1_000)
        command = PlaceOrder(buyer_id, "snap_1", "CNY", (RequestedLine("mug", 1),), address, "req_1")
        entry = IntakeEntry(order_id, order_id, order_id, command, total, (), NOON, None, started=False)
        await self.intake.accept("api", order_id, "digest", entry)


@pytest.fixture
def town() -> Town:
    return Town()


async def test_an_erasure_destroys_the_key_and_is_written_down_with_who_did_it(town: Town) -> None:
    sealed = await town.personal.seal_address(BUYER, HOME)
    await town.has(an_order("ord_1").with_line("mug").paid().shipped().delivered().completed())
    await town.has(an_order("ord_2").with_line("mug").paid().shipped())

    done = await town.desk.erase(BUYER, by="operator", at=NOON)

    assert (done.orders, done.unsent_orders, done.again) == (2, (), False)
    assert await town.personal.open_address(sealed) is None
    (event,) = await town.events.read(f"buyer:{BUYER}")
    assert (decode(event).by, decode(event).erased_at, event.metadata.actor) == ("operator", NOON, "operator")
    assert not town.cache._entries


async def test_nothing_is_touched_while_goods_wait(town: Town) -> None:
    sealed = await town.personal.seal_address(BUYER, HOME)
    for number in range(3):
        await town.has(an_order(f"ord_{number}").with_line("mug").paid().shipped())
    await town.has(an_order("ord_late").with_line("mug").paid())

    with pytest.raises(GoodsToBeSentError) as refused:
        await town.desk.erase(BUYER, by="operator", at=NOON)

    assert refused.value.facts == {"orders": ("ord_late",)}
    assert await town.personal.open_address(sealed) == HOME
    assert await town.events.head(f"buyer:{BUYER}") == 0
    assert len(town.cache._entries) == 4


async def test_an_order_that_was_accepted_and_has_not_begun_needs_its_address_too(town: Town) -> None:
    await town.accepts("ord_waits")
    await town.accepts("ord_of_files", address=None)
    await town.accepts("ord_of_another", "buyer-other")
    await town.accepts("ord_refused")
    await town.intake.keep_answer("ord_refused", StoredAnswer(409, "{}"))

    with pytest.raises(GoodsToBeSentError) as refused:
        await town.desk.erase(BUYER, by="operator", at=NOON)
    done = await town.desk.erase(BUYER, by="operator", at=NOON, even_with_open_orders=True)

    assert refused.value.orders == done.unsent_orders == ("ord_waits",)
    assert done.orders == 3


async def test_an_order_that_no_list_shows_yet_is_not_overlooked(town: Town) -> None:
    await town.accepts("ord_new")
    await town.has(an_order("ord_new").with_line("mug").paid())
    await town.accepts("ord_gone")
    await town.has(an_order("ord_gone").with_line("mug").paid().shipped())
    town.lists.told.clear()

    with pytest.raises(GoodsToBeSentError) as refused:
        await town.desk.erase(BUYER, by="operator", at=NOON)
    done = await town.desk.erase(BUYER, by="operator", at=NOON, even_with_open_orders=True)

    assert refused.value.orders == ("ord_new",)
    assert done.orders == 2
    assert not town.cache._entries


async def test_whoever_insists_hears_which_parcels_have_nowhere_to_go(town: Town) -> None:
    await town.has(an_order("ord_1").with_line("mug").paid())

    done = await town.desk.erase(BUYER, by="operator", at=NOON, even_with_open_orders=True)

    assert done.unsent_orders == ("ord_1",)
    (event,) = await town.events.read(f"buyer:{BUYER}")
    assert decode(event).unsent_orders == ("ord_1",)


async def test_a_list_that_is_behind_does_not_hide_that_goods_have_left(town: Town) -> None:
    shipped = an_order("ord_1").with_line("mug").paid().shipped()
    await town.has(shipped)
    town.lists.told = [an_order("ord_1").with_line("mug").paid()]

    assert not (await town.desk.erase(BUYER, by="operator", at=NOON)).unsent_orders


async def test_an_erasure_again_changes_nothing(town: Town) -> None:
    await town.desk.erase(BUYER, by="operator", at=NOON)
    await town.has(an_order("ord_1").with_line("mug").paid())

    again = await town.desk.erase(BUYER, by="somebody else", at=NOON)

    assert again.again
    (event,) = await town.events.read(f"buyer:{BUYER}")
    assert decode(event).by == "operator"


async def test_one_that_stopped_half_way_is_taken_up(town: Town) -> None:
    await town.personal.erase(BUYER, "operator", NOON)

    assert not (await town.desk.erase(BUYER, by="operator", at=NOON)).again

    assert await town.events.head(f"buyer:{BUYER}") == 1


async def test_many_at_once_are_one_erasure(town: Town) -> None:
    await asyncio.gather(*(town.desk.erase(BUYER, by=f"op-{n}", at=NOON) for n in range(5)))

    assert await town.events.head(f"buyer:{BUYER}") == 1


async def test_orders_of_others_are_not_touched(town: Town) -> None:
    told = an_order("ord_1").with_line("mug").paid()
    await town.has(told)
    other = replace(told.order, buyer_id="buyer-other").buyer_id
    sealed = await town.personal.seal_address(BUYER, HOME)

    done = await town.desk.erase(other, by="operator", at=NOON)

    assert done.orders == 0
    assert await town.personal.open_address(sealed) == HOME
    with pytest.raises(BuyerErasedError):
        await town.personal.seal_address(other, HOME)
