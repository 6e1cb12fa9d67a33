"""What the order context promises to other contexts: its twin in memory, the real one, and both over gRPC."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import grpc
import pytest

from activities.histories import Histories
from adapters.clock import RandomIds, SystemClock
from adapters.grpc.order_context import GrpcOrderContext
from adapters.memory.order_context import MemoryOrderContext
from adapters.postgres.aggregate_snapshots import PostgresAggregateSnapshots
from adapters.postgres.buyer_keys import PostgresBuyerKeys
from adapters.postgres.events import PostgresEventStore
from adapters.wiring import OUTAGES
from api.access import ApiKeys
from api.edge import Limits
from api.grpc.calls import Calls
from api.grpc.orders import SERVICE, OrderCalls
from api.grpc.serving import answering
from domain.address import Address
from domain.events import EventMetadata
from domain.history.aggregates import ORDER
from domain.order.accept import AddressRequiredError
from domain.order.encoding import encode
from domain.order.events import OrderEvent
from domain.order.fulfilment_events import ShipmentsPlanned
from domain.order.order import fold
from domain.order.shipments import PlannedShipment, Units, shipment_number
from domain.ports.intake import IdempotencyKeyReusedError, IntakeEntry
from domain.ports.order_context import OrderContext, PlaceOrderRequest, UnknownOrderError
from domain.ports.prices import PriceSnapshots, SnapshotMismatchError, SnapshotNotFoundError
from domain.pricing.snapshot import NotAFinalPriceError
from tests.support.builders import HOME, an_order
from tests.support.personal import sealing
from tests.support.port_worlds import PortWorld
from tests.support.snapshots import a_calculation, a_snapshot, frozen
from workflows.accepting import Accepting
from workflows.order_context import LiveOrderContext

ELSEWHERE = Address("2 Mill Lane", "Leeds", "LS1 4AP", "GB")


@dataclass
class Shop:
    """The context, the snapshots that orders are placed by, and a way to let an order happen."""

    context: OrderContext
    snapshots: PriceSnapshots
    happens: Callable[[str, Sequence[OrderEvent]], Awaitable[None]]
    begun: list[IntakeEntry]

    async def request(self, key: str | None = None, buyer_id: str = "buyer-1") -> PlaceOrderRequest:
        snapshot = a_snapshot(buyer_id=buyer_id)
        await self.snapshots.save(snapshot)
        lines = tuple((line.sku, line.quantity) for line in snapshot.lines)
        return PlaceOrderRequest(key or uuid4().hex, buyer_id, snapshot.id, lines, HOME)


@pytest.fixture(params=["near", "over gRPC"])
async def shop(request: pytest.FixtureRequest, near: Shop) -> AsyncIterator[Shop]:
    """The context itself, and what a client makes of it on the other side of a real connection."""
    if request.param == "near":
        yield near
        return
    handlers = {SERVICE: OrderCalls(near.context).handlers(Calls(ApiKeys(()), OUTAGES))}
    async with (
        answering("127.0.0.1:0", handlers, Limits()) as port,
        grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        # Two slow cores may be busy with other tests.
        yield replace(near, context=GrpcOrderContext(channel, deadline=timedelta(seconds=30)))


@pytest.fixture
def near(world: PortWorld) -> Shop:
    clock, ids = SystemClock(), RandomIds()
    begun: list[IntakeEntry] = []
    if world.pool is None:
        twin = MemoryOrderContext(world.snapshots, clock, ids)

        async def put(_order_id: str, events: Sequence[OrderEvent]) -> None:
            twin.put(fold(events))

        return Shop(twin, world.snapshots, put, begun)
    store = PostgresEventStore(world.pool)

    async def begin(entry: IntakeEntry) -> None:
        begun.append(entry)

    async def append(order_id: str, events: Sequence[OrderEvent]) -> None:
        records = [encode(event) for event in events]
        await store.append(order_id, 0, "story", records, EventMetadata())

    personal = sealing(PostgresBuyerKeys(world.pool))
    accepting = Accepting(world.snapshots, world.intake, clock, ids, personal)
    histories = Histories(ORDER, store, PostgresAggregateSnapshots(world.pool))
    return Shop(LiveOrderContext(histories, accepting, begin), world.snapshots, append, begun)


async def test_an_order_is_known_from_the_moment_it_is_placed(shop: Shop) -> None:
    request = await shop.request()

    order_id = await shop.context.place_order(request)

    order = await shop.context.get_order(order_id)
    assert (order.order_id, order.version, order.status) == (order_id, 0, "draft")
    assert (order.payment_status, order.fulfilment_status) == ("none", "unfulfilled")
    assert (order.buyer_id, order.address, order.shipments) == ("buyer-1", HOME, ())
    assert [(line.line, line.sku, line.quantity) for line in order.lines] == [
        (1, "sku-0", 1),
        (2, "sku-1", 1),
    ]
    assert {(line.merchant_id, line.category) for line in order.lines} == {("m1", "physical")}
    assert order.total.amount == 2 * 490 + 1_000
    assert order.number


async def test_the_same_key_places_one_order_however_often_it_comes(shop: Shop) -> None:
    request = await shop.request()

    placed = await asyncio.gather(*(shop.context.place_order(request) for _ in range(10)))

    assert len(set(placed)) == 1


async def test_a_key_never_serves_another_request(shop: Shop) -> None:
    request = await shop.request()
    await shop.context.place_order(request)

    with pytest.raises(IdempotencyKeyReusedError):
        await shop.context.place_order(replace(request, address=ELSEWHERE))


async def test_two_keys_are_two_orders(shop: Shop) -> None:
    first, second = await shop.request(), await shop.request()

    assert await shop.context.place_order(first) != await shop.context.place_order(second)


async def test_what_a_checkout_refuses_is_refused_here_too(shop: Shop) -> None:
    request = await shop.request()
    hasty = frozen(a_calculation(), degraded=True)
    await shop.snapshots.save(hasty)

    with pytest.raises(SnapshotNotFoundError):
        await shop.context.place_order(replace(request, snapshot_id="snp_nobody_made"))
    with pytest.raises(SnapshotNotFoundError):
        await shop.context.place_order(replace(request, buyer_id="buyer-2"))
    with pytest.raises(SnapshotMismatchError):
        await shop.context.place_order(replace(request, lines=request.lines[:1]))
    with pytest.raises(AddressRequiredError):
        await shop.context.place_order(replace(request, address=None))
    with pytest.raises(NotAFinalPriceError):
        await shop.context.place_order(
            PlaceOrderRequest("key-hasty", "buyer-1", hasty.id, (("sku-0", 1),), HOME)
        )


async def test_an_order_is_shown_as_its_events_have_made_it(shop: Shop) -> None:
    order_id = f"ord_{uuid4().hex}"
    story = an_order(order_id).with_line("mug", 2).with_line("pot").paid()
    shipment = shipment_number(order_id, 1)
    lines = story.order.lines
    parcel = PlannedShipment(shipment, lines[0].category, (Units(1, 2), Units(2, 1)), "north")
    planned = ShipmentsPlanned((parcel,), datetime(2026, 1, 5, 13, tzinfo=UTC))
    await shop.happens(order_id, [*story.events, planned])

    order = await shop.context.get_order(order_id)

    assert (order.version, order.status, order.payment_status) == (len(story.events) + 1, "paid", "captured")
    assert (order.number, order.total, order.address) == (story.order.number, story.order.total, HOME)
    (shown,) = order.shipments
    assert (shown.shipment_id, shown.category, shown.warehouse_id, shown.status, shown.units) == (
        shipment,
        "physical",
        "north",
        "planned",
        ((1, 2), (2, 1)),
    )


@pytest.mark.parametrize("order_id", ["ord_nobody_placed", "price:tea", ""])
async def test_nobody_knows_an_order_that_was_never_accepted(shop: Shop, order_id: str) -> None:
    with pytest.raises(UnknownOrderError):
        await shop.context.get_order(order_id)


async def test_a_placed_order_is_begun_at_once_where_orders_run(shop: Shop, world: PortWorld) -> None:
    order_id = await shop.context.place_order(await shop.request())

    assert [entry.order_id for entry in shop.begun] == ([order_id] if world.pool else [])
