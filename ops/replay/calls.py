"""HTTP for a replay: repeats a call until it has an answer or its deadline passes. Knows no orders.

Repeating is safe because every POST carries its idempotency key.
"""

import asyncio
import time
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

import httpx

from ops.replay.errors import ReplayError

PATIENCE = timedelta(seconds=120)
_CALL = timedelta(seconds=30)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0
_CONNECTIONS = 32
_LATER = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
_NOT_ALLOWED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


class NoAnswerError(Exception):
    """Nobody answered in time; whether the call had an effect is unknown."""


class Calls:
    """A client of one API; an async context manager."""

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        *,
        patience: timedelta = PATIENCE,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """``patience`` is for one call with all its repetitions; ``transport`` is for tests."""
        self._patience = patience.total_seconds()
        self._headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
        self._client = httpx.AsyncClient(
            base_url=url,
            timeout=_CALL.total_seconds(),
            limits=httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS),
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        """Open."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def get(self, path: str, unless: int | None = None, **query: str) -> httpx.Response:
        """Read; ``unless`` is a version that we know already.

        Raises:
            NoAnswerError: no answer in time.
            ReplayError: the API does not let us in.
        """
        known = {} if unless is None else {"if-none-match": f'"{unless}"'}
        return await self._until_answered("GET", path, params=query, headers={**self._headers, **known})

    async def put(self, path: str, body: Mapping[str, Any]) -> httpx.Response:
        """Set. Raises as `get`."""
        return await self._until_answered("PUT", path, json=body, headers=self._headers)

    async def post(self, path: str, body: Mapping[str, Any], key: str) -> httpx.Response:
        """Do once. Raises as `get`."""
        headers = {**self._headers, "idempotency-key": key}
        return await self._until_answered("POST", path, json=body, headers=headers)

    async def post_elsewhere(self, url: str, body: Mapping[str, Any]) -> httpx.Response:
        """Call another service, without our credential. Raises as `get`."""
        return await self._until_answered("POST", url, json=body)

    async def _until_answered(self, method: str, url: str, **arguments: Any) -> httpx.Response:
        deadline = time.monotonic() + self._patience
        pause = _FIRST_PAUSE
        while True:
            answer, trouble = await self._once(method, url, arguments)
            if answer is not None:
                return answer
            if time.monotonic() + pause > deadline:
                raise NoAnswerError(f"{method} {url}: {trouble}")
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _once(
        self, method: str, url: str, arguments: Mapping[str, Any]
    ) -> tuple[httpx.Response | None, str]:
        try:
            answer = await self._client.request(method, url, **arguments)
        except httpx.TransportError as error:
            return None, f"{type(error).__name__} {error}".strip()
        if answer.status_code in _NOT_ALLOWED:
            raise ReplayError(f"{url}: the API does not let us in; set ORDERKEEP_API_KEY to one of its keys")
        busy = answer.status_code == HTTPStatus.CONFLICT and "retry-after" in answer.headers
        return (None, str(answer.status_code)) if busy or answer.status_code in _LATER else (answer, "")
