"""Answers a state-changing request once per Idempotency-Key. Orders have their own log, the intake."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from hashlib import sha256

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from api.answers import request_id_of, stored_answer
from api.errors import problem_of, rule_of
from domain.errors import DomainError
from domain.ports.clock import Clock
from domain.ports.intake import RequestLog, StoredAnswer

_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_SERVER_FAULT = 500

Handler = Callable[[str], Awaitable[StoredAnswer]]


class IdempotencyKeyMissingError(DomainError):
    """A request that changes something must name itself."""

    code = "idempotency_key_missing"


def key_of(request: Request) -> str:
    """The request's Idempotency-Key. Raises `IdempotencyKeyMissingError` without a usable one."""
    key = request.headers.get("idempotency-key", "")
    if not _KEY.fullmatch(key):
        raise IdempotencyKeyMissingError
    return key


class Once:
    """Runs a handler for the first request with a key and replays its answer to all others."""

    def __init__(self, log: RequestLog, clock: Clock) -> None:
        self._log = log
        self._clock = clock

    async def answer(self, request: Request, body: BaseModel, handler: Handler) -> Response:
        """The answer of `handler`, which gets the key, or the kept one.

        Answers that ask to come back (5xx, or with Retry-After) are not kept. Raises what `handler` raises,
        `IdempotencyKeyMissingError`, `IdempotencyKeyReusedError` and `RequestStillRunningError`.
        """
        key = key_of(request)
        scope = f"{request.scope['caller']} {request.method} {request.scope['path']}"
        known = await self._log.begin(scope, key, _digest(body), self._clock.now())
        if known is not None:
            return stored_answer(known, replayed=True)
        try:
            answer = await handler(key)
        except DomainError as error:
            await self._log.finish(scope, key, _kept(error, request))
            raise
        except Exception:  # whatever it was: the key must not stay taken
            await self._log.finish(scope, key, None)
            raise
        await self._log.finish(scope, key, answer)
        return stored_answer(answer, replayed=False)


def _kept(error: DomainError, request: Request) -> StoredAnswer | None:
    rule = rule_of(error.code)
    if rule.status >= _SERVER_FAULT or rule.retry_after is not None:
        return None
    return StoredAnswer(rule.status, problem_of(error, request_id_of(request)).decode())


def _digest(body: BaseModel) -> str:
    # Without defaults, so that a field added later does not change the digest of old requests.
    return sha256(body.model_dump_json(exclude_defaults=True).encode()).hexdigest()
