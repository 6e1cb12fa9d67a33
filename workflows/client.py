"""The one place that starts and tells orders' workflows. Callers see domain words and errors, no Temporal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final, Protocol

from temporalio.client import (
    Client,
    RPCTimeoutOrCancelledError,
    WithStartWorkflowOperation,
    WorkflowHandle,
    WorkflowUpdateFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities.contracts import OrderStart
from domain.errors import DomainError
from domain.payment.facts import FactKind, PaymentFact
from workflows import names
from workflows.contracts import (
    CancelOrder,
    CheckoutAnswer,
    ConfirmPrice,
    LatePaymentStart,
    OrderOutcome,
    PayAgain,
    ShipmentReported,
)
from workflows.starting import details_of, first_attributes, summary_of

_SIGNAL_SECONDS: Final = timedelta(seconds=5)
_START_SECONDS: Final = timedelta(seconds=5)
_LOOK_SECONDS: Final = timedelta(seconds=1)
# What matters of an order that has ended: money that came in, and money that was taken from us.
_NEEDS_CARE: Final = frozenset({FactKind.CAPTURED, FactKind.CHARGED_BACK})


class WorkflowUnavailableError(DomainError):
    """No answer now: Temporal is away or slow, or the order was not started yet. Nothing is lost."""

    code = "order_process_unavailable"


class OrderAlreadyEndedError(DomainError):
    """The order's workflow has ended; its events tell how."""

    code = "order_already_ended"


class OrderRefusedError(DomainError):
    """The order refused a message. `code` is the slug of the broken rule, not one of this class."""

    def __init__(self, code: str, **facts: object) -> None:
        self.code = code
        super().__init__(**facts)


class ClientSettings(Protocol):
    """The part of the settings that is needed here."""

    @property
    def order_task_queue(self) -> str:
        """Where workflows run."""
        ...

    @property
    def payment_task_queue(self) -> str:
        """Where payment activities run."""
        ...

    @property
    def first_answer_seconds(self) -> float:
        """How long a caller is kept waiting."""
        ...


