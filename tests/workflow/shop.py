"""A shop for workflow tests: real Temporal, everything else in memory, deadlines of seconds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from temporalio.client import Client, WorkflowHandle

from activities.contracts import OrderPolicies, OrderStart
from activities.price_desk import Ask
from adapters.clock import RandomIds
from adapters.memory.events import MemoryEventStore
from adapters.memory.notices import MemoryNotices
from adapters.memory.payments import MemoryPaymentAttempts
from adapters.memory.price_checks import MemoryPriceChecks
from adapters.memory.prices import MemoryCatalogue
from adapters.memory.proposals import MemoryProposals
from adapters.memory.snapshots import MemoryPriceSnapshots
from adapters.memory.stock import MemoryStockLedger
from domain.address import Address
from domain.catalogue.items import BasePrice, CatalogueItem, Category
from domain.money import Money
from domain.order.encoding import decode
from domain.order.events import OrderEvent
from domain.order.order import Order, fold
from domain.order.ship import shipment_id
from domain.payment.facts import PaymentFact
from domain.ports.notices import Alert
from domain.ports.stock import StockLevel
from domain.pricing.request import RequestedLine, Scene, Wishes
from tests.support.fake_gateway import FakeGateway
from tests.workflow.gates import PATIENCE, Gate, gated, until
from workflows.client import OrderWorkflows
from workflows.contracts import CheckoutAnswer, OrderOutcome, ShipmentReported
from workflows.names import late_payment_workflow_id, order_workflow_id
from workflows.workers import Queues, build_workers, price_desk, sandbox

# Where a step happens: port, method, and which of its calls.
_STEPS = {
    "check_price_snapshot": ("snapshots", "claim", 1),
    "take_holds": ("stock", "take", 1),
    "record_events": ("events", "append", 1),
    "request_payment": ("payments", "request_payment", 1),
    "confirm_holds": ("stock", "confirm_holds", 1),
    "record_payment": ("events", "append", 2),
    "request_payment_later": ("payments", "request_payment", 2),
    "release_holds": ("stock", "release_holds", 1),
}
_numbers = count(1)
NO_WISHES = Wishes()


def cny(fen: int) -> Money:
    return Money(fen, "CNY")


@dataclass(frozen=True)
class ClientValues:
    order_task_queue: str
    payment_task_queue: str
    first_answer_seconds: float = 10.0


@dataclass
class Shop:
    """Ports in memory and the orders that live on them."""

    temporal: Client
    queues: Queues
    stock: MemoryStockLedger = field(default_factory=MemoryStockLedger)
    snapshots: MemoryPriceSnapshots = field(default_factory=MemoryPriceSnapshots)
    events: MemoryEventStore = field(default_factory=MemoryEventStore)
    payments: FakeGateway = field(default_factory=FakeGateway)
    attempts: MemoryPaymentAttempts = field(default_factory=MemoryPaymentAttempts)
    notices: MemoryNotices = field(default_factory=MemoryNotices)
    checks: MemoryPriceChecks = field(default_factory=MemoryPriceChecks)
    ids: RandomIds = field(default_factory=RandomIds)
    outages: tuple[type[Exception], ...] = ()
    policies: OrderPolicies = field(
        default_factory=lambda: OrderPolicies(
            payment_window=timedelta(minutes=5), return_window=timedelta(seconds=0)
        )
    )

    def __post_init__(self) -> None:
        self.catalogue = self.prices = self.promotions = self.wallets = MemoryCatalogue(self.stock)
        self.proposals = MemoryProposals(self.events)
        self.pricing = price_desk(self)
        values = ClientValues(self.queues.orders, self.queues.payments)
        self.workflows = OrderWorkflows(self.temporal, values)

    async def sells(
        self, sku: str = "tea", *, price: int = 10_000, stock: int = 5, category: Category = Category.PHYSICAL
    ) -> None:
        item = CatalogueItem(
            sku, "shop-7", sku.title(), category, (BasePrice(cny(price), cny(price)),), stock=stock
        )
        await self.catalogue.put_items([item])

    async def quote(
        self,
        *lines: tuple[str, int],
        lifetime: timedelta | None = None,
        scene: Scene = Scene.CHECKOUT,
        buyer_id: str | None = None,
        wishes: Wishes = NO_WISHES,
    ) -> str:
        """The id of a snapshot of today's prices, which ends after `lifetime` when it is given."""
        wanted = tuple(RequestedLine(sku, quantity) for sku, quantity in lines)
        now = datetime.now(UTC)
        snapshot = await self.pricing.quote(Ask(scene, "CNY", wanted, buyer_id, wishes), now)
        if lifetime is not None:
            snapshot = replace(snapshot, id=self.ids.new("snap"), expires_at=now + lifetime)
            await self.snapshots.save(snapshot)
        return snapshot.id

    @asynccontextmanager
    async def opens_again(self) -> AsyncIterator[None]:
        """Workers run on the shop's queues while the block does."""
        async with AsyncExitStack() as stack:
            for worker in build_workers(self.temporal, self, self.queues, sandbox()):
                await stack.enter_async_context(worker)
            yield

    async def shelf_of_tea(self) -> StockLevel | None:
        return await self.stock.level("tea")

    async def somebody_is_told(self, code: str) -> Alert:
        alerts = await until(
            lambda: self.notices.alerts(100), lambda alerts: code in {alert.code for alert in alerts}
        )
        return next(alert for alert in alerts if alert.code == code)

    def loses_its_events(self) -> None:
        """Nothing can be stored any more."""

        async def append(*_: Any, **__: Any) -> Any:
            raise ConnectionRefusedError

        self.events.append = append  # type: ignore[method-assign]

    def fails_to_take_holds(self, times: int) -> None:
        """The next calls find no database; then it is back."""
        real, left = self.stock.take, times

        async def take(*args: Any, **kwargs: Any) -> Any:
            nonlocal left
            if left:
                left -= 1
                raise ConnectionRefusedError
            return await real(*args, **kwargs)

        self.stock.take = take  # type: ignore[method-assign]

    def blocks_at(self, step: str) -> Gate:
        """The named step waits before it acts, once, until the gate is opened."""
        gate = Gate()
        port, method, nth = _STEPS[step]
        target = getattr(self, port)
        setattr(target, method, gated(getattr(target, method), gate, nth))
        return gate

    async def late_payment_rests(self, payment_key: str) -> OrderOutcome:
        handle = self.temporal.get_workflow_handle(
            late_payment_workflow_id(payment_key), result_type=OrderOutcome
        )
        async with asyncio.timeout(PATIENCE):
            outcome: OrderOutcome = await handle.result()
        return outcome

    async def an_order(
        self,
        *lines: tuple[str, int],
        snapshot_id: str = "",
        lifetime: timedelta | None = None,
        address: Address | None = None,
        buyer_id: str = "buyer-1",
        wishes: Wishes = NO_WISHES,
        **policies: Any,
    ) -> Customer:
        """A request for `lines` (one tea by default) at today's price; nothing is started yet."""
        wanted = lines or (("tea", 1),)
        snapshot_id = snapshot_id or await self.quote(
            *wanted, lifetime=lifetime, buyer_id=buyer_id, wishes=wishes
        )
        snapshot = await self.snapshots.get(snapshot_id)
        assert snapshot is not None
        number = next(_numbers)
        start = OrderStart(
            order_id=self.ids.new("ord"),
            number=f"TEST-{number}",
            buyer_id=buyer_id,
            snapshot_id=snapshot_id,
            currency="CNY",
            total=snapshot.total,
            line_count=len(snapshot.lines),
            merchants=("shop-7",),
            accepted_at=datetime.now(UTC),
            address=address,
            policies=replace(self.policies, **policies),
            payment_task_queue=self.queues.payments,
        )
        return Customer(self, start)


