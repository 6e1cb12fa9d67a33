"""One order from checkout to completion: what happens when, what may be asked, what is undone.

It decides nothing itself and touches nothing: the order decides, activities act.
"""

from __future__ import annotations

import asyncio
from functools import partial

from temporalio import workflow
from temporalio.exceptions import FailureError

with workflow.unsafe.imports_passed_through():
    from activities.contracts import OrderStart
    from domain.errors import InvalidStateTransitionError
    from domain.order.status import CancelReason, OrderStatus
    from domain.payment.facts import PaymentFact
    from domain.ports.notices import AlertLevel
    from workflows import names
    from workflows.answers import actions_of, answer_of, outcome_of, price_of
    from workflows.checks import check_cancel, check_confirmation, check_decline, check_pay_again
    from workflows.compensation import carry_through
    from workflows.contracts import (
        CancelOrder,
        CheckoutAnswer,
        ConfirmPrice,
        OrderOutcome,
        PayAgain,
        ShipmentReported,
        ShownPrice,
        TimelineEntry,
    )
    from workflows.desk import Desk
    from workflows.handing_over import HandingOver
    from workflows.paying import Paying
    from workflows.placing import Placing


@workflow.defn(name=names.ORDER_WORKFLOW)
class OrderWorkflow:
    """The process of one order; id `order:{order_id}`."""

    @workflow.init
    def __init__(self, start: OrderStart) -> None:
        self._start = start
        self._policies = start.policies
        self._desk = Desk(
            start.order_id,
            start.payment_task_queue,
            correlation_id=start.correlation_id,
            amount_minor=start.total.amount,
        )
        self._placing = Placing(self._desk, start)
        self._paying = Paying(self._desk, start.provider)
        self._handing_over = HandingOver(self._desk)
        self._answered = False
        self._stopped = False
        self._answers: dict[str, CheckoutAnswer] = {}

    # The story.

    @workflow.run
    async def run(self, start: OrderStart) -> OrderOutcome:
        """Carry the order to its end. A cancelled workflow ends the order as a cancelled order ends."""
        outcome = await carry_through(self._story(start), self._stop_asked)
        if self._stopped and outcome.status == OrderStatus.CANCELLED.value:
            raise asyncio.CancelledError
        return outcome

    async def _story(self, start: OrderStart) -> OrderOutcome:
        try:
            await self._place(start)
            await self._agree_on_price()
            await self._collect_payment()
            await self._hand_over()
            await self._return_window()
        except FailureError as failure:
            await self._give_up(failure)
            raise
        await self._come_to_rest()
        return outcome_of(self._desk, start.total * 0)

    async def _place(self, start: OrderStart) -> None:
        async with self._desk.lock:
            await self._placing.place(start.snapshot_id)
            await self._ask_for_money()
        self._answered = True

    async def _agree_on_price(self) -> None:
        while self._is(OrderStatus.DRAFT):
            asked_at = self._placing.asked_at  # every new question gives time anew
            answered = partial(self._placing.is_answered, asked_at)
            until = asked_at + self._policies.confirmation_window
            if not await self._desk.until(answered, until, "the buyer's word on the price"):
                async with self._desk.lock:
                    if not answered():  # the buyer may have been faster
                        await self._paying.end(CancelReason.CONFIRMATION_TIMEOUT, "system")
            await self._obey_stop()

    async def _collect_payment(self) -> None:
        while self._is(OrderStatus.CREATED):
            in_time = await self._desk.until(
                lambda: not self._is(OrderStatus.CREATED) or self._paying.news,
                *self._paying.waits_for(self._policies.review_window),
            )
            if not in_time:
                await self._paying.time_is_up()
            await self._obey_stop()
            await self._settle()

    async def _hand_over(self) -> None:
        overdue, until = 0, workflow.now() + self._policies.shipping_window
        while self._is(OrderStatus.PAID, OrderStatus.SHIPPED) and self._handing_over.on_its_way:
            in_time = await self._desk.until(
                lambda: self._is(OrderStatus.CANCELLED) or self._has_news(), until, "the carrier"
            )
            if not in_time:
                overdue += 1
                until += self._policies.shipping_window
                self._desk.board.needs_review()
                self._desk.alert("shipping_overdue", about=str(overdue), level=AlertLevel.MEDIUM)
            await self._obey_stop()
            await self._settle()

    async def _return_window(self) -> None:
        until = workflow.now() + self._policies.return_window
        while self._is(OrderStatus.SHIPPED):
            if not await self._desk.until(self._has_news, until, "the end of the return window"):
                async with self._desk.lock:
                    await self._handing_over.complete()
            await self._obey_stop()
            await self._settle()

    async def _come_to_rest(self) -> None:
        """Undo what an ended order had begun, and go on listening until nothing is left to do."""
        desk = self._desk
        if self._is(OrderStatus.CANCELLED) or desk.stream.order is None:
            desk.spawn(desk.undo.run())
        while True:
            await workflow.wait_condition(
                lambda: self._paying.news or (desk.idle and workflow.all_handlers_finished())
            )
            if not self._paying.news:
                return
            await self._settle()

    async def _give_up(self, failure: FailureError) -> None:
        """A step failed for good: nothing may stay held or charged because of it."""
        workflow.logger.error("giving the order up: %s", failure)
        self._desk.report_failure("order", "failed")
        self._answered = True
        await self._desk.undo.run()
        await workflow.wait_condition(lambda: self._desk.idle and workflow.all_handlers_finished())

    # What the steps share.

    def _is(self, *statuses: OrderStatus) -> bool:
        order = self._desk.stream.order
        return order is not None and order.status in statuses

    def _has_news(self) -> bool:
        return self._paying.news or self._handing_over.news

    async def _settle(self) -> None:
        if self._has_news():
            async with self._desk.lock:
                await self._paying.settle()
                await self._handing_over.settle()

    async def _ask_for_money(self) -> None:
        if self._is(OrderStatus.CREATED):
            await self._paying.open_attempt()

    def _stop_asked(self) -> None:
        self._desk.stopping = True

    async def _obey_stop(self) -> None:
        if not self._desk.stopping:
            return
        self._desk.stopping, self._stopped = False, True
        async with self._desk.lock:
            try:
                await self._paying.end(CancelReason.MERCHANT, "operator")
            except InvalidStateTransitionError:
                # The goods are gone; only a refund leads back from here, and that is a person's decision.
                self._desk.alert("stop_refused", about=self._desk.order.status.value)

    def _answer(self) -> CheckoutAnswer:
        return answer_of(self._desk, self._placing, self._paying)

    def _may_confirm(self, command: ConfirmPrice) -> None:
        check_confirmation(self._desk.stream.order, self._placing.question, command.snapshot_id)

    def _may_pay_again(self) -> None:
        check_pay_again(self._desk.stream.order, self._start.provider, workflow.now())

    # What may be asked of the order.

    @workflow.update(name=names.CHECKOUT)
    async def checkout(self) -> CheckoutAnswer:
        """The first answer: created, refused, or a question about the price."""
        await workflow.wait_condition(lambda: self._answered)
        return self._answer()

    @workflow.update(name=names.CONFIRM_PRICE)
    async def confirm_price(self, command: ConfirmPrice) -> CheckoutAnswer:
        """Agree to the price of the snapshot that was asked about."""
        async with self._desk.lock:
            if command.snapshot_id not in self._answers:
                self._may_confirm(command)
                await self._placing.confirm(command.snapshot_id)
                await self._ask_for_money()
                self._answers[command.snapshot_id] = self._answer()
        return self._answers[command.snapshot_id]

    @confirm_price.validator
    def _validate_confirm_price(self, command: ConfirmPrice) -> None:
        if command.snapshot_id not in self._answers:
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
        check_decline(self._desk.stream.order)

    @workflow.update(name=names.CANCEL_ORDER)
    async def cancel_order(self, command: CancelOrder) -> CheckoutAnswer:
        """End the order before shipment; what came goes back. A cancelled order answers the same again."""
        await workflow.wait_condition(lambda: self._answered)
        async with self._desk.lock:
            check_cancel(self._desk.stream.order, command, workflow.now())
            if self._desk.stream.order is not None:
                await self._paying.end(CancelReason(command.reason), command.by)
        return self._answer()

    @cancel_order.validator
    def _validate_cancel_order(self, command: CancelOrder) -> None:
        check_cancel(self._desk.stream.order, command, workflow.now())

    @workflow.update(name=names.PAY_AGAIN)
    async def pay_again(self, command: PayAgain) -> CheckoutAnswer:
        """Open another attempt after a failed one, once per request id."""
        async with self._desk.lock:
            if command.request_id not in self._answers:
                self._may_pay_again()
                await self._paying.pay_again()
                self._answers[command.request_id] = self._answer()
        return self._answers[command.request_id]

    @pay_again.validator
    def _validate_pay_again(self, command: PayAgain) -> None:
        if command.request_id not in self._answers:
            self._may_pay_again()

    @workflow.signal(name=names.PAYMENT_REPORTED)
    def payment_reported(self, fact: PaymentFact) -> None:
        """A provider's statement; repeats and late ones are harmless."""
        self._paying.learn(fact)

    @workflow.signal(name=names.SHIPMENT_REPORTED)
    def shipment_reported(self, report: ShipmentReported) -> None:
        """A carrier's statement; repeats are harmless."""
        self._handing_over.learn(report)

    # What may be looked at.

    @workflow.query(name=names.STATUS)
    def status(self) -> CheckoutAnswer:
        """The order as it stands."""
        return self._answer()

    @workflow.query(name=names.PRICE_BREAKDOWN)
    def price_breakdown(self) -> ShownPrice:
        """How the agreed price is made, step by step; while the buyer is asked, the new one."""
        return price_of(self._placing)

    @workflow.query(name=names.TIMELINE)
    def timeline(self) -> list[TimelineEntry]:
        """What happened, oldest first."""
        return self._desk.board.timeline

    @workflow.query(name=names.ALLOWED_ACTIONS)
    def allowed_actions(self) -> list[str]:
        """What the buyer may do now."""
        return actions_of(self._desk)
