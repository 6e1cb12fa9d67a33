"""Who has asked for what an order does next: the request's id and its trace, in the headers of updates.

What is done because of a request carries its cause into events. Nothing is decided by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from temporalio.api.common.v1 import Payload
from temporalio.client import (
    Client,
    OutboundInterceptor,
    StartWorkflowUpdateInput,
    StartWorkflowUpdateWithStartInput,
    WorkflowUpdateHandle,
)
from temporalio.client import Interceptor as ClientInterceptor
from temporalio.converter import PayloadConverter
from temporalio.worker import (
    HandleUpdateInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)

_HEADER: Final = "orderkeep-cause"


@dataclass(frozen=True, slots=True)
class Cause:
    """A request, and the caller's trace that it belongs to; empty when unknown. Free of personal data."""

    request_id: str = ""
    trace_id: str = ""


UNKNOWN: Final = Cause()
_current: ContextVar[Cause | None] = ContextVar("orderkeep_cause", default=None)


def current_cause() -> Cause | None:
    """The request that is being answered, None where nobody has said."""
    return _current.get()


def begin_cause(cause: Cause) -> None:
    """From here on, in this task and those that it starts, everything is done because of this request."""
    _current.set(cause)


def telling_causes(client: Client) -> Client:
    """The same client, whose updates say what caused them."""
    config = client.config()
    config["interceptors"] = [*config["interceptors"], _TellingCauses()]
    return Client(**config)


class HearingCauses(Interceptor):
    """For workers: what an update does carries its cause."""

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002, ARG002 - the SDK's
    ) -> type[WorkflowInboundInterceptor]:
        """Around every workflow of the worker."""
        return _Hearing


class _TellingCauses(ClientInterceptor):
    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 - the SDK's name
        """Around every call of the client."""
        return _Telling(next)


class _Telling(OutboundInterceptor):
    async def start_workflow_update(self, input: StartWorkflowUpdateInput) -> WorkflowUpdateHandle[Any]:  # noqa: A002
        """With the cause."""
        input.headers = _with_cause(input.headers)
        return await super().start_workflow_update(input)

    async def start_update_with_start_workflow(
        self,
        input: StartWorkflowUpdateWithStartInput,  # noqa: A002
    ) -> WorkflowUpdateHandle[Any]:
        """With the cause."""
        update = input.update_workflow_input
        update.headers = _with_cause(update.headers)
        return await super().start_update_with_start_workflow(input)


class _Hearing(WorkflowInboundInterceptor):
    async def handle_update_handler(self, input: HandleUpdateInput) -> Any:  # noqa: A002 - the SDK's name
        """Each update is a task of its own, so that one's cause is never another's."""
        cause = _cause_in(input.headers)
        if cause is not None:
            begin_cause(cause)
        return await super().handle_update_handler(input)


def _with_cause(headers: Mapping[str, Payload]) -> Mapping[str, Payload]:
    cause = current_cause()
    if cause is None:
        return headers
    return {**headers, _HEADER: PayloadConverter.default.to_payload([cause.request_id, cause.trace_id])}


def _cause_in(headers: Mapping[str, Payload]) -> Cause | None:
    told = headers.get(_HEADER)
    if told is None:
        return None
    request_id, trace_id = PayloadConverter.default.from_payload(told, list[str])
    return Cause(request_id, trace_id)
