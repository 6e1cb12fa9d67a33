"""What every call passes through: who calls, what for, how long, and how refusals are told. No use case."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn, TypeAlias, TypeVar

import grpc
from google.protobuf.message import Message

from adapters.protobuf.codec import UnfitForMessageError, parsed
from api.access import ACTOR_HEADER, Access, ApiKeys, Scope, WrongScopeError
from api.edge import request_id_from, trace_id_from
from api.errors import INTERNAL, RULES, FieldError, rule_of
from api.grpc.statuses import REQUEST_ID, TRACE, problem_metadata, status_of
from api.json_body import InvalidRequestError
from domain.errors import DomainError

# A caller without a deadline of its own waits no longer than this, in seconds.
LONGEST_CALL: Final = 30.0
_NOT_THE_BYTES: Final = FieldError("", "not the bytes of this message")
_log = logging.getLogger(__name__)

_In = TypeVar("_In", bound=Message)
_Context: TypeAlias = "grpc.aio.ServicerContext[bytes, bytes]"
# Of one service: each call by its name. Quoted, for gRPC is generic for type checkers only.
Handlers: TypeAlias = "Mapping[str, grpc.RpcMethodHandler[bytes, bytes]]"


class CallTooSlowError(DomainError):
    """The answer was not there before the caller's deadline, or ours; whether it took effect is unknown."""

    code = "deadline_exceeded"


class RefusedCallError(Exception):
    """Nobody that we know calls: `code` is the slug, which no rule of the business has."""

    code = "unauthorised"


@dataclass(frozen=True, slots=True)
class Call:
    """Who calls, the id by which this call is found in logs, and the caller's own trace, if any."""

    access: Access
    request_id: str
    trace_id: str = ""


class Calls:
    """Makes handlers of use cases. `outages` are the exceptions by which adapters say a server is away."""

    def __init__(self, access: ApiKeys, outages: tuple[type[Exception], ...]) -> None:
        self._access = access
        self._outages = outages

    def unary(
        self, kind: type[_In], scopes: frozenset[Scope], do: Callable[[Call, _In], Awaitable[Message]]
    ) -> grpc.RpcMethodHandler[bytes, bytes]:
        """One message in, one out, for callers with one of these scopes."""

        async def answer(body: bytes, context: _Context) -> bytes:
            stated = _metadata(context)
            request_id = request_id_from(stated.get(REQUEST_ID, ""))
            try:
                trace_id = trace_id_from(stated.get(TRACE, ""))
                call = Call(self._caller(stated, scopes), request_id, trace_id)
                made = await _in_time(do(call, _read(kind, body)))
            except Exception as error:  # noqa: BLE001 - the last net: everything is told as a refusal
                await self._refuse(context, error, request_id)
            return made.SerializeToString()

        # Bytes in and out: what cannot be read is told by us, with a slug.
        return grpc.unary_unary_rpc_method_handler(answer)

    def _caller(self, stated: dict[str, str], scopes: frozenset[Scope]) -> Access:
        access = self._access.access_of(stated.get("authorization", ""), stated.get(ACTOR_HEADER, ""))
        if access is None:
            raise RefusedCallError
        if not access.scopes & scopes:
            raise WrongScopeError(needed=sorted(scopes))
        return access

    async def _refuse(self, context: _Context, error: Exception, request_id: str) -> NoReturn:
        code = self._code_of(error, request_id)
        await context.abort(status_of(code), rule_of(code).title, problem_metadata(code, request_id, error))

    def _code_of(self, error: Exception, request_id: str) -> str:
        if isinstance(error, RefusedCallError):
            return error.code
        if isinstance(error, DomainError) and error.code in RULES and error.code not in INTERNAL:
            return error.code
        if isinstance(error, self._outages):
            _log.warning("call %s met an outage: %r", request_id, error)
            return "dependency_unavailable"
        _log.error("call %s failed", request_id, exc_info=error)
        return "internal_error"


def _metadata(context: _Context) -> dict[str, str]:
    found: Any = context.invocation_metadata() or ()
    return {name: value for name, value in found if isinstance(value, str)}


def _read(kind: type[_In], body: bytes) -> _In:
    try:
        return parsed(kind, body)
    except UnfitForMessageError as error:
        raise InvalidRequestError((_NOT_THE_BYTES,)) from error


async def _in_time(answer: Awaitable[Message]) -> Message:
    # At the caller's own deadline gRPC cancels us.
    try:
        async with asyncio.timeout(LONGEST_CALL) as limit:
            return await answer
    except TimeoutError as error:
        if limit.expired():
            raise CallTooSlowError from error
        raise
