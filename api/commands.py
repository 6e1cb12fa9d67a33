"""What callers may ask of an order that exists: cancel, pay again, agree to a price, report a shipment."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from pydantic_core import to_json

from api.checkout import answer_body
from api.orders import FoundOrder, OrderNotFoundError, OrderReader
from api.shortages import refusal_in
from api.views import order_view, payment_view
from domain.errors import DomainError, InvalidStateTransitionError
from domain.order.errors import PaymentNotPendingError
from domain.order.order import Order
from domain.order.status import OrderStatus
from domain.ports.intake import StoredAnswer
from workflows.client import (
    OrderAlreadyEndedError,
    OrderRefusedError,
    OrderWorkflows,
    WorkflowUnavailableError,
)
from workflows.contracts import CancelOrder, CheckoutAnswer, ConfirmPrice, PayAgain, ShipmentReported

_SHIPMENT = "shp_"
_Answer = TypeVar("_Answer")


class OrderNotStartedError(DomainError):
    """The order is accepted, and its process has not begun."""

    code = "order_not_started"


class ShipmentNotFoundError(DomainError):
    """No order has such a shipment."""

    code = "shipment_not_found"


class OrderCommands:
    """Sends a message to the order's workflow and answers with the order as it is afterwards.

    Raises what the order's rules raise, `OrderNotFoundError`, `OrderNotStartedError`, and
    `WorkflowUnavailableError` when the outcome is unknown and asking again is safe.
    """

    def __init__(self, workflows: OrderWorkflows, orders: OrderReader) -> None:
        self._workflows = workflows
        self._orders = orders

    async def cancel(self, order_id: str, command: CancelOrder) -> StoredAnswer:
        """End the order. One that is cancelled already gives the same answer again."""
        try:
            await self._told(order_id, self._workflows.cancel(order_id, command))
        except OrderAlreadyEndedError:
            order = await self._existing(order_id)
            if order.status is not OrderStatus.CANCELLED:
                wanted = OrderStatus.CANCELLED.value
                raise InvalidStateTransitionError(current=order.status.value, wanted=wanted) from None
        return _stored(200, order_view(await self._existing(order_id)))

    async def pay_again(self, order_id: str, command: PayAgain) -> StoredAnswer:
        """Open another attempt after a failed one."""
        try:
            word = await self._told(order_id, self._workflows.pay_again(order_id, command))
        except OrderAlreadyEndedError:
            order = await self._existing(order_id)
            status = order.payment_status.value
            raise PaymentNotPendingError(payment_status=status, attempts=len(order.attempts)) from None
        order = await self._orders.at_version(order_id, word.version)
        return _stored(201, {"payment": payment_view(order, word.pay_url or None)})

    async def confirm_price(self, order_id: str, command: ConfirmPrice) -> StoredAnswer:
        """Agree to the price of that snapshot; the answer is like that of placing an order."""
        word = await self._told(order_id, self._workflows.confirm_price(order_id, command))
        return await self._like_checkout(order_id, word)

    async def decline_price(self, order_id: str) -> StoredAnswer:
        """Do not agree; the order ends."""
        word = await self._told(order_id, self._workflows.decline_price(order_id))
        return await self._like_checkout(order_id, word)

    async def report_shipment(self, shipment_id: str, report: ShipmentReported) -> None:
        """Tell the order what its carrier said; an order that has ended has heard it already."""
        order_id = shipment_id.removeprefix(_SHIPMENT)
        if order_id == shipment_id:
            raise ShipmentNotFoundError
        try:
            await self._told(order_id, self._workflows.report_shipment(order_id, report))
        except (OrderAlreadyEndedError, OrderNotFoundError):
            if await self._orders.current(order_id) is None:
                raise ShipmentNotFoundError from None

    async def _told(self, order_id: str, message: Awaitable[_Answer]) -> _Answer:
        try:
            return await message
        except WorkflowUnavailableError as error:
            if error.facts.get("reason") != "not_started":
                raise
        await self._orders.find(order_id)
        raise OrderNotStartedError

    async def _existing(self, order_id: str) -> Order:
        found = await self._orders.find(order_id)
        if not isinstance(found, FoundOrder):
            raise OrderAlreadyEndedError(order_id=order_id)
        return found.order

    async def _like_checkout(self, order_id: str, word: CheckoutAnswer) -> StoredAnswer:
        if word.refusal:
            raise OrderRefusedError(refusal_in(word), order_id=order_id, shortages=word.shortages)
        order = await self._orders.at_version(order_id, word.version)
        return _stored(200, answer_body(order, word))


def _stored(status: int, content: object) -> StoredAnswer:
    return StoredAnswer(status, to_json(content).decode())
