"""The outermost layer: request ids, credentials, limits on bodies and load, and the last net for errors."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access import ACTOR_HEADER, ApiKeys
from api.answers import problem_answer
from api.opening import keeps_sealed
from domain.errors import DomainError
from workflows.causes import Cause, begin_cause

BODY_LIMIT = 256 * 1024
CALLBACK_LIMIT = 64 * 1024
# Signed, and therefore without a credential.
CALLBACKS = ("/v1/payment-callbacks/", "/v1/carrier-callbacks/")
_GUARDED = ("/v1/", "/metrics")
LONGEST_PATH = 1_000
_BODY_SECONDS = 15.0
_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_CORRELATION = re.compile(r"[\x21-\x7e]{1,200}")
# Versions after 00 may say more behind it; ff is none, and neither is a trace or a span of zeros.
_TRACEPARENT = re.compile(
    r"(?!ff|00-.{53})[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?"
)
_log = logging.getLogger(__name__)


class BodyTooLargeError(DomainError):
    """More bytes than this call takes."""

    code = "body_too_large"


class BodyTooSlowError(DomainError):
    """The caller did not send the body in time."""

    code = "body_too_slow"


@dataclass(frozen=True, slots=True)
class Limits:
    """Requests handled at once by one process; beyond it callers are asked to come back."""

    requests: int = 1_000
    body_seconds: float = _BODY_SECONDS


class Edge:
    """ASGI middleware around the whole API.

    `outages` are the exceptions by which adapters say that a server is away; they answer 503.
    """

    def __init__(
        self, app: ASGIApp, access: ApiKeys, outages: tuple[type[Exception], ...], limits: Limits
    ) -> None:
        self._app = app
        self._access = access
        self._outages = outages
        self._limits = limits
        self._running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection of the server."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["request_id"] = identity = _identity(scope)
        scope["trace_id"] = trace_id = trace_id_from(_stated(scope, b"traceparent"))
        begin_cause(Cause(identity, trace_id))
        reply = _Reply(send, identity)
        request = Request(scope)
        code = self._refusal(request)
        if code is not None:
            await problem_answer(request, code)(scope, receive, reply)
            return
        self._running += 1
        try:
            await self._app(scope, self._bounded(request, receive), reply)
        except Exception as error:
            if reply.started:
                raise
            await problem_answer(request, self._code_of(error, identity))(scope, receive, reply)
        finally:
            self._running -= 1

    def _refusal(self, request: Request) -> str | None:
        path: str = request.scope["path"]
        if len(path) > LONGEST_PATH or not path.isprintable():
            return "not_found"
        if not path.startswith(_GUARDED):
            return None
        if self._running >= self._limits.requests:
            return "too_many_requests"
        if not path.startswith(CALLBACKS):
            stated = request.headers
            access = self._access.access_of(stated.get("authorization", ""), stated.get(ACTOR_HEADER, ""))
            if access is None:
                return "unauthorised"
            request.scope["access"], request.scope["caller"] = access, access.caller
        return "body_too_large" if _announced(request.headers) > _limit_of(path) else None

    def _bounded(self, request: Request, receive: Receive) -> Receive:
        if request.method not in _WITH_BODY:
            return receive
        return _BoundedBody(receive, _limit_of(request.scope["path"]), self._limits.body_seconds)

    def _code_of(self, error: Exception, identity: str) -> str:
        if isinstance(error, self._outages):
            _log.warning("request %s met an outage: %r", identity, error)
            return "dependency_unavailable"
        _log.error("request %s failed", identity, exc_info=error)
        return "internal_error"


class _Reply:
    """Sends on, adds the request id, and remembers whether anything was sent."""

    def __init__(self, send: Send, identity: str) -> None:
        self._send = send
        self._header = (b"x-request-id", identity.encode())
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            message["headers"] = [*message.get("headers", ()), self._header]
        await self._send(message)


class _BoundedBody:
    """Receives a body until it is whole, too large or too late."""

    def __init__(
        self, receive: Callable[[], Awaitable[MutableMapping[str, Any]]], limit: int, seconds: float
    ) -> None:
        self._receive = receive
        self._left = limit
        self._deadline = asyncio.get_running_loop().time() + seconds
        self._whole = False

    async def __call__(self) -> Message:
        if self._whole:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError as error:
            raise BodyTooSlowError from error
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise BodyTooLargeError
        self._whole = not message.get("more_body", False)
        return message


def _identity(scope: Scope) -> str:
    stated = _stated(scope, b"x-request-id")
    if keeps_sealed(scope) and _CORRELATION.fullmatch(stated):
        return stated  # of a message, whose sender knows the answer by it
    return request_id_from(stated)


def _stated(scope: Scope, header: bytes) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == header), "")


def request_id_from(stated: str) -> str:
    """The caller's own id of a request when it is usable, else a new one."""
    return stated if _REQUEST_ID.fullmatch(stated) else "req_" + secrets.token_hex(16)


def trace_id_from(traceparent: str) -> str:
    """The trace that a W3C `traceparent` names, 32 hexadecimal digits; empty without a usable one."""
    found = _TRACEPARENT.fullmatch(traceparent)
    return found[1] if found else ""


def _announced(headers: Headers) -> int:
    length = headers.get("content-length", "")
    return int(length) if length.isdecimal() and len(length) < 20 else 0  # noqa: PLR2004 - fits 64 bits


def _limit_of(path: str) -> int:
    return CALLBACK_LIMIT if path.startswith(CALLBACKS) else BODY_LIMIT
