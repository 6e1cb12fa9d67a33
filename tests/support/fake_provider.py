"""What the in-memory payment provider knows and what a test makes it do; the port is `fake_gateway`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from standardwebhooks import Webhook

from adapters.signature import DEMO_SECRET
from domain.money import Money, total
from domain.payment.capture import CaptureMode
from domain.payment.facts import FactKind, PaymentFact
from domain.ports.payments import (
    PaymentOutcomeUnknownError,
    PaymentRefusedByProviderError,
    PaymentRequest,
    RefundRequest,
    ReportLine,
)


class Operation(StrEnum):
    """The calls of the port that a test can script."""

    REQUEST = "request"
    QUERY = "query"
    CAPTURE = "capture"
    CANCEL = "cancel"
    REFUND = "refund"
    REPORT = "report"


class Trouble(StrEnum):
    """What goes wrong with the next call."""

    UNAVAILABLE = "unavailable"  # not executed, outcome unknown to the caller
    EXECUTED_THEN_TIMEOUT = "executed_then_timeout"  # executed, outcome unknown to the caller
    REFUSED = "refused"  # refused for good
    PENDING = "pending"  # refunds only: taken in, done when asked again


@dataclass(slots=True)
class FakePayment:
    """What the fake provider knows of one attempt. `capture_asked` is what the merchant had captured."""

    request: PaymentRequest
    provider_ref: str
    facts: list[PaymentFact] = field(default_factory=list)
    refunds: dict[str, RefundRequest] = field(default_factory=dict)
    pending_refunds: set[str] = field(default_factory=set)
    capture_asked: Money | None = None

    @property
    def kinds(self) -> set[FactKind]:
        """The kinds of everything that happened."""
        return {fact.kind for fact in self.facts}

    @property
    def authorised(self) -> bool:
        """Money stands ready and was neither taken nor let go."""
        return FactKind.AUTHORISED in self.kinds and not self.kinds & {FactKind.CAPTURED, FactKind.CANCELLED}

    @property
    def kept(self) -> Money:
        """What was captured and neither given back, promised back nor charged back."""
        gone = self.sum_of(FactKind.REFUNDED) + self.sum_of(FactKind.CHARGED_BACK)
        promised = (self.refunds[key].amount for key in self.pending_refunds)
        return self.sum_of(FactKind.CAPTURED) - gone - total(promised, self.request.amount.currency)

    def sum_of(self, kind: FactKind) -> Money:
        """All money of one kind of fact."""
        currency = self.request.amount.currency
        return total((fact.amount for fact in self.facts if fact.kind is kind), currency)


class NotPayableError(Exception):
    """The buyer tried to pay a payment that is closed."""


class FakeProvider:
    """The provider behind `FakeGateway`: its records, its buyer, its bank, and the test's script."""

    provider = "sandbox"

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """`now` is the provider's clock; facts of one payment never share a millisecond."""
        self.payments: dict[str, FakePayment] = {}
        self.calls: list[tuple[Operation, str]] = []
        self.extra_lines: list[ReportLine] = []
        """Lines that the report has and that never happened."""
        self.report_as: Callable[[ReportLine], ReportLine | None] = lambda line: line
        """How the report tells a line: changed, or None to leave it out."""
        self._now = now
        self._trouble: dict[Operation, list[Trouble]] = {operation: [] for operation in Operation}
        self._events = 0
        self._changed = asyncio.Event()

    def next_call(self, operation: Operation, trouble: Trouble, times: int = 1) -> None:
        """Let the next `times` calls of `operation` run into `trouble`."""
        self._trouble[operation].extend([trouble] * times)

    def buyer_pays(self, key: str, amount: Money | None = None) -> tuple[PaymentFact, ...]:
        """Pay; the facts are authorised, captured, with manual capture authorised only.

        `amount` makes the provider take another sum. Paying a paid one does nothing and returns no facts.
        Raises `NotPayableError` when it is closed.
        """
        payment = self.payments[key]
        if FactKind.CAPTURED in payment.kinds or payment.authorised:
            return ()
        if payment.facts or payment.request.expires_at <= self._now():
            raise NotPayableError(key)
        paid = amount or payment.request.amount
        authorised = self.happens(key, FactKind.AUTHORISED, paid)
        if payment.request.capture is CaptureMode.MANUAL:
            return (authorised,)
        return authorised, self.happens(key, FactKind.CAPTURED, paid)

    def buyer_declines(self, key: str) -> PaymentFact:
        """The bank says no to this attempt."""
        return self.happens(key, FactKind.FAILED, self.payments[key].request.amount)

    def authorisation_ends(self, key: str) -> PaymentFact:
        """The bank lets authorised money go although nobody asked: nothing can be captured any more."""
        return self.happens(key, FactKind.CANCELLED, self.payments[key].sum_of(FactKind.AUTHORISED))

    def charge_back(self, key: str) -> PaymentFact:
        """The buyer's bank takes back what is left of the money."""
        return self.happens(key, FactKind.CHARGED_BACK, self.payments[key].kept)

    def refunded_at_provider(self, key: str, amount: Money | None = None) -> PaymentFact:
        """Somebody gives money back in the provider's own office, all that is left or `amount`: no key."""
        return self.happens(key, FactKind.REFUNDED, amount or self.payments[key].kept)

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

    def _begin(self, operation: Operation, key: str) -> Trouble | None:
        """Record the call and meet its trouble; what remains is met after the call was executed."""
        self.calls.append((operation, key))
        script = self._trouble[operation]
        trouble = script.pop(0) if script else None
        if trouble is Trouble.UNAVAILABLE:
            raise PaymentOutcomeUnknownError(key=key)
        if trouble is Trouble.REFUSED:
            raise PaymentRefusedByProviderError(key=key)
        return trouble

    def _all(self, *kinds: FactKind) -> tuple[PaymentFact, ...]:
        facts: Sequence[PaymentFact] = [f for p in self.payments.values() for f in p.facts]
        return tuple(fact for fact in facts if fact.kind in kinds)


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
