"""The payment provider as the business sees it. Implementations: one per provider."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain.errors import DomainError
from domain.money import Money
from domain.payment.capture import CaptureMode
from domain.payment.facts import FactKind, PaymentFact


class PaymentOutcomeUnknownError(DomainError):
    """The provider did not answer, or answered 5xx. Ask again by the same key; never use a new one."""

    code = "payment_outcome_unknown"


class PaymentRefusedByProviderError(DomainError):
    """The provider understood the request and said no, for good (a 4xx)."""

    code = "payment_refused_by_provider"


class CallbackRejectedError(DomainError):
    """A callback whose signature, age or form is wrong; it has no effect."""

    code = "callback_rejected"


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """Asks a provider to let the buyer pay. `key` is the attempt's stable key, the idempotency key there."""

    key: str
    order_id: str
    order_number: str
    amount: Money
    expires_at: datetime
    capture: CaptureMode = CaptureMode.AUTOMATIC


@dataclass(frozen=True, slots=True)
class PaymentSession:
    """Where the buyer pays. `provider_ref` is the provider's id of the payment."""

    key: str
    provider_ref: str
    pay_url: str


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """Gives back `amount` of the attempt `payment_key`. `key` is stable: the same key refunds once."""

    key: str
    payment_key: str
    amount: Money
    reason: str


@dataclass(frozen=True, slots=True)
class PaymentHint:
    """Something happened to a payment, named by the provider's own id of it; asking tells what."""

    provider: str
    provider_ref: str


class RefundState(StrEnum):
    """How far a refund has come at the provider."""

    PENDING = "pending"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class RefundReceipt:
    """The provider's word on a refund."""

    key: str
    provider_ref: str
    amount: Money
    state: RefundState


class PaymentGateway(Protocol):
    """Talks to one provider. Each call is safe to repeat with the same key.

    Raises `PaymentOutcomeUnknownError` when the outcome is not known, `PaymentRefusedByProviderError`
    when the provider refused.
    """

    @property
    def provider(self) -> str:
        """The provider's short name, as in callback addresses."""
        ...

    async def request_payment(self, request: PaymentRequest) -> PaymentSession:
        """Open a payment, or get the one that this key opened already."""
        ...

    async def query_payment(self, key: str) -> tuple[PaymentFact, ...]:
        """All that the provider knows of an attempt; empty when it never heard of the key."""
        ...

    async def capture_payment(self, key: str, amount: Money) -> tuple[PaymentFact, ...]:
        """Take authorised money, once: at most what was authorised, the rest is let go. All facts then.

        Raises `PaymentRefusedByProviderError` when nothing is authorised (any more).
        """
        ...

    async def cancel_payment(self, key: str) -> tuple[PaymentFact, ...]:
        """Close an unpaid payment so that it cannot be paid, or let authorised money go.

        The facts afterwards tell whether it was paid; what was taken stays taken.
        """
        ...

    async def refund_payment(self, request: RefundRequest) -> RefundReceipt:
        """Give money back, once per key."""
        ...

    def read_callback(
        self, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> PaymentFact | PaymentHint | None:
        """Verify the signature over the raw bytes and translate. Raises `CallbackRejectedError`.

        A hint when only asking tells what happened; None when it says nothing about money of ours.
        """
        ...


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One movement of money as a provider's report has it. `refund_key` is ours, for refunds only."""

    provider: str
    payment_key: str
    kind: FactKind
    amount: Money
    occurred_at: datetime
    refund_key: str | None = None


class PaymentReports(Protocol):
    """What a provider says that it has moved: captured, refunded and charged back, for reconciliation."""

    async def report(self, since: datetime, until: datetime) -> Sequence[ReportLine]:
        """Movements with `since` <= their time < `until`, oldest first.

        Raises `PaymentOutcomeUnknownError` when the provider does not answer.
        """
        ...


class DeliveryState(StrEnum):
    """How far a stored callback has come."""

    WAITING = "waiting"
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """A stored callback that the order has not been told of yet. `order_id` is None while unknown."""

    fact: PaymentFact
    order_id: str | None
    attempts: int
    received_at: datetime


class PaymentAttempts(Protocol):
    """Which order an attempt belongs to, stored before the provider is called."""

    async def remember(self, key: str, order_id: str, provider: str, amount: Money) -> None:
        """Store the attempt; repeating it changes nothing."""
        ...

    async def order_of(self, key: str) -> str | None:
        """The order that made this attempt, or None."""
        ...


@dataclass(frozen=True, slots=True)
class PaymentReference:
    """When a provider was first asked for a payment, and its id there; None while no answer has come."""

    asked_at: datetime
    provider_ref: str | None


class PaymentReferences(Protocol):
    """The ids of payments at providers that cannot be asked by our key, exact and at once."""

    async def asked(self, provider: str, key: str, now: datetime) -> PaymentReference:
        """Note, before the provider is called, that it is asked. What was noted first stands and is given."""
        ...

    async def keep(self, provider: str, key: str, provider_ref: str) -> None:
        """Keep the id that the provider answered with. The first one stays."""
        ...

    async def reference_of(self, provider: str, key: str) -> PaymentReference | None:
        """What is noted of a key; None when the provider was never asked for it."""
        ...

    async def key_of(self, provider: str, provider_ref: str) -> str | None:
        """Our key of a payment by the provider's id; None for an id that no answer of ours had."""
        ...


class CallbackInbox(Protocol):
    """Every callback once, durably, before the provider hears 2xx. Facts are never lost nor applied twice."""

    async def store(self, fact: PaymentFact, raw: bytes, now: datetime) -> InboxEntry | None:
        """Keep a fact; None when (provider, event id) is known and delivered already (a repeat)."""
        ...

    async def waiting(self, *, before: datetime, limit: int) -> Sequence[InboxEntry]:
        """Facts received before that time and not delivered, oldest first."""
        ...

    async def delivered(self, provider: str, event_id: str, now: datetime) -> None:
        """The order's workflow has taken the fact."""
        ...

    async def postponed(self, provider: str, event_id: str, until: datetime) -> None:
        """Delivery failed; try again at `until`."""
        ...


__all__ = [
    "CallbackInbox",
    "CallbackRejectedError",
    "DeliveryState",
    "FactKind",
    "InboxEntry",
    "PaymentAttempts",
    "PaymentFact",
    "PaymentGateway",
    "PaymentHint",
    "PaymentOutcomeUnknownError",
    "PaymentReference",
    "PaymentReferences",
    "PaymentRefusedByProviderError",
    "PaymentReports",
    "PaymentRequest",
    "PaymentSession",
    "RefundReceipt",
    "RefundRequest",
    "RefundState",
    "ReportLine",
]
