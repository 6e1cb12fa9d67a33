"""An in-memory payment provider for workflow and unit tests, scriptable per call. It sends no callback."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from adapters.payments.sandbox_callbacks import SandboxCallbackReader
from adapters.signature import DEMO_SECRET
from domain.money import Money
from domain.payment.capture import CaptureMode
from domain.payment.facts import FactKind, PaymentFact
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
from tests.support.fake_provider import (
    FakePayment,
    FakeProvider,
    NotPayableError,
    Operation,
    Trouble,
    event_of,
)

__all__ = ["FakeGateway", "FakePayment", "NotPayableError", "Operation", "Trouble", "event_of"]


class FakeGateway(FakeProvider):
    """`PaymentGateway` and `PaymentReports` over a dictionary.

    A test plays the buyer (`buyer_pays`, `buyer_declines`) and the bank (`authorisation_ends`, `charge_back`,
    `refunded_at_provider`), scripts trouble (`next_call`), reads `calls`, `charges` and `refunds`, and
    reports the facts that it got to the order itself, in any order.
    """

    async def request_payment(self, request: PaymentRequest) -> PaymentSession:
        """See the port."""
        trouble = self._begin(Operation.REQUEST, request.key)
        known = self.payments.get(request.key)
        if known is not None and known.request != request:
            raise PaymentRefusedByProviderError(key=request.key)
        if request.amount.amount <= 0:
            raise PaymentRefusedByProviderError(key=request.key)
        if known is None:
            known = FakePayment(request, f"pay_{len(self.payments) + 1:06d}")
            self.payments[request.key] = known
            self._changed.set()
        _raise_if_timed_out(trouble, request.key)
        return PaymentSession(
            request.key, known.provider_ref, f"http://fake.invalid/pay/{known.provider_ref}"
        )

    async def query_payment(self, key: str) -> tuple[PaymentFact, ...]:
        """See the port."""
        _raise_if_timed_out(self._begin(Operation.QUERY, key), key)
        payment = self.payments.get(key)
        return tuple(payment.facts) if payment else ()

    async def capture_payment(self, key: str, amount: Money) -> tuple[PaymentFact, ...]:
        """See the port."""
        trouble = self._begin(Operation.CAPTURE, key)
        payment = self.payments.get(key)
        if payment is None or not _capturable(payment, amount):
            raise PaymentRefusedByProviderError(key=key)
        if payment.authorised:
            payment.capture_asked = amount
            self.happens(key, FactKind.CAPTURED, amount)
        _raise_if_timed_out(trouble, key)
        return tuple(payment.facts)

    async def cancel_payment(self, key: str) -> tuple[PaymentFact, ...]:
        """See the port."""
        trouble = self._begin(Operation.CANCEL, key)
        payment = self.payments.get(key)
        if payment is not None and (payment.authorised or not payment.facts):
            self.happens(key, FactKind.CANCELLED, payment.request.amount)
        _raise_if_timed_out(trouble, key)
        return tuple(payment.facts) if payment else ()

    async def refund_payment(self, request: RefundRequest) -> RefundReceipt:
        """See the port."""
        trouble = self._begin(Operation.REFUND, request.key)
        payment = self.payments.get(request.payment_key)
        if payment is None:
            raise PaymentRefusedByProviderError(key=request.key)
        known = payment.refunds.get(request.key)
        if known is None:
            self._accept(payment, request)
        elif known != request:
            raise PaymentRefusedByProviderError(key=request.key)
        state = self._settle(payment, request, trouble)
        _raise_if_timed_out(trouble, request.key)
        return RefundReceipt(request.key, f"ref_{request.key}", request.amount, state)

    def read_callback(self, headers: Mapping[str, str], body: bytes, now: datetime) -> PaymentFact:
        """See the port; the demo secret signs."""
        return SandboxCallbackReader([DEMO_SECRET]).read(headers, body, now)

    async def report(self, since: datetime, until: datetime) -> Sequence[ReportLine]:
        """See the port; changed by `report_as` and `extra_lines`."""
        _raise_if_timed_out(self._begin(Operation.REPORT, "report"), "report")
        moved = self._all(FactKind.CAPTURED, FactKind.REFUNDED, FactKind.CHARGED_BACK)
        told = [self.report_as(_line(fact)) for fact in moved]
        lines = [*(line for line in told if line is not None), *self.extra_lines]
        return sorted(
            (line for line in lines if since <= line.occurred_at < until), key=lambda line: line.occurred_at
        )

    def _accept(self, payment: FakePayment, request: RefundRequest) -> None:
        left, asked = payment.kept, request.amount
        if asked.currency != left.currency or not 0 < asked.amount <= left.amount:
            raise PaymentRefusedByProviderError(key=request.key)
        payment.refunds[request.key] = request
        payment.pending_refunds.add(request.key)

    def _settle(self, payment: FakePayment, request: RefundRequest, trouble: Trouble | None) -> RefundState:
        if request.key in payment.pending_refunds:
            if trouble is Trouble.PENDING:
                return RefundState.PENDING
            payment.pending_refunds.remove(request.key)
            self.happens(request.payment_key, FactKind.REFUNDED, request.amount, request.key)
        return RefundState.DONE


def _capturable(payment: FakePayment, amount: Money) -> bool:
    """Authorised for as much, or the very capture that has been made."""
    if FactKind.CAPTURED in payment.kinds:
        automatic = payment.request.capture is CaptureMode.AUTOMATIC
        return amount == (payment.request.amount if automatic else payment.capture_asked)
    most = payment.sum_of(FactKind.AUTHORISED)
    return payment.authorised and amount.currency == most.currency and 0 < amount.amount <= most.amount


def _line(fact: PaymentFact) -> ReportLine:
    return ReportLine(
        fact.provider, fact.payment_key, fact.kind, fact.amount, fact.occurred_at, fact.refund_key
    )


def _raise_if_timed_out(trouble: Trouble | None, key: str) -> None:
    if trouble is Trouble.EXECUTED_THEN_TIMEOUT:
        raise PaymentOutcomeUnknownError(key=key)