class OrderWorkflows:
    """Orders' workflows as their callers see them.

    Every call raises `WorkflowUnavailableError` when there is no answer in time; then the outcome is unknown
    and repeating the call is safe. Messages raise `OrderRefusedError` with the domain's slug when the order
    says no, and `OrderAlreadyEndedError` when its workflow has ended.
    """

    def __init__(self, temporal: Client, settings: ClientSettings) -> None:
        """`temporal` may be a lazy client; nothing is called yet."""
        self._temporal = temporal
        self._orders_queue = settings.order_task_queue
        self._payments_queue = settings.payment_task_queue
        self._patience = settings.first_answer_seconds

    async def checkout(self, start: OrderStart) -> CheckoutAnswer:
        """Start the order, or join it when it runs, and get its first answer."""
        operation: WithStartWorkflowOperation[object, OrderOutcome] = WithStartWorkflowOperation(
            names.ORDER_WORKFLOW,
            start,
            id=names.order_workflow_id(start.order_id),
            task_queue=self._orders_queue,
            result_type=OrderOutcome,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            search_attributes=first_attributes(start),
            static_summary=summary_of(start),
            static_details=details_of(start),
        )
        async with self._answer_for(start.order_id):
            try:
                call = self._temporal.execute_update_with_start_workflow(
                    names.CHECKOUT,
                    start_workflow_operation=operation,
                    id=names.CHECKOUT,
                    result_type=CheckoutAnswer,
                    rpc_timeout=timedelta(seconds=self._patience),
                )
                answer: CheckoutAnswer = await call
            except BaseException:
                _hear_once_more(operation)
                raise
        return answer

    async def start(self, start: OrderStart) -> None:
        """Make sure that the order's workflow exists; one that runs or has ended is left alone."""
        try:
            async with self._answer_for(start.order_id):
                await self._temporal.start_workflow(
                    names.ORDER_WORKFLOW,
                    start,
                    id=names.order_workflow_id(start.order_id),
                    task_queue=self._orders_queue,
                    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                    search_attributes=first_attributes(start),
                    static_summary=summary_of(start),
                    static_details=details_of(start),
                    rpc_timeout=_START_SECONDS,
                )
        except OrderAlreadyEndedError:
            return

    async def cancel(self, order_id: str, command: CancelOrder) -> CheckoutAnswer:
        """End the order; a cancelled one gives the same answer again. Raises as the class says."""
        return await self._update(order_id, names.CANCEL_ORDER, command, names.CANCEL_ORDER)

    async def pay_again(self, order_id: str, command: PayAgain) -> CheckoutAnswer:
        """Open another attempt after a failed one, once per request id."""
        return await self._update(
            order_id, names.PAY_AGAIN, command, f"{names.PAY_AGAIN}:{command.request_id}"
        )

    async def confirm_price(self, order_id: str, command: ConfirmPrice) -> CheckoutAnswer:
        """Agree to the price of that snapshot. May be answered by another question."""
        return await self._update(
            order_id, names.CONFIRM_PRICE, command, f"{names.CONFIRM_PRICE}:{command.snapshot_id}"
        )

    async def decline_price(self, order_id: str) -> CheckoutAnswer:
        """Do not agree to the changed price; the order ends."""
        return await self._update(order_id, names.DECLINE_PRICE, None, names.DECLINE_PRICE)

    async def look(self, order_id: str) -> CheckoutAnswer:
        """The order as its workflow has it: also what no event tells, such as where it is paid."""
        async with self._answer_for(order_id):
            call = self._handle(order_id).query(
                names.STATUS, result_type=CheckoutAnswer, rpc_timeout=_LOOK_SECONDS
            )
            answer: CheckoutAnswer = await call
        return answer

    async def report_payment(self, order_id: str, fact: PaymentFact) -> None:
        """Tell the order what a provider said. When it has ended, money that came is taken care of apart."""
        try:
            await self._signal(order_id, names.PAYMENT_REPORTED, fact)
        except _NotRunningError:
            if fact.kind in _NEEDS_CARE:
                await self._take_care(order_id, fact)

    async def report_shipment(self, order_id: str, report: ShipmentReported) -> None:
        """Tell the order what a carrier said. Raises `OrderAlreadyEndedError` too."""
        try:
            await self._signal(order_id, names.SHIPMENT_REPORTED, report)
        except _NotRunningError as gone:
            raise OrderAlreadyEndedError(order_id=order_id) from gone

    async def _update(self, order_id: str, name: str, command: object, update_id: str) -> CheckoutAnswer:
        async with self._answer_for(order_id):
            call = self._handle(order_id).execute_update(
                name,
                args=[] if command is None else [command],
                id=update_id,
                result_type=CheckoutAnswer,
                rpc_timeout=timedelta(seconds=self._patience),
            )
            answer: CheckoutAnswer = await call
        return answer

    async def _signal(self, order_id: str, name: str, message: object) -> None:
        try:
            async with self._answer_for(order_id):
                await self._handle(order_id).signal(name, message, rpc_timeout=_SIGNAL_SECONDS)
        except OrderAlreadyEndedError as ended:
            raise _NotRunningError from ended
        except WorkflowUnavailableError as error:
            if error.facts.get("reason") == _NOT_STARTED:
                raise _NotRunningError from error
            raise

    async def _take_care(self, order_id: str, fact: PaymentFact) -> None:
        late = LatePaymentStart(
            order_id=order_id,
            payment_key=fact.payment_key,
            buyer_id="",
            expected=fact.amount,
            payment_task_queue=self._payments_queue,
        )
        async with self._answer_for(order_id):
            # The same id again after its end starts it again: a second look finds nothing left to do.
            await self._temporal.start_workflow(
                names.LATE_PAYMENT_WORKFLOW,
                late,
                id=names.late_payment_workflow_id(fact.payment_key),
                task_queue=self._orders_queue,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                start_signal=names.PAYMENT_REPORTED,
                start_signal_args=[fact],
                static_summary=f"late payment · {order_id}",
                rpc_timeout=_START_SECONDS,
            )

    def _handle(self, order_id: str) -> WorkflowHandle[object, OrderOutcome]:
        return self._temporal.get_workflow_handle(names.order_workflow_id(order_id))

    @asynccontextmanager
    async def _answer_for(self, order_id: str) -> AsyncIterator[None]:
        """Bound the call, and speak the domain's language about what went wrong."""
        try:
            async with asyncio.timeout(self._patience):
                yield
        except WorkflowAlreadyStartedError as error:
            raise OrderAlreadyEndedError(order_id=order_id) from error
        except WorkflowUpdateFailedError as error:
            raise _refusal(error) from error
        except RPCError as error:
            raise _unreachable(order_id, error) from error
        except (RPCTimeoutOrCancelledError, TimeoutError) as error:
            _go_on_being_cancelled()
            raise WorkflowUnavailableError(order_id=order_id, reason="slow") from error
        except RuntimeError as error:
            # What a lazy client raises when it cannot connect; anything else is a bug and must be seen.
            if "connect" not in str(error):
                raise
            raise WorkflowUnavailableError(order_id=order_id, reason="away") from error


class _NotRunningError(Exception):
    """There is no running workflow of that order."""


_NOT_STARTED: Final = "not_started"


def _unreachable(order_id: str, error: RPCError) -> DomainError:
    if error.status is not RPCStatusCode.NOT_FOUND:
        return WorkflowUnavailableError(order_id=order_id, reason=error.status.name.lower())
    if "completed" in error.message:
        return OrderAlreadyEndedError(order_id=order_id)
    return WorkflowUnavailableError(order_id=order_id, reason=_NOT_STARTED)


def _refusal(error: WorkflowUpdateFailedError) -> DomainError:
    cause = error.cause
    if not isinstance(cause, ApplicationError) or not cause.type:
        return WorkflowUnavailableError(reason="update_failed")
    facts = cause.details[0] if cause.details and isinstance(cause.details[0], dict) else {}
    return OrderRefusedError(cause.type, **facts)


def _hear_once_more(operation: WithStartWorkflowOperation[object, OrderOutcome]) -> None:
    # The SDK puts what went wrong into the operation's own future too; unheard, asyncio logs it as lost.
    started = operation._workflow_handle  # noqa: SLF001 - the public way would wait for it
    if started.done() and not started.cancelled():
        started.exception()


def _go_on_being_cancelled() -> None:
    # The SDK turns a cancellation of ours into its own error; whoever cancelled us must still be obeyed.
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
