"""A shop's money on a real PostgreSQL and the real sandbox provider; orders decide without Temporal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

import httpx

from activities.reconciliation_desk import FoundRun, ReconciliationDesk
from activities.repairing import Repairs
from activities.settlement_desk import SettlementDesk
from adapters.payments.sandbox import SandboxGateway
from adapters.postgres.events import PostgresEventStore
from adapters.postgres.feed import PostgresEventFeed
from adapters.postgres.notices import PostgresNotices
from adapters.postgres.payments import PostgresCallbackInbox, PostgresPaymentAttempts
from adapters.postgres.pool import open_pool
from adapters.postgres.reconciliation import PostgresPaymentLedger, PostgresReconciliations
from adapters.postgres.settlement import PostgresSettlementBook
from adapters.postgres.snapshots import PostgresPriceSnapshots
from adapters.postgres.statements import PostgresStatements
from adapters.settings import LOCAL_PROVIDER_SECRET
from domain.events import EventMetadata
from domain.money import Money
from domain.order.encoding import encode
from domain.order.events import OrderEvent
from domain.order.pay import payment_key
from domain.ports.payments import PaymentRequest
from domain.reconciliation.compare import ReconciliationWindow
from domain.reconciliation.difference import DifferenceCase
from tests.support.fake_workflows import FakeOrderWorkflows
from tests.support.sandbox_provider import ProviderProcess
from tests.unit.settlement.stories import lines, paid

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

_numbers = count(1)
HOUR = timedelta(hours=1)


def now() -> datetime:
    return datetime.now(UTC)


def settlement_desk(pool: Pool) -> SettlementDesk:
    """The chores' desk as a worker has it."""
    return SettlementDesk(
        PostgresEventFeed(pool),
        PostgresEventStore(pool),
        PostgresPriceSnapshots(pool),
        PostgresSettlementBook(pool),
        PostgresStatements(pool),
        PostgresNotices(pool),
    )


@dataclass
class MoneyTill:
    """Payments at the provider and what our orders know of them."""

    pool: Pool
    gateway: SandboxGateway
    buyer: httpx.AsyncClient
    orders: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.events = PostgresEventStore(self.pool)
        self.attempts = PostgresPaymentAttempts(self.pool)
        self.workflows = FakeOrderWorkflows(self.events, PostgresPriceSnapshots(self.pool), now)
        self.desk = settlement_desk(self.pool)
        gateways = {"sandbox": self.gateway}
        self.reconciling = ReconciliationDesk(
            self.desk,
            PostgresPaymentLedger(self.pool),
            PostgresReconciliations(self.pool),
            gateways,
            gateways,
        )
        self.repairs = Repairs(gateways, PostgresCallbackInbox(self.pool), self.attempts, self.workflows)

    async def opened(self, amount: int = 1_000) -> str:
        """The key of a payment that an order waits for."""
        order_id = f"ord_{next(_numbers)}"
        key = payment_key(order_id, 1)
        history = paid(lines(("tea", 1, amount)), order_id, at=now() - HOUR)[:3]
        await self.append(order_id, *history)
        await self.attempts.remember(key, order_id, "sandbox", cny(amount))
        session = await self.gateway.request_payment(
            PaymentRequest(key, order_id, order_id.upper(), cny(amount), now() + HOUR)
        )
        self.orders[key] = order_id
        pay = await self.buyer.post(f"/pay/{session.provider_ref}", json={"action": "pay"})
        pay.raise_for_status()
        return key

    async def told(self, key: str) -> None:
        """The order hears all that the provider says."""
        for fact in await self.gateway.query_payment(key):
            await self.workflows.report_payment(self.orders[key], fact)

    async def known(self, amount: int = 1_000) -> str:
        """The key of a payment that both sides have."""
        key = await self.opened(amount)
        await self.told(key)
        return key

    async def fault(self, fault: str, key: str, **more: object) -> None:
        body = {"payment_key": key, "fault": fault, "times": 9, **more}
        (await self.buyer.post("/v1/faults", json=body)).raise_for_status()

    async def bank(self, doing: str, key: str, amount: int | None = None) -> None:
        money = {} if amount is None else {"amount": {"amount": amount, "currency": "CNY"}}
        answer = await self.buyer.post(f"/v1/bank/{doing}", json={"payment_key": key, **money})
        answer.raise_for_status()

    async def append(self, order_id: str, *events: OrderEvent) -> None:
        head = await self.events.head(order_id)
        records = [encode(event) for event in events]
        await self.events.append(order_id, head, f"test-{head}", records, EventMetadata())

    async def reconcile(self) -> FoundRun:
        window = ReconciliationWindow(now() - HOUR, now() + timedelta(minutes=1))
        return await self.reconciling.reconcile("sandbox", window, now(), "test")

    async def repair(self, found: FoundRun) -> DifferenceCase:
        (case,) = found.cases
        return await self.reconciling.repair(found.run.id, case.difference.id, self.repairs, "anna", now())

    async def park(self, found: FoundRun) -> DifferenceCase:
        (case,) = found.cases
        return await self.reconciling.park(found.run.id, case.difference.id, "theirs", "anna", now())


def cny(amount: int) -> Money:
    return Money(amount, "CNY")


@asynccontextmanager
async def open_till(database_url: str, provider: ProviderProcess) -> AsyncIterator[MoneyTill]:
    """A till over that database and provider. Its callbacks reach nobody."""
    pool = await open_pool(database_url, application="test", largest=8)
    gateway = SandboxGateway(provider.url, "http://127.0.0.1:9/nobody", [LOCAL_PROVIDER_SECRET])
    try:
        async with httpx.AsyncClient(base_url=provider.url, trust_env=False) as buyer:
            yield MoneyTill(pool, gateway, buyer)
    finally:
        await gateway.aclose()
        await pool.close()