@dataclass
class Customer:
    """One order as its buyer and the test see it."""

    shop: Shop
    start: OrderStart

    @property
    def id(self) -> str:
        return self.start.order_id

    @property
    def handle(self) -> WorkflowHandle[Any, OrderOutcome]:
        return self.shop.temporal.get_workflow_handle(order_workflow_id(self.id), result_type=OrderOutcome)

    async def checks_out(self) -> CheckoutAnswer:
        return await self.shop.workflows.checkout(self.start)

    async def pays(self, nth: int = 1, amount: Money | None = None) -> tuple[PaymentFact, ...]:
        """Pay the `nth` attempt; the order is not told yet."""
        key = await self.shop.payments.attempt_of(self.id, nth)
        return self.shop.payments.buyer_pays(key, amount)

    async def pays_and_it_is_reported(self, nth: int = 1) -> None:
        await self.hears(*await self.pays(nth))

    async def hears(self, *facts: PaymentFact, times: int = 1) -> None:
        for _ in range(times):
            for fact in facts:
                await self.shop.workflows.report_payment(self.id, fact)

    async def parcel(self, kind: str, event_id: str = "") -> None:
        report = ShipmentReported(event_id or f"evt-{kind}", shipment_id(self.id), kind, datetime.now(UTC))
        await self.shop.workflows.report_shipment(self.id, report)

    async def cancel_is_known(self) -> None:
        """The server has the request to cancel the workflow."""
        await until(self.history, lambda history: "workflow_execution_cancel_requested" in history)

    async def comes_to_rest(self) -> OrderOutcome:
        async with asyncio.timeout(PATIENCE):
            return await self.handle.result()

    async def events(self) -> Sequence[OrderEvent]:
        return [decode(stored) for stored in await self.shop.events.read(self.id)]

    async def kinds(self) -> list[str]:
        return [type(event).__name__ for event in await self.events()]

    async def order(self) -> Order:
        return fold(await self.events())

    async def becomes(self, holds: Callable[[Order], object]) -> Order:
        """Wait until the stored order is so."""
        events = await until(self.events, lambda events: events and holds(fold(events)))
        return fold(events)

    async def history(self) -> list[str]:
        return [
            str(event.WhichOneof("attributes")).removesuffix("_event_attributes")
            async for event in self.handle.fetch_history_events()
        ]


@asynccontextmanager
async def open_shop(temporal: Client) -> AsyncIterator[Shop]:
    """A shop on task queues of its own, with its workers running."""
    name = uuid4().hex
    shop = Shop(temporal, Queues(f"orders-{name}", f"payments-{name}"))
    async with shop.opens_again():
        await shop.sells()
        yield shop
