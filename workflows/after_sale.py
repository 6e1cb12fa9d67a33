"""Returns and refunds of an order whose own workflow has ended, on the same stream."""

from __future__ import annotations

import asyncio

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows import names
    from workflows.after_sale_desk import AfterSaleDesk
    from workflows.after_sale_messages import AfterSaleMessages
    from workflows.answers import outcome_of
    from workflows.compensation import carry_through
    from workflows.contracts import AfterSaleStart, OrderOutcome
    from workflows.desk import Desk
    from workflows.paying import Paying


@workflow.defn(name=names.AFTER_SALE_WORKFLOW)
class AfterSaleWorkflow(AfterSaleMessages):
    """Goes on while a return is open or a refund is not done; id `after-sale:{order_id}`.

    All that it knows is in the order's stream, so it may end at any time and be started again.
    """

    @workflow.init
    def __init__(self, start: AfterSaleStart) -> None:
        self._desk = Desk(start.order_id, start.payment_task_queue)
        self._after_sale = AfterSaleDesk(self._desk, Paying(self._desk), start.policies, joins=True)

    @workflow.run
    async def run(self, start: AfterSaleStart) -> OrderOutcome:
        """Take up what is open, and rest when nothing is. A cancelled one still sends what was promised."""
        await carry_through(self._story(), self._after_sale.close)
        if self._after_sale.is_closed:
            raise asyncio.CancelledError
        if not self._rests():
            workflow.continue_as_new(start)
        return outcome_of(self._desk)

    async def _story(self) -> None:
        await self._after_sale.resume()
        await workflow.wait_condition(lambda: self._rests() or self._is_full())

    def _rests(self) -> bool:
        return self._desk.idle and workflow.all_handlers_finished()

    def _is_full(self) -> bool:
        """True when history has grown so long that another run should go on from the stream."""
        crowded = workflow.info().is_continue_as_new_suggested() and not self._after_sale.is_closed
        return crowded and workflow.all_handlers_finished()
