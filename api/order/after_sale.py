"""What is asked of an order when its goods are with the buyer: returns, refunds, and money in review."""

from __future__ import annotations

from collections.abc import Awaitable

from api.order.parts import refund_answer, return_answer
from api.order.reading import OrderReader
from api.order.telling import stored, told
from api.order.views import order_view
from domain.order.errors import ReturnNotFoundError
from domain.order.order import Order
from domain.order.returns import Refund, ReturnCase
from domain.ports.intake import StoredAnswer
from workflows.client import OrderWorkflows
from workflows.contracts import (
    DecideReturn,
    LinkExchange,
    OrderAnswer,
    ReceiveReturn,
    RequestRefund,
    RequestReturn,
    SettleReview,
)

_OK, _CREATED = 200, 201


class AfterSaleCommands:
    """Sends a message to the order and answers with what it is about, as it is afterwards.

    Works whether or not the order's own workflow still runs. Raises what the order's rules raise, and
    `WorkflowUnavailableError` when the outcome is unknown and asking again is safe.
    """

    def __init__(self, workflows: OrderWorkflows, orders: OrderReader) -> None:
        self._workflows = workflows
        self._orders = orders

    async def request_return(self, order_id: str, command: RequestReturn) -> StoredAnswer:
        """The buyer does not want to keep something."""
        order = await self._after(order_id, self._workflows.request_return(order_id, command))
        return stored(_CREATED, return_answer(order, case_of(order, command.return_id)))

    async def decide_return(self, order_id: str, command: DecideReturn) -> StoredAnswer:
        """The merchant's word on it."""
        order = await self._after(order_id, self._workflows.decide_return(order_id, command))
        return stored(_OK, return_answer(order, case_of(order, command.return_id)))

    async def receive_return(self, order_id: str, command: ReceiveReturn) -> StoredAnswer:
        """The goods are back."""
        order = await self._after(order_id, self._workflows.receive_return(order_id, command))
        return stored(_OK, return_answer(order, case_of(order, command.return_id)))

    async def link_exchange(self, order_id: str, command: LinkExchange) -> StoredAnswer:
        """The buyer got another order instead."""
        order = await self._after(order_id, self._workflows.link_exchange(order_id, command))
        return stored(_OK, return_answer(order, case_of(order, command.return_id)))

    async def request_refund(self, order_id: str, command: RequestRefund) -> StoredAnswer:
        """Money back without a return."""
        order = await self._after(order_id, self._workflows.request_refund(order_id, command))
        return stored(_CREATED, refund_answer(order, _refund_for(order, command.refund_id)))

    async def settle_review(self, order_id: str, command: SettleReview) -> StoredAnswer:
        """A person has decided on money in review."""
        order = await self._after(order_id, self._workflows.settle_review(order_id, command))
        return stored(_OK, order_view(order))

    async def _after(self, order_id: str, message: Awaitable[OrderAnswer]) -> Order:
        word = await told(self._orders, order_id, message)
        return await self._orders.at_version(order_id, word.version)


def case_of(order: Order, return_id: str) -> ReturnCase:
    """The return of that id. Raises `ReturnNotFoundError`."""
    case = order.return_case(return_id)
    if case is None:
        raise ReturnNotFoundError
    return case


def _refund_for(order: Order, cause: str) -> Refund:
    return next(refund for refund in reversed(order.refunds) if refund.cause == cause)
