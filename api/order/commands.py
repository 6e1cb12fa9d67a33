"""What callers may ask of an order that exists: cancel, pay again, agree to a price."""

from __future__ import annotations

from api.checkout import answer_body
from api.order.ending import refusal_at_the_end
from api.order.reading import OrderReader
from api.order.telling import existing, stored, told
from api.order.views import order_view, payment_view
from api.shortages import refusal_in
from domain.errors import InvalidStateTransitionError
from domain.order.errors import PaymentNotPendingError
from domain.order.status import OrderStatus
from domain.ports.intake import StoredAnswer
from workflows.client import (
    OrderAlreadyEndedError,
    OrderRefusedError,
    OrderWorkflows,
)
from workflows.contracts import CancelOrder, CheckoutAnswer, ConfirmPrice, PayAgain


class OrderCommands:
    """Sends a message to the order's workflow and answers with the order as it is afterwards.

    Raises what the order's rules raise, `UnknownOrderError`, `OrderNotStartedError`, and
    `WorkflowUnavailableError` when the outcome is unknown and asking again is safe.
    """

    def __init__(self, workflows: OrderWorkflows, orders: OrderReader) -> None:
        self._workflows = workflows
        self._orders = orders

    async def cancel(self, order_id: str, command: CancelOrder) -> StoredAnswer:
        """End the order. One that is cancelled already gives the same answer again."""
        try:
            await told(self._orders, order_id, self._workflows.cancel(order_id, command))
        except OrderAlreadyEndedError:
            order = await existing(self._orders, order_id)
            if order.status is not OrderStatus.CANCELLED:
                wanted = OrderStatus.CANCELLED.value
                raise InvalidStateTransitionError(current=order.status.value, wanted=wanted) from None
        return stored(200, order_view(await existing(self._orders, order_id)))

    async def pay_again(self, order_id: str, command: PayAgain) -> StoredAnswer:
        """Open another attempt after a failed one."""
        try:
            word = await told(self._orders, order_id, self._workflows.pay_again(order_id, command))
        except OrderAlreadyEndedError:
            order = await existing(self._orders, order_id)
            status = order.payment_status.value
            raise PaymentNotPendingError(payment_status=status, attempts=len(order.attempts)) from None
        order = await self._orders.at_version(order_id, word.version)
        return stored(201, {"payment": payment_view(order, word.pay_url or None)})

    async def confirm_price(self, order_id: str, command: ConfirmPrice) -> StoredAnswer:
        """Agree to the price of that snapshot; the answer is like that of placing an order."""
        try:
            word = await told(self._orders, order_id, self._workflows.confirm_price(order_id, command))
        except OrderAlreadyEndedError:
            order = await existing(self._orders, order_id)
            refused = await refusal_at_the_end(self._workflows, order_id, order)
            if refused is None:
                raise
            word = refused
        return await self._like_checkout(order_id, word)

    async def decline_price(self, order_id: str) -> StoredAnswer:
        """Do not agree; the order ends."""
        word = await told(self._orders, order_id, self._workflows.decline_price(order_id))
        return await self._like_checkout(order_id, word)

    async def _like_checkout(self, order_id: str, word: CheckoutAnswer) -> StoredAnswer:
        if word.refusal:
            raise OrderRefusedError(refusal_in(word), order_id=order_id, shortages=word.shortages)
        order = await self._orders.at_version(order_id, word.version)
        return stored(200, answer_body(order, word))
