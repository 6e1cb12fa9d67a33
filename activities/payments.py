"""Talks to payment providers, always under stable keys. A refusal is a result; silence is unknown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.payment_contracts import (
    CapturePayment,
    PaymentFacts,
    PaymentKey,
    PaymentRequestAnswer,
    RefundAnswer,
    RefundPayment,
    RequestPayment,
)
from domain.ports.payments import (
    PaymentAttempts,
    PaymentGateway,
    PaymentOutcomeUnknownError,
    PaymentRefusedByProviderError,
    PaymentRequest,
    RefundRequest,
    RefundState,
)

REFUSED = "refused_by_provider"


@dataclass(frozen=True, slots=True)
class PaymentActivities:
    """The providers by name, and the list of which attempt belongs to which order.

    Every call raises `ApplicationError("unknown_provider")` for a provider that this worker does not have.
    """

    gateways: Mapping[str, PaymentGateway]
    attempts: PaymentAttempts

    @activity.defn(name="request_payment")
    async def request_payment(self, asked: RequestPayment) -> PaymentRequestAnswer:
        """Open an attempt, or get the one that this key opened. The attempt is remembered first."""
        gateway = self._gateway(asked.provider)
        # A callback may come before we have the provider's answer; it must find its order.
        await self.attempts.remember(asked.key, asked.order_id, gateway.provider, asked.amount)
        request = PaymentRequest(
            asked.key, asked.order_id, asked.order_number, asked.amount, asked.expires_at, asked.capture
        )
        try:
            with _silence_is_unknown():
                session = await gateway.request_payment(request)
        except PaymentRefusedByProviderError:
            return PaymentRequestAnswer(refused=REFUSED)
        return PaymentRequestAnswer(pay_url=session.pay_url, provider_ref=session.provider_ref)

    @activity.defn(name="query_payment")
    async def query_payment(self, asked: PaymentKey) -> PaymentFacts:
        """Everything that the provider says of an attempt."""
        with _silence_is_unknown():
            return PaymentFacts(await self._gateway(asked.provider).query_payment(asked.key))

    @activity.defn(name="cancel_payment")
    async def cancel_payment(self, asked: PaymentKey) -> PaymentFacts:
        """Close an attempt so that it cannot be paid any more; the facts tell whether it was."""
        try:
            with _silence_is_unknown():
                return PaymentFacts(await self._gateway(asked.provider).cancel_payment(asked.key))
        except PaymentRefusedByProviderError:
            # A provider that will not close a payment still says what became of it.
            return await self.query_payment(asked)

    @activity.defn(name="capture_payment")
    async def capture_payment(self, asked: CapturePayment) -> PaymentFacts:
        """Take authorised money, once; refused when none is authorised any more."""
        try:
            with _silence_is_unknown():
                return PaymentFacts(
                    await self._gateway(asked.provider).capture_payment(asked.key, asked.amount)
                )
        except PaymentRefusedByProviderError:
            known = await self.query_payment(PaymentKey(asked.key, asked.provider))
            return PaymentFacts(known.facts, refused=REFUSED)

    @activity.defn(name="refund_payment")
    async def refund_payment(self, asked: RefundPayment) -> RefundAnswer:
        """Give money back, once per key. Done only when the provider says that it is done."""
        request = RefundRequest(asked.key, asked.payment_key, asked.amount, asked.reason)
        try:
            with _silence_is_unknown():
                receipt = await self._gateway(asked.provider).refund_payment(request)
        except PaymentRefusedByProviderError:
            return RefundAnswer(refused=REFUSED)
        if receipt.state is not RefundState.DONE:
            raise ApplicationError(
                "refund still pending", type="refund_pending", category=ApplicationErrorCategory.BENIGN
            )
        return RefundAnswer(provider_ref=receipt.provider_ref)

    def _gateway(self, provider: str) -> PaymentGateway:
        try:
            return self.gateways[provider]
        except KeyError:
            # Retried: another worker may have it, or this one after its next start.
            raise ApplicationError(f"no gateway to {provider}", type="unknown_provider") from None


@contextmanager
def _silence_is_unknown() -> Iterator[None]:
    """An expected failure: retried by the same key, and no reason to alarm anybody by itself."""
    try:
        yield
    except PaymentOutcomeUnknownError as error:
        raise ApplicationError(
            "the provider did not answer", type=error.code, category=ApplicationErrorCategory.BENIGN
        ) from error
