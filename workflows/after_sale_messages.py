"""What may be asked of an order after its goods have left: messages that two workflows share."""

from __future__ import annotations

from temporalio import workflow

from workflows import after_sale_decisions as decisions
from workflows import names
from workflows.after_sale_desk import AfterSaleDesk
from workflows.contracts import (
    DecideReturn,
    LinkExchange,
    OrderAnswer,
    ReceiveReturn,
    RequestRefund,
    RequestReturn,
    SettleReview,
)


class AfterSaleMessages:
    """Returns, refunds and reviews. A workflow that inherits it sets `_after_sale`."""

    _after_sale: AfterSaleDesk

    @workflow.update(name=names.REQUEST_RETURN)
    async def request_return(self, command: RequestReturn) -> OrderAnswer:
        """The buyer does not want to keep something; the same return id again is the same return."""
        return await self._after_sale.request_return(command)

    @request_return.validator
    def _validate_request_return(self, command: RequestReturn) -> None:
        self._after_sale.check(lambda order, at: decisions.requested(order, command, at))

    @workflow.update(name=names.DECIDE_RETURN)
    async def decide_return(self, command: DecideReturn) -> OrderAnswer:
        """The merchant's word on a return."""
        return await self._after_sale.decide_return(command)

    @decide_return.validator
    def _validate_decide_return(self, command: DecideReturn) -> None:
        self._after_sale.check(
            lambda order, at: decisions.decided(order, command, self._after_sale.policy, at)
        )

    @workflow.update(name=names.RECEIVE_RETURN)
    async def receive_return(self, command: ReceiveReturn) -> OrderAnswer:
        """The goods are back, or some of them."""
        return await self._after_sale.receive_return(command)

    @receive_return.validator
    def _validate_receive_return(self, command: ReceiveReturn) -> None:
        self._after_sale.check(
            lambda order, at: decisions.received(order, command, self._after_sale.policy, at)
        )

    @workflow.update(name=names.REQUEST_REFUND)
    async def request_refund(self, command: RequestRefund) -> OrderAnswer:
        """Money back without a return; the same refund id again is the same refund."""
        return await self._after_sale.request_refund(command)

    @request_refund.validator
    def _validate_request_refund(self, command: RequestRefund) -> None:
        self._after_sale.check(
            lambda order, at: decisions.refunded(order, command, self._after_sale.policy, at)
        )

    @workflow.update(name=names.LINK_EXCHANGE)
    async def link_exchange(self, command: LinkExchange) -> OrderAnswer:
        """The order that the buyer got instead."""
        return await self._after_sale.link_exchange(command)

    @link_exchange.validator
    def _validate_link_exchange(self, command: LinkExchange) -> None:
        self._after_sale.check(lambda order, at: decisions.linked(order, command, at))

    @workflow.update(name=names.SETTLE_REVIEW)
    async def settle_review(self, command: SettleReview) -> OrderAnswer:
        """A person's decision on money in review."""
        return await self._after_sale.settle_review(command)

    @settle_review.validator
    def _validate_settle_review(self, command: SettleReview) -> None:
        self._after_sale.check(lambda order, at: decisions.settled(order, command, at))
