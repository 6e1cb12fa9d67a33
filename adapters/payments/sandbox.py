"""`PaymentGateway` over the sandbox provider's HTTP API. Keeps no state but its connections."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote

import httpx

from adapters.payments import sandbox_events
from adapters.payments.sandbox_callbacks import SandboxCallbackReader
from adapters.payments.sandbox_events import UnreadableEventError, fact_of, money_of, parse_json
from domain.money import Money
from domain.payment.facts import PaymentFact
from domain.ports.payments import (
    PaymentOutcomeUnknownError,
    PaymentRefusedByProviderError,
    PaymentRequest,
    PaymentSession,
    RefundReceipt,
    RefundRequest,
    RefundState,
)

PATIENCE: Final = timedelta(seconds=5)
"""How long one call may take before its outcome counts as unknown."""

# 4xx that speak of the moment and not of the request: it may well be accepted when repeated.
_PASSING: Final = frozenset({408, 425, 429})
_MOST_CONNECTIONS: Final = 64


class SandboxGateway:
    """Talks to the sandbox provider over kept-alive connections. Close it with `aclose`."""

    def __init__(
        self,
        base_url: str,
        callback_url: str,
        secrets: Sequence[str],
        *,
        patience: timedelta = PATIENCE,
        client: httpx.AsyncClient | None = None,
    ) -> None:
        """`callback_url` is where the provider reaches us; `secrets` verify its callbacks, two in rotation.

        `patience` bounds each call as a whole. A `client` that is given is closed by whoever made it.
        """
        self._base_url = base_url.rstrip("/")
        self._callback_url = callback_url
        self._callbacks = SandboxCallbackReader(secrets)
        self._owned = client is None
        self._client = client or _new_client(patience)
        self._patience = patience.total_seconds()

    @property
    def provider(self) -> str:
        """`sandbox`."""
        return sandbox_events.PROVIDER

    async def aclose(self) -> None:
        """Close the connections; a client that was given stays open."""
        if self._owned:
            await self._client.aclose()

    async def request_payment(self, request: PaymentRequest) -> PaymentSession:
        """Open a payment, or get the one that this key opened already. Raises as the port says."""
        body = {
            "key": request.key,
            "order_id": request.order_id,
            "order_number": request.order_number,
            "amount": _money(request.amount),
            "expires_at": request.expires_at.astimezone(UTC).isoformat(timespec="milliseconds"),
            "callback_url": self._callback_url,
        }
        response = await self._call("POST", "/v1/payments", request.key, body)
        answer = _understood(response, request.key)
        provider_ref, pay_url = answer.get("id"), answer.get("pay_url")
        if not isinstance(provider_ref, str) or not isinstance(pay_url, str):
            raise PaymentOutcomeUnknownError(key=request.key, reason="unreadable_answer")
        return PaymentSession(request.key, provider_ref, pay_url)

    async def query_payment(self, key: str) -> tuple[PaymentFact, ...]:
        """All that the provider knows of an attempt; empty when it never heard of the key."""
        return await self._facts("GET", f"/v1/payments/by-key/{quote(key, safe='')}", key)

    async def cancel_payment(self, key: str) -> tuple[PaymentFact, ...]:
        """Close an unpaid payment; the facts afterwards tell whether it was. Empty for an unknown key."""
        return await self._facts("POST", f"/v1/payments/by-key/{quote(key, safe='')}/cancel", key)

    async def refund_payment(self, request: RefundRequest) -> RefundReceipt:
        """Give money back, once per key. Raises as the port says."""
        body = {
            "key": request.key,
            "payment_key": request.payment_key,
            "amount": _money(request.amount),
            "reason": request.reason,
        }
        response = await self._call("POST", "/v1/refunds", request.key, body)
        return _receipt(_understood(response, request.key), request.key)

    def read_callback(self, headers: Mapping[str, str], body: bytes, now: datetime) -> PaymentFact:
        """Verify the signature over the raw bytes and translate.

        Raises `CallbackRejectedError`; its fact `reason` is a `signature.RejectionReason`: `too_large`,
        `signature`, `timestamp` or `malformed`.
        """
        return self._callbacks.read(headers, body, now)

    async def _facts(self, method: str, path: str, key: str) -> tuple[PaymentFact, ...]:
        response = await self._call(method, path, key)
        if response.status_code == httpx.codes.NOT_FOUND and _names_unknown_payment(response):
            return ()
        events = _understood(response, key).get("events")
        if not isinstance(events, list):
            raise PaymentOutcomeUnknownError(key=key, reason="unreadable_answer")
        try:
            return tuple(fact_of(event) for event in events)
        except UnreadableEventError as error:
            raise PaymentOutcomeUnknownError(key=key, reason="unreadable_answer") from error

    async def _call(
        self, method: str, path: str, key: str, body: Mapping[str, object] | None = None
    ) -> httpx.Response:
        headers = {"Idempotency-Key": key} if method == "POST" else {}
        try:
            # The client's own time-outs are per read; this one bounds the whole call.
            async with asyncio.timeout(self._patience):
                return await self._client.request(method, self._base_url + path, json=body, headers=headers)
        except (httpx.RequestError, TimeoutError) as error:
            # Also when no connection came about: whoever asks again by the same key loses nothing.
            raise PaymentOutcomeUnknownError(key=key, reason=type(error).__name__) from error


def _new_client(patience: timedelta) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=_MOST_CONNECTIONS, max_keepalive_connections=_MOST_CONNECTIONS)
    # Without the environment's proxies: the address is configured, and a proxy would see payments.
    return httpx.AsyncClient(timeout=patience.total_seconds(), limits=limits, trust_env=False)


def _understood(response: httpx.Response, key: str) -> Mapping[str, object]:
    """The JSON object of a 2xx answer; the port's errors for everything else."""
    status = response.status_code
    if response.is_client_error and status not in _PASSING:
        raise PaymentRefusedByProviderError(key=key, status=status, provider_code=_code(response))
    if not response.is_success:
        raise PaymentOutcomeUnknownError(key=key, status=status)
    try:
        answer = parse_json(response.content)
    except UnreadableEventError as error:
        raise PaymentOutcomeUnknownError(key=key, reason="unreadable_answer") from error
    if not isinstance(answer, dict):
        raise PaymentOutcomeUnknownError(key=key, reason="unreadable_answer")
    return answer


def _names_unknown_payment(response: httpx.Response) -> bool:
    # A 404 of some proxy or of a wrong base address must not pass for "never heard of that key".
    return _code(response) == "payment_unknown"


def _code(response: httpx.Response) -> str | None:
    try:
        answer = parse_json(response.content)
    except UnreadableEventError:
        return None
    code = answer.get("code") if isinstance(answer, dict) else None
    return code if isinstance(code, str) else None


def _receipt(answer: Mapping[str, object], key: str) -> RefundReceipt:
    provider_ref, state = answer.get("id"), answer.get("state")
    if not isinstance(provider_ref, str) or not isinstance(state, str):
        raise PaymentOutcomeUnknownError(key=key, reason="unreadable_answer")
    try:
        return RefundReceipt(key, provider_ref, money_of(answer.get("amount")), RefundState(state))
    except (UnreadableEventError, ValueError) as error:
        raise PaymentOutcomeUnknownError(key=key, reason="unreadable_answer") from error


def _money(value: Money) -> dict[str, object]:
    return {"amount": value.amount, "currency": value.currency}
