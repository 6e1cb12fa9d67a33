"""What may be told to an order and asked of it while its workflow runs. The story is `order`."""

from __future__ import annotations

from typing import Final

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from activities.contracts import OrderStart
from domain.errors import InvalidStateTransitionError
from domain.order.cancel import cancel_order
from domain.order.seen import if_seen
from domain.order.status import CancelReason, OrderStatus
from domain.payment.facts import PaymentFact
from workflows import names
from workflows.after_sale_messages import AfterSaleMessages
from workflows.answers import actions_of, answer_of, price_of, word_of
from workflows.checks import (
    check_address,
    check_cancel,
    check_confirmation,
    check_decline,
    check_pay_again,
    check_service,
    refusing,
)
from workflows.collecting import Collecting
from workflows.contracts import (
    AcceptService,
    CancelOrder,
    ChangeAddress,
    CheckoutAnswer,
    ConfirmPrice,
    OrderAnswer,
    PayAgain,
    ShipmentReported,
    ShownPrice,
    TimelineEntry,
)
from workflows.desk import Desk
from workflows.fulfilling import Fulfilling
from workflows.paying import Paying
from workflows.placing import Placing

BEING_READ: Final = "order_being_read"


class OrderMessages(AfterSaleMessages):
    """Commands take the lock, because they wait for the world between looking and writing.

    `_answered` becomes true with the first answer; `_answers` keeps those that must not change.
    """

    _start: OrderStart
    _desk: Desk
    _placing: Placing
    _paying: Paying
    _collecting: Collecting
    _fulfilling: Fulfilling
    _answered: bool
    _answers: dict[str, CheckoutAnswer]

    # What several of them need.

    async def _ask_for_money(self) -> None:
        order = self._desk.stream.order
        if order is not None and order.status is OrderStatus.CREATED:
            await self._collecting.open_attempt()

    async def _end(self, reason: CancelReason, by: str, seen: int | None = None) -> None:
        """Call back what was booked and end the order. Call it with the lock held.

        Raises `InvalidStateTransitionError` when something has left, and `OrderChangedError` when the order
        is not as it was `seen`.
        """
        if self._desk.order.status is OrderStatus.PAID:
            await self._fulfilling.hear()  # what was reported before counts, and nothing is recalled in vain
            order, at = self._desk.order, self._desk.now
            if order.status is not OrderStatus.CANCELLED:
                if_seen(order, seen, lambda: cancel_order(order, reason, by, at))
        if self._desk.order.status is OrderStatus.PAID and not await self._fulfilling.recall(by):
            raise InvalidStateTransitionError(
                current=self._desk.order.fulfilment_status.value, wanted=OrderStatus.CANCELLED.value
            )
        await self._paying.end(reason, by)

    def _answer(self) -> CheckoutAnswer:
        return answer_of(self._desk, self._placing, self._collecting)

    def _may_confirm(self, command: ConfirmPrice) -> None:
        check_confirmation(self._desk.stream.order, self._placing.question, command.snapshot_id)

    def _may_pay_again(self) -> None:
        check_pay_again(self._desk.stream.order, self._start.provider, workflow.now())

    def _was_answered(self, request: str) -> bool:
        return request in self._answers or request in self._start.answered

    # What may be asked of the order.

    @workflow.update(name=names.CHECKOUT)
    async def checkout(self) -> CheckoutAnswer:
        """The first answer: created, refused, or a question about the price."""
        await workflow.wait_condition(lambda: self._answered)
        return self._answer()

    @workflow.update(name=names.CONFIRM_PRICE)
    async def confirm_price(self, command: ConfirmPrice) -> CheckoutAnswer:
        """Agree to the price that was asked about. The same snapshot again gives the same answer."""
        async with self._desk.lock:
            if not self._was_answered(command.snapshot_id):
                self._may_confirm(command)
                await self._placing.confirm(command.snapshot_id)
                await self._ask_for_money()
                self._answers[command.snapshot_id] = self._answer()
        return self._answers.get(command.snapshot_id) or self._answer()

    @confirm_price.validator
    def _validate_confirm_price(self, command: ConfirmPrice) -> None:
        if self._desk.is_read and not self._was_answered(command.snapshot_id):
            self._may_confirm(command)

    @workflow.update(name=names.DECLINE_PRICE)
    async def decline_price(self) -> CheckoutAnswer:
        """Do not agree; the order ends."""
        async with self._desk.lock:
            check_decline(self._desk.stream.order)
            await self._paying.end(CancelReason.PRICE_DECLINED, "buyer")
        return self._answer()

    @decline_price.validator
    def _validate_decline_price(self) -> None:
        if self._desk.is_read:
            check_decline(self._desk.stream.order)

    @workflow.update(name=names.CANCEL_ORDER)
    async def cancel_order(self, command: CancelOrder) -> CheckoutAnswer:
        """End the order before anything has left; what came goes back. Asked again it answers the same."""
        await workflow.wait_condition(lambda: self._answered)
        async with self._desk.lock:
            check_cancel(self._desk.stream.order, command, workflow.now())
            if self._desk.stream.order is not None:
                with refusing():
                    await self._end(CancelReason(command.reason), command.by, command.expected_version)
        return self._answer()

    @cancel_order.validator
    def _validate_cancel_order(self, command: CancelOrder) -> None:
        check_cancel(self._desk.stream.order, command, workflow.now())

    @workflow.update(name=names.PAY_AGAIN)
    async def pay_again(self, command: PayAgain) -> CheckoutAnswer:
        """Open another attempt after a failed one, once per request id."""
        async with self._desk.lock:
            if not self._was_answered(command.request_id):
                self._may_pay_again()
                await self._collecting.pay_again()
                self._answers[command.request_id] = self._answer()
        return self._answers.get(command.request_id) or self._answer()

    @pay_again.validator
    def _validate_pay_again(self, command: PayAgain) -> None:
        if self._desk.is_read and not self._was_answered(command.request_id):
            self._may_pay_again()

    @workflow.update(name=names.CHANGE_ADDRESS)
    async def change_address(self, command: ChangeAddress) -> OrderAnswer:
        """Send the goods elsewhere, until the first parcel leaves; the address that it has is no change."""
        async with self._desk.lock:
            check_address(self._desk.stream.order, command, workflow.now())
            with refusing():
                await self._fulfilling.change_address(command)
        return word_of(self._desk)

    @change_address.validator
    def _validate_change_address(self, command: ChangeAddress) -> None:
        if self._desk.is_read:
            check_address(self._desk.stream.order, command, workflow.now())

    @workflow.update(name=names.ACCEPT_SERVICE)
    async def accept_service(self, command: AcceptService) -> OrderAnswer:
        """A merchant will do its services, or not; the same word again is harmless."""
        if not self._answered:
            await workflow.wait_condition(lambda: self._answered)
        if command.accepted:
            await self._paying.make_sure()
        async with self._desk.lock:
            check_service(self._desk.stream.order, command, workflow.now())
            with refusing():
                shipment_id = await self._fulfilling.answer_for_service(command)
        return word_of(self._desk, shipment_id)

    @accept_service.validator
    def _validate_accept_service(self, command: AcceptService) -> None:
        if self._desk.is_read:
            check_service(self._desk.stream.order, command, workflow.now())

    @workflow.signal(name=names.PAYMENT_REPORTED)
    def payment_reported(self, fact: PaymentFact) -> None:
        """A provider's statement; repeats and late ones are harmless."""
        self._paying.learn(fact)

    @workflow.signal(name=names.SHIPMENT_REPORTED)
    def shipment_reported(self, report: ShipmentReported) -> None:
        """A carrier's statement; repeats are harmless."""
        self._fulfilling.learn(report)

    # What may be looked at.

    @workflow.query(name=names.STATUS)
    def status(self) -> CheckoutAnswer:
        """The order as it stands. Fails while a new run has not read yet what an earlier one has left."""
        if not self._desk.is_read:
            raise ApplicationError("the order is being read", type=BEING_READ)
        return self._answer()

    @workflow.query(name=names.PRICE_BREAKDOWN)
    def price_breakdown(self) -> ShownPrice:
        """How the agreed price is made, step by step; while the buyer is asked, the new one."""
        return price_of(self._desk, self._placing)

    @workflow.query(name=names.TIMELINE)
    def timeline(self) -> list[TimelineEntry]:
        """What happened, oldest first."""
        return self._desk.board.timeline

    @workflow.query(name=names.ALLOWED_ACTIONS)
    def allowed_actions(self) -> list[str]:
        """What the buyer may do now."""
        return actions_of(self._desk)
