"""Orders' processes as Temporal has them. The one place that starts an order's workflow a second time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities.contracts import OrderStart
from domain.ports.intake import OrderIntake
from domain.ports.processes import ProcessState, ProcessUnknownError
from workflows import names
from workflows.contracts import AfterSaleStart, OrderOutcome
from workflows.starting import Windows, details_of, first_attributes, order_start, summary_of

_PATIENCE: Final = timedelta(seconds=5)
_STATES: Final = {
    WorkflowExecutionStatus.RUNNING: ProcessState.RUNNING,
    WorkflowExecutionStatus.CONTINUED_AS_NEW: ProcessState.RUNNING,
    WorkflowExecutionStatus.COMPLETED: ProcessState.COMPLETED,
    WorkflowExecutionStatus.CANCELED: ProcessState.CANCELLED,
    WorkflowExecutionStatus.FAILED: ProcessState.FAILED,
    WorkflowExecutionStatus.TERMINATED: ProcessState.TERMINATED,
    WorkflowExecutionStatus.TIMED_OUT: ProcessState.TIMED_OUT,
}


class TemporalOrderProcesses:
    """`OrderProcesses` over one client. What a workflow was started with is read from its history; when that
    is gone, from the intake, by today's rules.
    """

    def __init__(
        self,
        temporal: Client,
        order_task_queue: str,
        payment_task_queue: str,
        intake: OrderIntake,
        windows: Windows | None = None,
    ) -> None:
        """`windows` are today's rules; without them an order whose history is gone is not started again."""
        self._temporal = temporal
        self._orders_queue = order_task_queue
        self._payments_queue = payment_task_queue
        self._intake = intake
        self._windows = windows

    async def state(self, order_id: str) -> ProcessState:
        """See the port. Raises `RPCError`."""
        try:
            found = await self._handle(order_id).describe(rpc_timeout=_PATIENCE)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return ProcessState.NEVER_STARTED
            raise
        # One that is paused or unknown to us is not over.
        return _STATES.get(found.status, ProcessState.RUNNING) if found.status else ProcessState.RUNNING

    async def restart(self, order_id: str) -> bool:
        """See the port. Raises `RPCError`."""
        start = replace(await self._start_of(order_id), resumed=True)
        return await self._begin(
            names.ORDER_WORKFLOW, start, names.order_workflow_id(order_id), start, summary_of(start)
        )

    async def send_back(self, order_id: str) -> bool:
        """See the port. Raises `RPCError`."""
        start = await self._start_of(order_id)
        after = AfterSaleStart(order_id, start.policies, self._payments_queue)
        workflow_id, summary = names.after_sale_workflow_id(order_id), f"after-sale · {order_id}"
        return await self._begin(names.AFTER_SALE_WORKFLOW, after, workflow_id, None, summary)

    async def _begin(
        self, name: str, start: object, workflow_id: str, order: OrderStart | None, summary: str
    ) -> bool:
        try:
            await self._temporal.start_workflow(
                name,
                start,
                id=workflow_id,
                task_queue=self._orders_queue,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                search_attributes=first_attributes(order) if order else None,
                static_summary=summary,
                static_details=details_of(order) if order else None,
                rpc_timeout=_PATIENCE,
            )
        except WorkflowAlreadyStartedError:
            return False
        return True

    async def _start_of(self, order_id: str) -> OrderStart:
        return await self._start_before(order_id) or await self._start_by_intake(order_id)

    async def _start_before(self, order_id: str) -> OrderStart | None:
        try:
            async for event in self._handle(order_id).fetch_history_events(
                page_size=1, rpc_timeout=_PATIENCE
            ):
                begun = event.workflow_execution_started_event_attributes
                starts = await self._temporal.data_converter.decode(begun.input.payloads, [OrderStart])
                start: OrderStart = starts[0]
                return start
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
        return None

    async def _start_by_intake(self, order_id: str) -> OrderStart:
        entry = await self._intake.find(order_id)
        if entry is None or self._windows is None:
            raise ProcessUnknownError(order_id=order_id)
        return order_start(entry, self._windows, self._payments_queue)

    def _handle(self, order_id: str) -> WorkflowHandle[object, OrderOutcome]:
        return self._temporal.get_workflow_handle(names.order_workflow_id(order_id))
