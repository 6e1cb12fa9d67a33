"""A shop for workflow tests: real Temporal, everything else in memory, deadlines of seconds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from temporalio.client import Client

from activities.contracts import OrderPolicies, OrderStart
from activities.price_desk import Ask
from adapters.clock import RandomIds, SystemClock
from adapters.memory.aggregate_snapshots import MemoryAggregateSnapshots
from adapters.memory.entitlements import MemoryEntitlements
from adapters.memory.events import MemoryEventStore
from adapters.memory.intake import MemoryOrderIntake
from adapters.memory.notices import MemoryNotices
from adapters.memory.payments import MemoryPaymentAttempts
from adapters.memory.price_checks import MemoryPriceChecks
from adapters.memory.prices import MemoryCatalogue
from adapters.memory.proposals import MemoryProposals
from adapters.memory.reconciliation import MemoryReconciliations
from adapters.memory.settlement import MemoryPaymentLedger, MemorySettlementBook
from adapters.memory.snapshots import MemoryPriceSnapshots
from adapters.memory.stock import MemoryStockLedger
from adapters.memory.warehouses import MemoryWarehouses
from adapters.sealing.personal_data import SealedPersonalData
from domain.address import Address
from domain.catalogue.items import BasePrice, CatalogueItem, Category
from domain.money import Money
from domain.ports.notices import Alert
from domain.ports.stock import StockLevel
from domain.pricing.request import RequestedLine, Scene, Wishes
from tests.support.fake_carrier import FakeCarrier
from tests.support.fake_gateway import FakeGateway
from tests.support.order_views import ViewsOfStreams
from tests.support.personal import sealing
from tests.workflow.customer import Customer
from tests.workflow.gates import PATIENCE, Gate, gated, until
from workflows.client import OrderWorkflows
from workflows.contracts import OrderOutcome
from workflows.names import late_payment_workflow_id
from workflows.workers import Queues, build_workers, price_desk, sandbox

__all__ = ["HOME", "NO_WISHES", "ClientValues", "Customer", "Shop", "cny", "open_shop"]

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
    "book_shipment": ("carrier", "book", 1),
}
_numbers = count(1)
NO_WISHES = Wishes()
HOME = Address("1 Lake Road", "Hangzhou", "310000", "CN")


def cny(fen: int) -> Money:
    return Money(fen, "CNY")


@dataclass(frozen=True)
class ClientValues:
    order_task_queue: str
    payment_task_queue: str
    first_answer_seconds: float = 30.0


@dataclass
class Shop:
    """Ports in memory and the orders that live on them."""

    temporal: Client
    queues: Queues
    stock: MemoryStockLedger = field(default_factory=MemoryStockLedger)
    snapshots: MemoryPriceSnapshots = field(default_factory=MemoryPriceSnapshots)
    events: MemoryEventStore = field(default_factory=MemoryEventStore)
    aggregate_snapshots: MemoryAggregateSnapshots = field(default_factory=MemoryAggregateSnapshots)
    payments: FakeGateway = field(default_factory=FakeGateway)
    carrier: FakeCarrier = field(default_factory=FakeCarrier)
    intake: MemoryOrderIntake = field(default_factory=MemoryOrderIntake)
    clock: SystemClock = field(default_factory=SystemClock)
    attempts: MemoryPaymentAttempts = field(default_factory=MemoryPaymentAttempts)
    notices: MemoryNotices = field(default_factory=MemoryNotices)
    checks: MemoryPriceChecks = field(default_factory=MemoryPriceChecks)
    ids: RandomIds = field(default_factory=RandomIds)
    personal: SealedPersonalData = field(default_factory=sealing)
    outages: tuple[type[Exception], ...] = ()
    policies: OrderPolicies = field(
        default_factory=lambda: OrderPolicies(
            payment_window=timedelta(minutes=5), return_window=timedelta(seconds=0)
        )
    )

    def __post_init__(self) -> None:
        self.catalogue = self.prices = self.promotions = self.wallets = MemoryCatalogue(self.stock)
        self.proposals = MemoryProposals(self.events)
        self.warehouses = MemoryWarehouses(self.stock)
        self.entitlements = MemoryEntitlements(self.ids)
        self.gateways = self.reports = {self.payments.provider: self.payments}
        self.feed = self.events
        self.settlements = self.statements = MemorySettlementBook()
        self.ledger = MemoryPaymentLedger(self.settlements, self.attempts)
        self.reconciliations = MemoryReconciliations()
        self.views = ViewsOfStreams(self.events)
        self.pricing = price_desk(self)
        values = ClientValues(self.queues.orders, self.queues.payments)
        self.workflows = OrderWorkflows(self.temporal, values)

    async def sells(
        self,
        sku: str = "tea",
        *,
        price: int = 10_000,
        stock: int = 5,
        category: Category = Category.PHYSICAL,
        merchant: str = "shop-7",
    ) -> None:
        item = CatalogueItem(
            sku, merchant, sku.title(), category, (BasePrice(cny(price), cny(price)),), stock=stock
        )
        await self.catalogue.put_items([item])

    async def sells_from(self, warehouse_id: str, sku: str, *, price: int = 10_000, stock: int = 5) -> None:
        """All of this SKU lies in that warehouse."""
        await self.sells(sku, price=price, stock=0)
        await self.warehouses.put_stock(warehouse_id, sku, stock)

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
        address: Address | None = HOME,
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


@asynccontextmanager
async def open_shop(temporal: Client) -> AsyncIterator[Shop]:
    """A shop on task queues of its own, with its workers running."""
    name = uuid4().hex
    shop = Shop(temporal, Queues(f"orders-{name}", f"payments-{name}"))
    async with shop.opens_again():
        await shop.sells()
        yield shop
