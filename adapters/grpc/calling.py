"""A channel to a server of ours, and refusals as the errors that the same call raises at home."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from secrets import token_hex
from typing import Any, Final, TypeVar

import grpc
from google.protobuf.message import Message

from adapters.protobuf.codec import parsed
from adapters.protobuf.v1.errors_pb2 import Problem
from domain.errors import DomainError

_SPAN_BYTES: Final = 8
_PROBLEM: Final = "orderkeep-problem-bin"
_AWAY: Final = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.CANCELLED,
    }
)
_M = TypeVar("_M", bound=Message)
Named = tuple[tuple[str, str], ...]


class RemoteCallError(Exception):
    """A refusal that this client has no word for, or a defect of the server; `code` is its slug, if any."""

    def __init__(self, status: grpc.StatusCode, code: str, request_id: str) -> None:
        super().__init__(f"{status.name} {code} {request_id}")
        self.status = status
        self.code = code
        self.request_id = request_id


class Caller:
    """Calls one server over a channel that somebody else opens and closes.

    `known` are the errors that a refusal may become. Raises them; `TimeoutError` when the answer was not
    there in time; `ConnectionError` when the server is away or too busy; `RemoteCallError` for all else.
    """

    def __init__(
        self,
        channel: grpc.aio.Channel,
        known: Iterable[type[DomainError]],
        *,
        api_key: str = "",
        deadline: timedelta = timedelta(seconds=5),
    ) -> None:
        self._channel = channel
        self._known: Mapping[str, type[DomainError]] = {kind.code: kind for kind in known}
        self._metadata = (("authorization", f"Bearer {api_key}"),) if api_key else ()
        self._seconds = deadline.total_seconds()

    async def call(self, method: str, request: Message, answer: type[_M], named: Named = ()) -> _M:
        """The answer of `method`, such as `/orderkeep.v1.OrderContext/GetOrder`."""
        ask: Any = self._channel.unary_unary(method)  # bytes in and out
        try:
            body: bytes = await ask(
                request.SerializeToString(), timeout=self._seconds, metadata=(*self._metadata, *named)
            )
        except grpc.aio.AioRpcError as error:
            raise self._meant_by(error) from error
        return parsed(answer, body)

    def _meant_by(self, error: grpc.aio.AioRpcError) -> Exception:
        problem = _problem_in(error)
        if problem.code in self._known:
            return self._known[problem.code](**json.loads(problem.facts or "{}"))
        if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
            return TimeoutError(error.details())
        if error.code() in _AWAY:
            return ConnectionError(error.details())
        return RemoteCallError(error.code(), problem.code, problem.request_id)


def named_by(request_id: str, trace_id: str) -> Named:
    """By which names a call is known on the other side: its id, and the trace that it is a part of."""
    request = (("x-request-id", request_id),) if request_id else ()
    trace = (("traceparent", f"00-{trace_id}-{token_hex(_SPAN_BYTES)}-01"),) if trace_id else ()
    return (*request, *trace)


def _problem_in(error: grpc.aio.AioRpcError) -> Problem:
    trailing: Any = error.trailing_metadata() or ()
    told = next((value for name, value in trailing if name == _PROBLEM), b"")
    return parsed(Problem, told)
