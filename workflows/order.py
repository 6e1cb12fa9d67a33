"""One order from checkout to completion: what happens when, and what is undone.

It decides nothing itself and touches nothing: the order decides, activities act.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from temporalio import workflow
from temporalio.exceptions import FailureError

with workflow.unsafe.imports_passed_through():
    from activities.contracts import OrderStart
    from domain.errors import InvalidStateTransitionError
    from domain.order.fulfilment_fold import may_complete
    from domain.order.status import CancelReason, OrderStatus
    from workflows import names
    from workflows.after_sale_desk import AfterSaleDesk
    from workflows.answers import outcome_of
    from workflows.causes import Cause
    from workflows.collecting import Collecting
    from workflows.compensation import carry_through
    from workflows.contracts import CheckoutAnswer, OrderOutcome
    from workflows.desk import Desk
    from workflows.fulfilling import Fulfilling
    from workflows.order_messages import OrderMessages
    from workflows.paying import Paying
    from workflows.placing import Placing
    from workflows.resuming import Resuming

# A run that was begun because of a long past is not ended for that past again.
_WORTH_A_RUN: Final = 100


@workflow.defn(name=names.ORDER_WORKFLOW)
class OrderWorkflow(OrderMessages):
    """The process of one order; id `order:{order_id}`. What may be asked of it is in `OrderMessages`."""

    @workflow.init
    def __init__(self, start: OrderStart) -> None:
        self._start = start
        self._policies = start.policies
        self._desk = Desk(
            start.order_id,
            start.payment_task_queue,
            cause=Cause(start.correlation_id, start.trace_id),
            amount_minor=start.total.amount,
            resumed=start.resumed,
        )
        self._placing = Placing(self._desk, start)
        self._fulfilling = Fulfilling(self._desk, start.policies)
        self._paying = Paying(self._desk, self._fulfilling.planning)
        self._fulfilling.make_sure_of_money(self._paying.make_sure)
        self._collecting = Collecting(self._desk, self._paying, start.policies, start.provider)
        self._after_sale = AfterSaleDesk(self._desk, self._paying, start.policies)
        self._resuming = Resuming(
            self._desk, self._paying, self._collecting, self._fulfilling, self._after_sale
        )
        self._begun_with = 0
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
            await (self._resume(start) if start.resumed else self._place(start))
            await self._agree_on_price()
            await self._collect_payment()
            await self._fulfil()
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

    async def _resume(self, start: OrderStart) -> None:
        taken_up = await self._resuming.take_up()
        self._desk.lock.open()
        if not taken_up:
            await self._place(start)
        self._answered = True
        self._begun_with = workflow.info().get_current_history_length()

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
            until, what, look = self._collecting.waits_for()
            if not await self._desk.until(self._is_answered(look), look, what, until):
                await self._collecting.time_passes()
            await self._obey_stop()
            await self._settle()
            self._go_on_anew()

    async def _fulfil(self) -> None:
        self._fulfilling.begin(self._resuming.planned_at)
        await self._settle()
        while self._fulfilling.on_its_way:
            moved = await self._desk.until(
                lambda: not self._fulfilling.on_its_way or self._has_news() or self._is_full(),
                *self._fulfilling.waits_for(),
            )
            if not moved:
                await self._paying.ask_again()
                await self._fulfilling.time_passes()
            await self._obey_stop()
            await self._settle()
            self._go_on_anew()

    async def _return_window(self) -> None:
        begun = self._resuming.delivered_at or workflow.now()
        over = until = begun + self._policies.return_window
        while self._is(OrderStatus.SHIPPED):
            if workflow.now() >= over and self._may_complete():
                async with self._desk.lock:
                    await self._fulfilling.complete()
            elif not await self._desk.until(self._has_changed(over), until, "the end of the return window"):
                until = workflow.now() + self._policies.review_window
                await self._paying.ask_again()
            await self._obey_stop()
            await self._settle()
            self._go_on_anew()

    async def _come_to_rest(self) -> None:
        """Undo what an ended order had begun, and go on listening until nothing is left to do."""
        desk = self._desk
        if self._is(OrderStatus.CANCELLED) or desk.stream.order is None:
            self._after_sale.close()
            desk.spawn(desk.undo.run())
        self._fulfilling.begin()
        while True:
            await workflow.wait_condition(lambda: self._has_news() or self._is_quiet())
            if self._has_news():
                await self._settle()
            elif desk.stopping or not self._fulfilling.travels_in_vain:
                return
            elif not await desk.until(self._has_news, *self._fulfilling.waits_for()):
                await self._fulfilling.time_passes()

    async def _give_up(self, failure: FailureError) -> None:
        """A step failed for good: nothing may stay held or charged because of it."""
        workflow.logger.error("giving the order up: %s", failure)
        self._desk.report_failure("order", "failed")
        self._answered = True
        self._after_sale.close()
        await self._desk.undo.run()
        await workflow.wait_condition(self._is_quiet)

    # What the steps share.

    def _is(self, *statuses: OrderStatus) -> bool:
        order = self._desk.stream.order
        return order is not None and order.status in statuses

    def _is_answered(self, look: datetime) -> Callable[[], bool]:
        """True when the buyer need not be waited for any more, or the provider be asked at another time."""
        return lambda: (
            not self._is(OrderStatus.CREATED)
            or self._paying.news
            or self._collecting.waits_for()[-1] != look
            or self._is_full()
        )

    def _has_news(self) -> bool:
        return self._paying.news or self._fulfilling.news

    def _is_quiet(self) -> bool:
        return self._desk.idle and workflow.all_handlers_finished()

    def _may_complete(self) -> bool:
        order = self._desk.order
        return may_complete(order) and not any(case.is_open for case in order.returns)

    def _has_changed(self, over: datetime) -> Callable[[], bool]:
        """True when a shipped order should be looked at: after the return window also when it may end."""
        late = workflow.now() >= over
        return lambda: (
            not self._is(OrderStatus.SHIPPED)
            or self._has_news()
            or (late and self._may_complete())
            or self._is_full()
        )

    def _is_full(self) -> bool:
        """True when history has grown so long that another run should go on, and nothing is lost by that."""
        info = workflow.info()
        grown = info.get_current_history_length() - self._begun_with
        crowded = info.is_continue_as_new_suggested() and grown > _WORTH_A_RUN
        if not crowded and grown <= self._policies.history_limit:
            return False
        heard = not self._has_news() and not self._fulfilling.unheard
        return heard and not self._desk.stopping and self._desk.calm and workflow.all_handlers_finished()

    def _go_on_anew(self) -> None:
        if self._is_full():
            answered = (*self._start.answered, *self._answers)
            workflow.continue_as_new(replace(self._start, resumed=True, answered=answered))

    async def _settle(self) -> None:
        if self._has_news():
            async with self._desk.lock:
                await self._paying.settle()
                await self._fulfilling.settle()

    def _stop_asked(self) -> None:
        self._desk.stopping = True

    async def _obey_stop(self) -> None:
        if not self._desk.stopping:
            return
        self._desk.stopping, self._stopped = False, True
        async with self._desk.lock:
            try:
                await self._end(CancelReason.MERCHANT, "operator")
            except InvalidStateTransitionError:
                # The goods are gone; only a refund leads back from here, and that is a person's decision.
                self._desk.alert("stop_refused", about=self._desk.order.status.value)
