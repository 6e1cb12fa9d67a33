"""Carries the Stripe library's calls over httpx, and sorts what went wrong with them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Any, Final

import httpx
import stripe

from adapters.payments.stripe_objects import UnreadableStripeObjectError
from domain.ports.payments import PaymentOutcomeUnknownError, PaymentRefusedByProviderError

# Stripe understood and says no: bad request, declined, no such object (https://docs.stripe.com/api/errors).
# Not 401 and 403: a wrong or rolled key says nothing about the payment. Not 409 and 429: they pass.
_REFUSALS: Final = frozenset({400, 402, 404})
_MOST_CONNECTIONS: Final = 64


class StripeHttp(stripe.HTTPClient):
    """The transport of the official library. It repeats nothing: whoever asks has patience of their own."""

    name = "httpx"

    def __init__(self, patience: timedelta, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """`patience` bounds each wait of a call; `transport` stands in for the network."""
        super().__init__()
        limits = httpx.Limits(max_connections=_MOST_CONNECTIONS, max_keepalive_connections=_MOST_CONNECTIONS)
        # Without the environment's proxies: the address is configured, and a proxy would see payments.
        self._http = httpx.AsyncClient(
            timeout=patience.total_seconds(), limits=limits, trust_env=False, transport=transport
        )

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """One request. Raises `stripe.APIConnectionError` when there is no answer in time."""
        try:
            answer = await self._http.request(method, url, headers=headers, content=post_data)
        except httpx.RequestError as error:
            raise stripe.APIConnectionError(type(error).__name__) from error  # type: ignore[no-untyped-call]
        return answer.content, answer.status_code, answer.headers

    async def close_async(self) -> None:
        """Close the connections."""
        await self._http.aclose()


@asynccontextmanager
async def within(patience: timedelta, key: str) -> AsyncIterator[None]:
    """Around all requests of one call of the port: what is not through in time is unknown."""
    try:
        async with asyncio.timeout(patience.total_seconds()):
            yield
    except TimeoutError as error:
        raise PaymentOutcomeUnknownError(key=key, reason="too_slow") from error


@contextmanager
def doing(key: str) -> Iterator[None]:
    """Around what changes something: a refusal is a refusal, everything else that fails is unknown."""
    with _sorted_out(key, _REFUSALS):
        yield


@contextmanager
def asking(key: str) -> Iterator[None]:
    """Around questions: whatever fails is unknown, so that no wrong address or account passes for truth."""
    with _sorted_out(key, frozenset()):
        yield


@contextmanager
def _sorted_out(key: str, refusals: frozenset[int]) -> Iterator[None]:
    try:
        yield
    except stripe.StripeError as error:
        status = error.http_status
        if status in refusals:
            raise PaymentRefusedByProviderError(key=key, status=status, provider_code=error.code) from error
        raise PaymentOutcomeUnknownError(key=key, status=status, reason=type(error).__name__) from error
    except UnreadableStripeObjectError as error:
        raise PaymentOutcomeUnknownError(key=key, reason="unreadable_answer", field=str(error)) from error
