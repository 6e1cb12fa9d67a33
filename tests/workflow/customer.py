"""One order as its buyer, its carrier and the test see it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from temporalio.client import WorkflowHandle

from activities.contracts import OrderStart
from domain.money import Money
from domain.order.encoding import decode
from domain.order.events import OrderEvent
from domain.order.order import Order, fold
from domain.order.ship import shipment_id
from domain.order.shipments import shipment_number
from domain.payment.facts import PaymentFact
from domain.ports.carriers import CarrierFactKind
from tests.workflow.gates import PATIENCE, until
from workflows.contracts import CheckoutAnswer, OrderOutcome, ShipmentReported
from workflows.names import order_workflow_id

if TYPE_CHECKING:
    from tests.workflow.shop import Shop


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

    async def parcel(self, kind: str, event_id: str = "", number: int = 0) -> None:
        """Somebody reports `kind` of the order's shipment with that number, or of all of them."""
        about = shipment_number(self.id, number) if number else shipment_id(self.id)
        report = ShipmentReported(event_id or f"evt-{kind}-{number}", about, kind, datetime.now(UTC))
        await self.shop.workflows.report_shipment(self.id, report)

    def shipment(self, number: int) -> str:
        """The id of its shipment with that number, counted from 1."""
        return shipment_number(self.id, number)

    async def carried(self, kind: str, number: int = 1) -> None:
        """The carrier does it to a booked parcel, and the order hears of it."""
        await self.shop.carrier.booked(self.shipment(number))
        fact = self.shop.carrier.happens(self.shipment(number), CarrierFactKind(kind))
        report = ShipmentReported(fact.event_id, fact.shipment_id, kind, fact.occurred_at)
        await self.shop.workflows.report_shipment(self.id, report)

    async def is_paid(self) -> Order:
        """Check out, pay, and let the order hear of it."""
        await self.checks_out()
        await self.pays_and_it_is_reported()
        return await self.becomes(lambda order: order.status not in {"draft", "created"})

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
