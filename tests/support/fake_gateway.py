"""An in-memory payment provider for workflow and unit tests, scriptable per call. It sends no callback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from standardwebhooks import Webhook

from adapters.payments.sandbox_callbacks import SandboxCallbackReader
from adapters.payments.signature import DEMO_SECRET
from domain.money import Money, total
from domain.payment.facts import FactKind, PaymentFact
from domain.ports.payments import (
    PaymentOutcomeUnknownError,
    PaymentRefusedByProviderError,
    PaymentRequest,
    PaymentSession,
    RefundReceipt,
    RefundRequest,
    RefundState,
)


class Operation(StrEnum):
    """The calls of the port that a test can script."""

    REQUEST = "request"
    QUERY = "query"
    CANCEL = "cancel"
    REFUND = "refund"


class Trouble(StrEnum):
    """What goes wrong with the next call."""

    UNAVAILABLE = "unavailable"  # not executed, outcome unknown to the caller
    EXECUTED_THEN_TIMEOUT = "executed_then_timeout"  # executed, outcome unknown to the caller
    REFUSED = "refused"  # refused for good


@dataclass(slots=True)
class FakePayment:
    """What the fake provider knows of one attempt."""

    request: PaymentRequest
    provider_ref: str
    facts: list[PaymentFact] = field(default_factory=list)
    refunds: dict[str, RefundRequest] = field(default_factory=dict)

    @property
    def kinds(self) -> set[FactKind]:
        """The kinds of everything that happened."""
        return {fact.kind for fact in self.facts}

    def sum_of(self, kind: FactKind) -> Money:
        """All money of one kind of fact."""
        currency = self.request.amount.currency
        return total((fact.amount for fact in self.facts if fact.kind is kind), currency)


class NotPayableError(Exception):
    """The buyer tried to pay a payment that is closed."""


class FakeGateway:
    """`PaymentGateway` over a dictionary.

    A test plays the buyer (`buyer_pays`, `buyer_declines`), scripts trouble (`next_call`), reads `calls`,
    `charges` and `refunds`, and reports the facts that it got to the order itself, in any order.
    """

    provider = "sandbox"

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """`now` is the provider's clock; facts of one payment never share a millisecond."""
        self.payments: dict[str, FakePayment] = {}
        self.calls: list[tuple[Operation, str]] = []
        self._now = now
        self._trouble: dict[Operation, list[Trouble]] = {operation: [] for operation in Operation}
        self._events = 0
        self._changed = asyncio.Event()

    # The buyer, the bank and the test.

    def next_call(self, operation: Operation, trouble: Trouble, times: int = 1) -> None:
        """Let the next `times` calls of `operation` run into `trouble`."""
        self._trouble[operation].extend([trouble] * times)

    def buyer_pays(self, key: str, amount: Money | None = None) -> tuple[PaymentFact, ...]:
        """Pay; the facts are authorised, captured. `amount` makes the provider capture another sum.

        Paying a paid one does nothing and returns no facts. Raises `NotPayableError` when it is closed.
        """
        payment = self.payments[key]
        if FactKind.CAPTURED in payment.kinds:
            return ()
        if payment.facts or payment.request.expires_at <= self._now():
            raise NotPayableError(key)
        paid = amount or payment.request.amount
        return self.happens(key, FactKind.AUTHORISED, paid), self.happens(key, FactKind.CAPTURED, paid)

    def buyer_declines(self, key: str) -> PaymentFact:
        """The bank says no to this attempt."""
        return self.happens(key, FactKind.FAILED, self.payments[key].request.amount)

    def charge_back(self, key: str) -> PaymentFact:
        """The buyer's bank takes the money back."""
        return self.happens(key, FactKind.CHARGED_BACK, self.payments[key].sum_of(FactKind.CAPTURED))

    def happens(self, key: str, kind: FactKind, amount: Money, refund_key: str | None = None) -> PaymentFact:
        """Anything at all, also what a sane provider would not do."""
        payment = self.payments[key]
        self._events += 1
        now = self._now()
        instant = now.replace(microsecond=now.microsecond // 1000 * 1000)
        if payment.facts:
            instant = max(instant, payment.facts[-1].occurred_at + timedelta(milliseconds=1))
        event_id = f"evt_{self._events:06d}"
        fact = PaymentFact(self.provider, event_id, key, kind, amount, instant, refund_key)
        payment.facts.append(fact)
        self._changed.set()
        return fact

    @property
    def charges(self) -> tuple[PaymentFact, ...]:
        """Every capture, over all payments."""
        return self._all(FactKind.CAPTURED)

    @property
    def refunds(self) -> tuple[PaymentFact, ...]:
        """Every refund, over all payments."""
        return self._all(FactKind.REFUNDED)

    def keys_of(self, order_id: str) -> tuple[str, ...]:
        """The attempts of an order, oldest first."""
        return tuple(k for k, payment in self.payments.items() if payment.request.order_id == order_id)

    async def attempt_of(self, order_id: str, nth: int = 1, timeout_seconds: float = 10) -> str:
        """Wait until the order's `nth` attempt was requested; its key. Raises `TimeoutError`."""
        async with asyncio.timeout(timeout_seconds):
            while len(self.keys_of(order_id)) < nth:
                self._changed.clear()
                await self._changed.wait()
        return self.keys_of(order_id)[nth - 1]

    def signed(self, fact: PaymentFact, secret: str = DEMO_SECRET) -> tuple[dict[str, str], bytes]:
        """Headers and body of the callback that tells of `fact`, signed at the provider's now."""
        body = json.dumps(event_of(fact)).encode()
        now = self._now().astimezone(UTC)
        signature = Webhook(secret).sign(fact.event_id, now, body.decode())
        stamp = str(int(now.timestamp()))
        headers = {
            "webhook-id": fact.event_id,
            "webhook-timestamp": stamp,
            "webhook-signature": signature,
        }
        return headers, body

    # The port.

    async def request_payment(self, request: PaymentRequest) -> PaymentSession:
        """See the port."""
        timed_out = self._begin(Operation.REQUEST, request.key)
        known = self.payments.get(request.key)
        if known is not None and known.request != request:
            raise PaymentRefusedByProviderError(key=request.key)
        if request.amount.amount <= 0:
            raise PaymentRefusedByProviderError(key=request.key)
        if known is None:
            known = FakePayment(request, f"pay_{len(self.payments) + 1:06d}")
            self.payments[request.key] = known
            self._changed.set()
        _raise_if(timed_out, request.key)
        return PaymentSession(
            request.key, known.provider_ref, f"http://fake.invalid/pay/{known.provider_ref}"
        )

    async def query_payment(self, key: str) -> tuple[PaymentFact, ...]:
        """See the port."""
        _raise_if(self._begin(Operation.QUERY, key), key)
        payment = self.payments.get(key)
        return tuple(payment.facts) if payment else ()

    async def cancel_payment(self, key: str) -> tuple[PaymentFact, ...]:
        """See the port."""
        timed_out = self._begin(Operation.CANCEL, key)
        payment = self.payments.get(key)
        if payment is not None and not payment.facts:
            self.happens(key, FactKind.CANCELLED, payment.request.amount)
        _raise_if(timed_out, key)
        return tuple(payment.facts) if payment else ()

    async def refund_payment(self, request: RefundRequest) -> RefundReceipt:
        """See the port."""
        timed_out = self._begin(Operation.REFUND, request.key)
        payment = self.payments.get(request.payment_key)
        if payment is None:
            raise PaymentRefusedByProviderError(key=request.key)
        known = payment.refunds.get(request.key)
        if known is None:
            self._refund(payment, request)
        elif known != request:
            raise PaymentRefusedByProviderError(key=request.key)
        _raise_if(timed_out, request.key)
        return RefundReceipt(request.key, f"ref_{request.key}", request.amount, RefundState.DONE)

    def read_callback(self, headers: Mapping[str, str], body: bytes, now: datetime) -> PaymentFact:
        """See the port; the demo secret signs."""
        return SandboxCallbackReader([DEMO_SECRET]).read(headers, body, now)

    def _refund(self, payment: FakePayment, request: RefundRequest) -> None:
        captured = payment.sum_of(FactKind.CAPTURED)
        left = captured - payment.sum_of(FactKind.REFUNDED)
        asked = request.amount
        if asked.currency != left.currency or not 0 < asked.amount <= left.amount:
            raise PaymentRefusedByProviderError(key=request.key)
        payment.refunds[request.key] = request
        self.happens(request.payment_key, FactKind.REFUNDED, asked, request.key)

    def _begin(self, operation: Operation, key: str) -> bool:
        """Record the call; True when it is to be executed and then to time out."""
        self.calls.append((operation, key))
        script = self._trouble[operation]
        trouble = script.pop(0) if script else None
        if trouble is Trouble.UNAVAILABLE:
            raise PaymentOutcomeUnknownError(key=key)
        if trouble is Trouble.REFUSED:
            raise PaymentRefusedByProviderError(key=key)
        return trouble is Trouble.EXECUTED_THEN_TIMEOUT

    def _all(self, kind: FactKind) -> tuple[PaymentFact, ...]:
        facts: Sequence[PaymentFact] = [f for p in self.payments.values() for f in p.facts]
        return tuple(fact for fact in facts if fact.kind is kind)


def event_of(fact: PaymentFact) -> dict[str, object]:
    """The provider's JSON for a fact."""
    event: dict[str, object] = {
        "event_id": fact.event_id,
        "type": f"payment.{fact.kind}",
        "payment_key": fact.payment_key,
        "amount": fact.amount.amount,
        "currency": fact.amount.currency,
        "occurred_at": fact.occurred_at.isoformat(timespec="milliseconds"),
    }
    return event if fact.refund_key is None else {**event, "refund_key": fact.refund_key}


def _raise_if(timed_out: bool, key: str) -> None:
    if timed_out:
        raise PaymentOutcomeUnknownError(key=key)
