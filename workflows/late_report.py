"""What carriers say of parcels after the end of their order's own workflow. It moves no money."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from domain.actors import SYSTEM
    from domain.order.events import OrderEvent
    from domain.order.order import Order
    from domain.order.status import OrderStatus
    from workflows import names
    from workflows.announcing import Announcing
    from workflows.answers import outcome_of
    from workflows.compensation import carry_through
    from workflows.contracts import LateReportStart, OrderOutcome, ShipmentReported
    from workflows.desk import Desk
    from workflows.goods import Goods
    from workflows.reports import Reports

_OVER = frozenset({OrderStatus.COMPLETED, OrderStatus.CANCELLED})


@workflow.defn(name=names.LATE_REPORT_WORKFLOW)
class LateReportWorkflow:
    """Writes down what has become of parcels, and has their goods follow; id `late-report:{order_id}`.

    All that it knows is in the order's stream. A second run finds nothing left to do.
    """

    @workflow.init
    def __init__(self, start: LateReportStart) -> None:
        self._desk = Desk(start.order_id, payment_task_queue="")
        self._reports = Reports(start.order_id)
        self._goods = Goods(self._desk)
        self._announcing = Announcing(self._desk)
        self._unheard = False

    @workflow.run
    async def run(self, start: LateReportStart) -> OrderOutcome:  # noqa: ARG002 - taken by `__init__`
        """Hear until nothing is said any more. A cancelled run still puts back what has come back."""
        await carry_through(self._story())
        return outcome_of(self._desk)

    @workflow.signal(name=names.SHIPMENT_REPORTED)
    def shipment_reported(self, report: ShipmentReported) -> None:
        """A carrier's statement; repeats are harmless."""
        self._reports.add(report)
        self._unheard = True

    async def _story(self) -> None:
        while self._unheard or not self._desk.idle:
            if self._unheard:
                self._unheard = False
                await self._hear()
            await workflow.wait_condition(lambda: self._unheard or self._desk.idle)

    async def _hear(self) -> None:
        desk = self._desk
        await desk.stream.load()  # others write too
        order = desk.stream.order
        if order is None or order.status not in _OVER:
            # Its workflow was ended by force, and what a report does to its money is not ours to decide.
            desk.board.needs_review()
            desk.alert("shipment_without_process")
            return
        for by, decide in self._reports.statements(desk.now):
            stored = await desk.stream.record("late_report", partial(_decided, decide), by or SYSTEM)
            self._announcing.tell(stored, desk.order, ended=order.status is OrderStatus.CANCELLED)
        self._announcing.contradictions(self._reports.contradicted(desk.order))
        await self._goods.follow()


def _decided(decide: Callable[[Order], Sequence[OrderEvent]], order: Order | None) -> Sequence[OrderEvent]:
    assert order is not None  # what was read is never forgotten
    return decide(order)
