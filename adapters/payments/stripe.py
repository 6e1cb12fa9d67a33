"""`PaymentGateway` and `PaymentReports` over Stripe with its official library. Decision 0021 says why so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import stripe

from adapters.payments.stripe_callbacks import StripeCallbackReader
from adapters.payments.stripe_facts import PAYMENT_KEY, REFUND_KEY, facts_of
from adapters.payments.stripe_http import StripeHttp, asking, doing, within
from adapters.payments.stripe_intents import IDEMPOTENCY_LASTS, StripeIntents
from adapters.payments.stripe_money import stripe_amount
from adapters.payments.stripe_objects import PROVIDER, Json, flag, identifier, money, noted
from adapters.payments.stripe_report import lines_of
from domain.money import Money
from domain.payment.capture import CaptureMode
from domain.payment.facts import FactKind, PaymentFact
from domain.ports.payments import (
    PaymentHint,
    PaymentOutcomeUnknownError,
    PaymentReference,
    PaymentRefusedByProviderError,
    PaymentRequest,
    PaymentSession,
    RefundReceipt,
    RefundRequest,
    RefundState,
    ReportLine,
)

if TYPE_CHECKING:
    import httpx

    from domain.ports.clock import Clock
    from domain.ports.payments import PaymentReferences

PATIENCE: Final = timedelta(seconds=5)
"""How long one call may take before its outcome counts as unknown; it makes up to five requests."""

REPORT_PATIENCE: Final = timedelta(minutes=5)
"""The same for a report, which reads page after page."""

_CLOSED: Final = frozenset({"canceled", "succeeded"})
_REFUND_STATES: Final = {
    "succeeded": RefundState.DONE,
    "pending": RefundState.PENDING,
    "requires_action": RefundState.PENDING,
}
# Replayed answers must be found before Stripe forgets the key, whatever our clock and its clock say.
_KEY_IS_FRESH: Final = IDEMPOTENCY_LASTS - timedelta(hours=1)


class StripeGateway:
    """Payment intents under our keys. Close it with `aclose`."""

    def __init__(
        self,
        *,
        api_key: str,
        webhook_secrets: Sequence[str],
        pay_page: str,
        references: PaymentReferences,
        clock: Clock,
        api_base: str = stripe.DEFAULT_API_BASE,
        patience: timedelta = PATIENCE,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """`pay_page` is the shop's page that shows Stripe's form; `transport` stands in for the network."""
        self._http = StripeHttp(patience, transport)
        self._patience = patience
        self._client = stripe.StripeClient(
            api_key,
            http_client=self._http,
            base_addresses={"api": api_base.rstrip("/")},
            max_network_retries=0,
        )
        self._callbacks = StripeCallbackReader(webhook_secrets)
        self._intents = StripeIntents(self._client, references)
        self._references = references
        self._pay_page = pay_page
        self._clock = clock

    @property
    def provider(self) -> str:
        """`stripe`."""
        return PROVIDER

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.close_async()

    async def request_payment(self, request: PaymentRequest) -> PaymentSession:
        """Open a payment intent, or get the one that this key opened. Raises as the port says.

        `expires_at` is kept by whoever asked: an intent stays open at Stripe until it is cancelled.
        """
        amount = stripe_amount(request.amount, request.key)
        now = self._clock.now()
        known = await self._references.asked(PROVIDER, request.key, now)
        async with within(self._patience, request.key):
            intent = await self._intent_for(request, amount, known, now)
        with asking(request.key):
            if not _is_for(intent, request):
                raise PaymentRefusedByProviderError(key=request.key, reason="key_of_another_payment")
            intent_id = await self._intents.keep(request.key, intent)
            secret = identifier(intent, "client_secret")
        # Behind the hash, so that the secret reaches the buyer's browser and no server's log.
        return PaymentSession(request.key, intent_id, f"{self._pay_page}?intent={intent_id}#{secret}")

    async def query_payment(self, key: str) -> tuple[PaymentFact, ...]:
        """All that Stripe knows of an attempt; empty when it never heard of the key."""
        async with within(self._patience, key):
            intent_id = await self._intents.id_of(key)
            return () if intent_id is None else await self._facts(key, intent_id)

    async def capture_payment(self, key: str, amount: Money) -> tuple[PaymentFact, ...]:
        """Take authorised money, once; Stripe lets the rest go. Raises as the port says."""
        to_capture = stripe_amount(amount, key)
        async with within(self._patience, key):
            intent_id = await self._intents.id_of(key)
            if intent_id is None:
                raise PaymentRefusedByProviderError(key=key, reason="nothing_authorised")
            await self._same_currency(key, intent_id, amount)
            return await self._captured(key, intent_id, amount, to_capture)

    async def _captured(
        self, key: str, intent_id: str, amount: Money, to_capture: int
    ) -> tuple[PaymentFact, ...]:
        try:
            with doing(key):
                await self._client.v1.payment_intents.capture_async(
                    intent_id, {"amount_to_capture": to_capture}, {"idempotency_key": f"{key}:capture"}
                )
        except PaymentRefusedByProviderError:
            # Stripe may have forgotten the key: what was taken by an earlier request of ours stands.
            facts = await self._facts(key, intent_id)
            if amount in [fact.amount for fact in facts if fact.kind is FactKind.CAPTURED]:
                return facts
            raise
        return await self._facts(key, intent_id)

    async def cancel_payment(self, key: str) -> tuple[PaymentFact, ...]:
        """Close an intent, or let its authorised money go; the facts afterwards tell whether it was paid."""
        async with within(self._patience, key):
            intent_id = await self._intents.id_of(key)
            return () if intent_id is None else await self._cancelled(key, intent_id)

    async def _cancelled(self, key: str, intent_id: str) -> tuple[PaymentFact, ...]:
        try:
            with doing(key):
                await self._client.v1.payment_intents.cancel_async(intent_id)
        except PaymentRefusedByProviderError:
            intent = await self._intent(key, intent_id)
            if intent.get("status") not in _CLOSED:
                raise PaymentOutcomeUnknownError(key=key, reason="not_closed_yet") from None
        return await self._facts(key, intent_id)

    async def refund_payment(self, request: RefundRequest) -> RefundReceipt:
        """Give money back, once per key. Raises as the port says."""
        amount = stripe_amount(request.amount, request.key)
        async with within(self._patience, request.key):
            intent_id = await self._intents.id_of(request.payment_key)
            if intent_id is None:
                raise PaymentRefusedByProviderError(key=request.key, reason="never_paid")
            await self._same_currency(request.key, intent_id, request.amount)
            return await self._refunded(request, intent_id, amount)

    async def _refunded(self, request: RefundRequest, intent_id: str, amount: int) -> RefundReceipt:
        with asking(request.key):
            # Asked first: a refund is insisted on for longer than Stripe remembers idempotency keys.
            known = [r for r in await self._refunds(intent_id) if noted(r, REFUND_KEY) == request.key]
        with doing(request.key):
            refund = known[0] if known else await self._refund(request, intent_id, amount)
            return _receipt(refund, request)

    def read_callback(
        self, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> PaymentFact | PaymentHint | None:
        """Verify `Stripe-Signature` over the raw bytes and translate.

        A hint for refunds and disputes that began at Stripe, None for what does not concern our payments.
        Raises `CallbackRejectedError`; its fact `reason` is a `RejectionReason`.
        """
        return self._callbacks.read(headers, body, now)

    async def report(self, since: datetime, until: datetime) -> Sequence[ReportLine]:
        """What Stripe booked on our balance for our payments, oldest first. Raises as the port says."""
        async with within(REPORT_PATIENCE, "report"):
            return await lines_of(self._client, self._references, since, until)

    async def _intent_for(
        self, request: PaymentRequest, amount: int, known: PaymentReference, now: datetime
    ) -> Json:
        intent_id = known.provider_ref
        if intent_id is None and now - known.asked_at > _KEY_IS_FRESH:
            intent_id = await self._intents.look_for(request.key, known)
        if intent_id is not None:
            return await self._intent(request.key, intent_id)
        with doing(request.key):
            return await self._open(request, amount)

    async def _open(self, request: PaymentRequest, amount: int) -> Json:
        intent = await self._client.v1.payment_intents.create_async(
            {
                "amount": amount,
                "currency": request.amount.currency.lower(),
                # Not `automatic_async`, whose captures are booked later than they are told.
                "capture_method": "manual" if request.capture is CaptureMode.MANUAL else "automatic",
                # Cards are decided at once and can be authorised first; wallets on cards are cards.
                "allowed_payment_method_types": ["card"],
                "metadata": {
                    PAYMENT_KEY: request.key,
                    "order_id": request.order_id,
                    "order_number": request.order_number,
                },
            },
            {"idempotency_key": request.key},
        )
        return intent.to_dict()

    async def _refund(self, request: RefundRequest, intent_id: str, amount: int) -> Json:
        refund = await self._client.v1.refunds.create_async(
            {
                "payment_intent": intent_id,
                "amount": amount,
                "metadata": {
                    PAYMENT_KEY: request.payment_key,
                    REFUND_KEY: request.key,
                    "reason": request.reason,
                },
            },
            {"idempotency_key": request.key},
        )
        return refund.to_dict()

    async def _same_currency(self, key: str, intent_id: str, amount: Money) -> None:
        # Stripe is told a bare number here and would take it in the payment's own currency.
        intent = await self._intent(key, intent_id)
        with asking(key):
            if money(intent, "amount").currency != amount.currency:
                raise PaymentRefusedByProviderError(key=key, reason="other_currency")

    async def _intent(self, key: str, intent_id: str) -> Json:
        with asking(key):
            intent = await self._client.v1.payment_intents.retrieve_async(
                intent_id, {"expand": ["latest_charge.balance_transaction"]}
            )
        return intent.to_dict()

    async def _facts(self, key: str, intent_id: str) -> tuple[PaymentFact, ...]:
        intent = await self._intent(key, intent_id)
        charge = intent.get("latest_charge")
        with asking(key):
            if not isinstance(charge, dict):
                return facts_of(key, intent, (), ())
            refunds = await self._refunds(intent_id) if charge.get("amount_refunded") else ()
            disputes = await self._disputes(intent_id) if flag(charge, "disputed") else ()
            return facts_of(key, intent, refunds, disputes)

    async def _refunds(self, intent_id: str) -> list[Json]:
        listed = await self._client.v1.refunds.list_async(
            {"payment_intent": intent_id, "limit": 100, "expand": ["data.balance_transaction"]}
        )
        return [refund.to_dict() async for refund in listed.auto_paging_iter()]

    async def _disputes(self, intent_id: str) -> list[Json]:
        listed = await self._client.v1.disputes.list_async({"payment_intent": intent_id, "limit": 100})
        return [dispute.to_dict() async for dispute in listed.auto_paging_iter()]


def _is_for(intent: Json, request: PaymentRequest) -> bool:
    manual = request.capture is CaptureMode.MANUAL
    return (
        noted(intent, PAYMENT_KEY) == request.key
        and money(intent, "amount") == request.amount
        and (intent.get("capture_method") == "manual") is manual
    )


def _receipt(refund: Json, request: RefundRequest) -> RefundReceipt:
    state = _REFUND_STATES.get(identifier(refund, "status"))
    if state is None or noted(refund, PAYMENT_KEY) != request.payment_key:
        raise PaymentRefusedByProviderError(key=request.key, reason="refund_failed")
    if money(refund, "amount") != request.amount:
        raise PaymentRefusedByProviderError(key=request.key, reason="key_of_another_refund")
    return RefundReceipt(request.key, identifier(refund, "id"), request.amount, state)
