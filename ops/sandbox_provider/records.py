"""What the provider keeps: payments, events, refunds. Plain values; rules are in `payments`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.money import Money
from ops.sandbox.instants import rfc3339


class Capture(StrEnum):
    """When the money of a payment is taken: with it, or when the merchant says so."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"


class PaymentStatus(StrEnum):
    """Where a payment stands. `EXPIRED` is an open one whose time has passed; it is never stored."""

    OPEN = "open"
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class EventType(StrEnum):
    """What the provider tells in callbacks."""

    AUTHORISED = "payment.authorised"
    CAPTURED = "payment.captured"
    FAILED = "payment.failed"
    CANCELLED = "payment.cancelled"
    REFUNDED = "payment.refunded"
    CHARGED_BACK = "payment.charged_back"


@dataclass(frozen=True, slots=True)
class PaymentOrder:
    """What a merchant asks for; `key` is the merchant's key of the attempt."""

    key: str
    order_id: str
    order_number: str
    amount: Money
    expires_at: datetime
    callback_url: str
    capture: Capture = Capture.AUTOMATIC


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as stored, seen at some time (`status` may be `EXPIRED`).

    `capture_asked` is what the merchant had captured of an authorised one, None before that.
    """

    id: str
    order: PaymentOrder
    status: PaymentStatus
    capture_asked: Money | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One statement about a payment; times of one payment strictly increase, in milliseconds."""

    event_id: str
    type: EventType
    payment_key: str
    amount: Money
    occurred_at: datetime
    refund_key: str | None = None

    def as_json(self) -> dict[str, object]:
        """The payload of the callback and of the query."""
        told: dict[str, object] = {
            "event_id": self.event_id,
            "type": self.type.value,
            "payment_key": self.payment_key,
            "amount": self.amount.amount,
            "currency": self.amount.currency,
            "occurred_at": rfc3339(self.occurred_at),
        }
        return told if self.refund_key is None else {**told, "refund_key": self.refund_key}


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """Asks to give back `amount` of the payment that `payment_key` opened; once per `key`."""

    key: str
    payment_key: str
    amount: Money
    reason: str


class RefundState(StrEnum):
    """A refund is done at once, unless the fault `refund_pending` holds it up until it is asked for again."""

    PENDING = "pending"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund as stored."""

    id: str
    order: RefundOrder
    state: RefundState = RefundState.DONE
