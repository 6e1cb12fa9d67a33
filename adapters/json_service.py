"""Calls an outside service that speaks JSON, and tells refusals from outcomes that are not known.

Knows no service: whoever uses it says which errors these two are, and what an answer holds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import httpx

from adapters.strict_json import UnreadableEventError, parse_json
from domain.errors import DomainError

PATIENCE: Final = timedelta(seconds=5)
"""How long one call may take before its outcome counts as unknown."""

# 4xx that speak of the moment and not of the request: it may well be accepted when repeated.
_PASSING: Final = frozenset({408, 425, 429})
_MOST_CONNECTIONS: Final = 64


class JsonService:
    """One service over kept-alive connections. Close it with `aclose`.

    Each call is about a `subject`, the key that makes it safe to repeat and the fact `named` of its errors.
    """

    def __init__(
        self,
        base_url: str,
        errors: tuple[type[DomainError], type[DomainError]],
        named: str,
        *,
        patience: timedelta = PATIENCE,
        client: httpx.AsyncClient | None = None,
    ) -> None:
        """`errors` are raised for an unknown outcome and for a refusal, in that order.

        `patience` bounds each call as a whole. A `client` that is given is closed by whoever made it.
        """
        self._base_url = base_url.rstrip("/")
        self._unknown, self._refused = errors
        self._named = named
        self._owned = client is None
        self.client = client or _new_client(patience)
        self._patience = patience.total_seconds()

    async def aclose(self) -> None:
        """Close the connections; a client that was given stays open."""
        if self._owned:
            await self.client.aclose()

    async def call(
        self, method: str, path: str, subject: str, body: Mapping[str, object] | None = None
    ) -> httpx.Response:
        """Whatever was answered. Raises the unknown outcome when nothing was."""
        headers = {} if method == "GET" else {"Idempotency-Key": subject}
        try:
            # The client's own time-outs are per read; this one bounds the whole call.
            async with asyncio.timeout(self._patience):
                return await self.client.request(method, self._base_url + path, json=body, headers=headers)
        except (httpx.RequestError, TimeoutError) as error:
            # Also when no connection came about: whoever asks again by the same key loses nothing.
            raise self._unknown(**{self._named: subject}, reason=type(error).__name__) from error

    def understood(self, response: httpx.Response, subject: str) -> Mapping[str, object]:
        """The JSON object of a 2xx answer; the two errors for everything else."""
        status = response.status_code
        if response.is_client_error and status not in _PASSING:
            raise self._refused(**{self._named: subject}, status=status, service_code=code_of(response))
        if not response.is_success:
            raise self._unknown(**{self._named: subject}, status=status)
        try:
            answer = parse_json(response.content)
        except UnreadableEventError as error:
            raise self.unreadable(subject) from error
        if not isinstance(answer, dict):
            raise self.unreadable(subject)
        return answer

    def unreadable(self, subject: str) -> DomainError:
        """The error for a success that says nothing that we understand: the outcome is not known."""
        return self._unknown(**{self._named: subject}, reason="unreadable_answer")


def code_of(response: httpx.Response) -> str | None:
    """The service's own word for its refusal; None when the answer has none."""
    try:
        answer = parse_json(response.content)
    except UnreadableEventError:
        return None
    code = answer.get("code") if isinstance(answer, dict) else None
    return code if isinstance(code, str) else None


def _new_client(patience: timedelta) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=_MOST_CONNECTIONS, max_keepalive_connections=_MOST_CONNECTIONS)
    # Without the environment's proxies: the address is configured, and a proxy would see payments.
    return httpx.AsyncClient(timeout=patience.total_seconds(), limits=limits, trust_env=False)
