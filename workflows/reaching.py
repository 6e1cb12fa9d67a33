"""Reaches orders' workflows: bounds calls and says in the domain's words what went wrong. No messages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final, Protocol, TypeVar

from temporalio.client import (
    Client,
    RPCTimeoutOrCancelledError,
    WithStartWorkflowOperation,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
)
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities.contracts import OrderPolicies
from domain.errors import DomainError
from domain.order.errors import OrderChangedError
from workflows import names
from workflows.causes import telling_causes
from workflows.contracts import OrderOutcome

NOT_STARTED: Final = "not_started"
_T = TypeVar("_T")


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


class Reaching:
    """A bounded way to orders' workflows."""

    def __init__(
        self, temporal: Client, settings: ClientSettings, policies: OrderPolicies | None = None
    ) -> None:
        """`temporal` may be a lazy client; nothing is called yet. `policies` are the rules for what is asked
        of orders whose own workflow has ended.
        """
        self._temporal = telling_causes(temporal)
        self._orders_queue = settings.order_task_queue
        self._payments_queue = settings.payment_task_queue
        self._patience = settings.first_answer_seconds
        self._policies = policies or OrderPolicies()

    async def _update(
        self, order_id: str, name: str, command: object, result: type[_T], update_id: str | None = None
    ) -> _T:
        async with self._answer_for(order_id):
            call = self._handle(order_id).execute_update(
                name,
                args=[] if command is None else [command],
                id=update_id,
                result_type=result,
                rpc_timeout=timedelta(seconds=self._patience),
            )
            answer: _T = await call
        return answer

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
        except WorkflowQueryFailedError as error:
            # A new run of it has not read the order yet.
            raise WorkflowUnavailableError(order_id=order_id, reason="busy") from error
        except RPCError as error:
            raise _unreachable(order_id, error) from error
        except (RPCTimeoutOrCancelledError, TimeoutError) as error:
            go_on_being_cancelled()
            raise WorkflowUnavailableError(order_id=order_id, reason="slow") from error
        except RuntimeError as error:
            # What a lazy client raises when it cannot connect; anything else is a bug and must be seen.
            if "connect" not in str(error):
                raise
            raise WorkflowUnavailableError(order_id=order_id, reason="away") from error


def _unreachable(order_id: str, error: RPCError) -> DomainError:
    if error.status is not RPCStatusCode.NOT_FOUND:
        return WorkflowUnavailableError(order_id=order_id, reason=error.status.name.lower())
    if "completed" in error.message:
        return OrderAlreadyEndedError(order_id=order_id)
    return WorkflowUnavailableError(order_id=order_id, reason=NOT_STARTED)


def _refusal(error: WorkflowUpdateFailedError) -> DomainError:
    cause = error.cause
    if not isinstance(cause, ApplicationError) or not cause.type:
        return WorkflowUnavailableError(reason="update_failed")
    facts = cause.details[0] if cause.details and isinstance(cause.details[0], dict) else {}
    if cause.type == OrderChangedError.code:
        return OrderChangedError(version=int(facts["version"]))
    return OrderRefusedError(cause.type, **facts)


def hear_once_more(operation: WithStartWorkflowOperation[Any, Any]) -> None:
    """Take what a failed start has left behind."""
    # The SDK puts what went wrong into the operation's own future too; unheard, asyncio logs it as lost.
    started = operation._workflow_handle  # noqa: SLF001 - the public way would wait for it
    if started.done() and not started.cancelled():
        started.exception()


def go_on_being_cancelled() -> None:
    """Raise `CancelledError` when this task is being cancelled.

    The SDK turns a cancellation of ours into its own error; whoever cancelled us must still be obeyed.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
