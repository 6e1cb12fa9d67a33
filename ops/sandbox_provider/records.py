"""What the provider keeps: payments, events, refunds. Plain values; rules are in `payments`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.money import Money

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class PaymentStatus(StrEnum):
    """Where a payment stands. `EXPIRED` is an open one whose time has passed; it is never stored."""

    OPEN = "open"
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


@dataclass(frozen=True, slots=True)
class PaymentOrder:
    """What a merchant asks for; `key` is the merchant's key of the attempt."""

    key: str
    order_id: str
    order_number: str
    amount: Money
    expires_at: datetime
    callback_url: str


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as stored, seen at some time (`status` may be `EXPIRED`)."""

    id: str
    order: PaymentOrder
    status: PaymentStatus


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


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund as stored; sandbox refunds are done at once."""

    id: str
    order: RefundOrder


def rfc3339(instant: datetime) -> str:
    """UTC with milliseconds, such as 2026-01-31T08:00:00.000Z."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_millis(instant: datetime) -> int:
    """Milliseconds since 1970, rounded down."""
    return (instant - _EPOCH) // timedelta(milliseconds=1)


def from_millis(millis: int) -> datetime:
    """The inverse of `to_millis`."""
    return _EPOCH + timedelta(milliseconds=millis)
