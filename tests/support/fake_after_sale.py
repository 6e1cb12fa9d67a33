"""What is asked of orders after payment, without Temporal: the domain decides, and it is appended at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from domain.catalogue.items import Category
from domain.order import after_sale, fulfil, refund
from domain.order.events import OrderEvent
from domain.order.order import Order
from domain.order.pay import record_refund
from domain.order.refund_policy import RefundPolicy
from domain.order.review_money import settle_review
from domain.order.seen import if_seen
from domain.order.ship import complete_order
from domain.ports.carriers import CarrierFactKind
from domain.ports.warehouses import MAIN_WAREHOUSE
from domain.stock.allocation import AllocatedUnits
from workflows.client import OrderWorkflows
from workflows.contracts import (
    AcceptService,
    ChangeAddress,
    CheckoutAnswer,
    DecideReturn,
    LinkExchange,
    OrderAnswer,
    ReceiveReturn,
    RequestRefund,
    RequestReturn,
    SettleReview,
    ShipmentReported,
)

POLICY = RefundPolicy()
ACCEPTANCE = timedelta(minutes=5)
Decide = Callable[[], Iterable[OrderEvent]]


class FakeAfterSale(OrderWorkflows):
    """The messages of fulfilment and after-sale. Whoever inherits says how orders are reached and written."""

    now: Callable[[], datetime]
    shipments: list[ShipmentReported]
    late_shipments: list[ShipmentReported]

    async def change_address(self, order_id: str, command: ChangeAddress) -> OrderAnswer:
        order = await self._open(order_id)
        return await self._answered(
            order,
            command.expected_version,
            lambda: fulfil.change_address(order, command.address, command.by, self.now()),
        )

    async def accept_service(self, order_id: str, command: AcceptService) -> OrderAnswer:
        order = await self._open(order_id)
        decide = fulfil.accept_service if command.accepted else fulfil.decline_service
        return await self._answered(
            order,
            command.expected_version,
            lambda: decide(order, command.merchant_id, command.by, self.now()),
        )

    async def report_shipment(self, order_id: str, report: ShipmentReported) -> None:
        order = await self._open(order_id)
        self.shipments.append(report)
        if order.shipments:
            await self.carrier_says(order_id, report.shipment_id, CarrierFactKind(report.kind))

    async def report_late_shipment(self, order_id: str, report: ShipmentReported) -> None:
        await self._known(order_id)
        self.late_shipments.append(report)
        await self.carrier_says(order_id, report.shipment_id, CarrierFactKind(report.kind))

    async def request_return(self, order_id: str, command: RequestReturn) -> OrderAnswer:
        order = await self._known(order_id)
        return await self._answered(
            order,
            command.expected_version,
            lambda: after_sale.request_return(
                order,
                command.return_id,
                command.units,
                command.reason,
                command.exchange,
                command.by,
                self.now(),
            ),
            command.return_id,
        )

    async def decide_return(self, order_id: str, command: DecideReturn) -> OrderAnswer:
        order = await self._known(order_id)
        return await self._answered(
            order,
            command.expected_version,
            lambda: after_sale.decide_return(
                order,
                command.return_id,
                command.approved,
                command.goods_back,
                command.by,
                command.comment,
                POLICY,
                self.now(),
            ),
            command.return_id,
        )

    async def receive_return(self, order_id: str, command: ReceiveReturn) -> OrderAnswer:
        order = await self._known(order_id)
        return await self._answered(
            order,
            command.expected_version,
            lambda: after_sale.receive_return(
                order, command.return_id, command.units, command.restock, command.by, POLICY, self.now()
            ),
            command.return_id,
        )

    async def link_exchange(self, order_id: str, command: LinkExchange) -> OrderAnswer:
        order = await self._known(order_id)
        return await self._answered(
            order,
            command.expected_version,
            lambda: after_sale.link_exchange(order, command.return_id, command.new_order_id, self.now()),
            command.return_id,
        )

    async def request_refund(self, order_id: str, command: RequestRefund) -> OrderAnswer:
        order = await self._known(order_id)
        return await self._answered(
            order, command.expected_version, lambda: _refunded(order, command, self.now()), command.refund_id
        )

    async def settle_review(self, order_id: str, command: SettleReview) -> OrderAnswer:
        order = await self._known(order_id)
        return await self._answered(
            order,
            command.expected_version,
            lambda: settle_review(order, command.payment_key, command.decision, command.by, self.now()),
        )

    # What a test does behind the API.

    async def plan(self, order_id: str) -> Order:
        """A paid order's goods are planned: all parcels from one warehouse, files delivered."""
        order = await self.order(order_id)
        goods = [
            AllocatedUnits(line.line, line.sku, line.quantity, MAIN_WAREHOUSE)
            for line in order.lines
            if line.category is Category.PHYSICAL
        ]
        planned = fulfil.plan_shipments(order, goods, self.now() + ACCEPTANCE, self.now())
        await self._append(order, (planned,))
        order = await self.order(order_id)
        await self._append(order, fulfil.deliver_virtual(order, self.now()))
        return await self.order(order_id)

    async def carrier_says(self, order_id: str, shipment_id: str, kind: CarrierFactKind) -> Order:
        """The order takes a carrier's word."""
        order = await self.order(order_id)
        await self._append(order, fulfil.report_shipment(order, shipment_id, kind, self.now()))
        return await self.order(order_id)

    async def completes(self, order_id: str) -> Order:
        """The return window of a delivered order is over."""
        order = await self.order(order_id)
        await self._append(order, (complete_order(order, self.now()),))
        return await self.order(order_id)

    async def refund_goes(self, order_id: str) -> Order:
        """The provider has given back everything that was promised."""
        for promised in (await self.order(order_id)).refunds:
            order = await self.order(order_id)
            await self._append(
                order,
                record_refund(order, promised.key, promised.payment_key, promised.amount, self.now()),
            )
        return await self.order(order_id)

    async def order(self, order_id: str) -> Order:
        """The order as its stream has it."""
        raise NotImplementedError

    async def _answered(
        self, order: Order, seen: int | None, decide: Decide, subject: str = ""
    ) -> OrderAnswer:
        await self._decide(order, lambda: if_seen(order, seen, decide))
        after = await self.order(order.id)
        return OrderAnswer(after.id, after.version, after.status.value, subject)

    async def _decide(self, order: Order, decide: Decide) -> CheckoutAnswer:
        raise NotImplementedError

    async def _append(self, order: Order | None, events: Iterable[OrderEvent]) -> None:
        raise NotImplementedError

    async def _open(self, order_id: str) -> Order:
        raise NotImplementedError

    async def _known(self, order_id: str) -> Order:
        raise NotImplementedError


def _refunded(order: Order, command: RequestRefund, at: datetime) -> tuple[OrderEvent, ...]:
    if command.units:
        return refund.refund_units(order, command.refund_id, command.units, command.reason, POLICY, at)
    if command.amount is not None:
        return refund.refund_amount(order, command.refund_id, command.amount, command.reason, at)
    return refund.refund_rest(order, command.refund_id, command.reason, at)
