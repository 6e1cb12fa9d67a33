"""`PaymentGateway` and `PaymentReports` over the sandbox provider's HTTP API. Keeps only its connections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote, urlencode

import httpx

from adapters.json_service import PATIENCE, JsonService, code_of
from adapters.payments import sandbox_events
from adapters.payments.sandbox_callbacks import SandboxCallbackReader
from adapters.payments.sandbox_events import fact_of, money_of, report_line_of
from adapters.strict_json import UnreadableEventError
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
    ReportLine,
)

# Stands for the payment's key where a call is about no payment.
_REPORT: Final = "report"


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
        self._callback_url = callback_url
        self._callbacks = SandboxCallbackReader(secrets)
        errors = (PaymentOutcomeUnknownError, PaymentRefusedByProviderError)
        self._service = JsonService(base_url, errors, "key", patience=patience, client=client)

    @property
    def provider(self) -> str:
        """`sandbox`."""
        return sandbox_events.PROVIDER

    async def aclose(self) -> None:
        """Close the connections; a client that was given stays open."""
        await self._service.aclose()

    async def request_payment(self, request: PaymentRequest) -> PaymentSession:
        """Open a payment, or get the one that this key opened already. Raises as the port says."""
        body = {
            "key": request.key,
            "order_id": request.order_id,
            "order_number": request.order_number,
            "amount": _money(request.amount),
            "expires_at": request.expires_at.astimezone(UTC).isoformat(timespec="milliseconds"),
            "callback_url": self._callback_url,
            "capture": request.capture.value,
        }
        answer = await self._ask("POST", "/v1/payments", request.key, body)
        provider_ref, pay_url = answer.get("id"), answer.get("pay_url")
        if not isinstance(provider_ref, str) or not isinstance(pay_url, str):
            raise self._service.unreadable(request.key)
        return PaymentSession(request.key, provider_ref, pay_url)

    async def query_payment(self, key: str) -> tuple[PaymentFact, ...]:
        """All that the provider knows of an attempt; empty when it never heard of the key."""
        return await self._facts_if_known("GET", _path(key), key)

    async def capture_payment(self, key: str, amount: Money) -> tuple[PaymentFact, ...]:
        """Take authorised money, once; the same amount again changes nothing. Raises as the port says."""
        answer = await self._ask("POST", f"{_path(key)}/capture", key, {"amount": _money(amount)})
        return self._facts_in(answer, key)

    async def cancel_payment(self, key: str) -> tuple[PaymentFact, ...]:
        """Close an unpaid payment or let authorised money go; the facts tell. Empty for an unknown key."""
        return await self._facts_if_known("POST", f"{_path(key)}/cancel", key)

    async def refund_payment(self, request: RefundRequest) -> RefundReceipt:
        """Give money back, once per key. Raises as the port says."""
        body = {
            "key": request.key,
            "payment_key": request.payment_key,
            "amount": _money(request.amount),
            "reason": request.reason,
        }
        answer = await self._ask("POST", "/v1/refunds", request.key, body)
        provider_ref, state = answer.get("id"), answer.get("state")
        if not isinstance(provider_ref, str) or not isinstance(state, str):
            raise self._service.unreadable(request.key)
        try:
            return RefundReceipt(
                request.key, provider_ref, money_of(answer.get("amount")), RefundState(state)
            )
        except (UnreadableEventError, ValueError) as error:
            raise self._service.unreadable(request.key) from error

    def read_callback(self, headers: Mapping[str, str], body: bytes, now: datetime) -> PaymentFact:
        """Verify the signature over the raw bytes and translate.

        Raises `CallbackRejectedError`; its fact `reason` is a `signature.RejectionReason`: `too_large`,
        `signature`, `timestamp` or `malformed`.
        """
        return self._callbacks.read(headers, body, now)

    async def report(self, since: datetime, until: datetime) -> Sequence[ReportLine]:
        """See `PaymentReports`. Raises `PaymentRefusedByProviderError` when it will not tell at all."""
        lines: list[ReportLine] = []
        after: str | None = "0:0"
        while after:
            span = {"since": _instant(since), "until": _instant(until), "after": after}
            answer = await self._ask("GET", f"/v1/report?{urlencode(span)}", _REPORT)
            lines += self._lines_in(answer)
            after = self._next_place(answer, after)
        return lines

    async def _ask(
        self, method: str, path: str, key: str, body: Mapping[str, object] | None = None
    ) -> Mapping[str, object]:
        return self._service.understood(await self._service.call(method, path, key, body), key)

    async def _facts_if_known(self, method: str, path: str, key: str) -> tuple[PaymentFact, ...]:
        response = await self._service.call(method, path, key)
        # A 404 of some proxy or of a wrong base address must not pass for "never heard of that key".
        if response.status_code == httpx.codes.NOT_FOUND and code_of(response) == "payment_unknown":
            return ()
        return self._facts_in(self._service.understood(response, key), key)

    def _facts_in(self, answer: Mapping[str, object], key: str) -> tuple[PaymentFact, ...]:
        events = answer.get("events")
        if not isinstance(events, list):
            raise self._service.unreadable(key)
        try:
            return tuple(fact_of(event) for event in events)
        except UnreadableEventError as error:
            raise self._service.unreadable(key) from error

    def _lines_in(self, answer: Mapping[str, object]) -> Sequence[ReportLine]:
        lines = answer.get("lines")
        if not isinstance(lines, list):
            raise self._service.unreadable(_REPORT)
        try:
            return [report_line_of(line) for line in lines]
        except UnreadableEventError as error:
            raise self._service.unreadable(_REPORT) from error

    def _next_place(self, answer: Mapping[str, object], after: str) -> str | None:
        """Where the next page begins; None behind the last one."""
        place = answer.get("next_after", after)
        # A place that does not move would have us read for ever.
        if place == after or not (place is None or isinstance(place, str)):
            raise self._service.unreadable(_REPORT)
        return place


def _path(key: str) -> str:
    return f"/v1/payments/by-key/{quote(key, safe='')}"


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat()


def _money(value: Money) -> dict[str, object]:
    return {"amount": value.amount, "currency": value.currency}
