"""Our side: which events of an order say that money has moved at a provider, and what they say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.money import Money
from domain.order.events import (
    LatePaymentReceived,
    OrderEvent,
    PaymentCaptured,
    PaymentConfirmed,
    PaymentPutInReview,
    PaymentRefunded,
    time_of,
)
from domain.payment.facts import FactKind
from domain.payment.outcome import ReviewReason

# Refunds that a provider made on its own are recorded under a key that only we know.
_THEIR_OWN_REFUND: Final = "ext_"
# Contradictions about money that was taken; in others nothing has moved.
_TAKEN: Final = frozenset({ReviewReason.AMOUNT_MISMATCH, ReviewReason.CAPTURED_THEN_FAILED})


@dataclass(frozen=True, slots=True)
class BookedLine:
    """One movement of money as an order's events have it. `refund_key` is ours, empty for all but refunds."""

    order_id: str
    payment_key: str
    kind: FactKind
    amount: Money
    occurred_at: datetime
    refund_key: str = ""


def booked(order_id: str, event: OrderEvent) -> BookedLine | None:
    """What this event says of money that moved, or None. Nothing moves for nothing."""
    match event:
        case PaymentConfirmed() | PaymentCaptured() | LatePaymentReceived():
            line = BookedLine(order_id, event.payment_key, FactKind.CAPTURED, event.amount, time_of(event))
        case PaymentRefunded():
            line = BookedLine(
                order_id,
                event.payment_key,
                FactKind.REFUNDED,
                event.amount,
                event.refunded_at,
                event.refund_key,
            )
        case PaymentPutInReview() if event.reason == ReviewReason.CHARGED_BACK:
            return BookedLine(
                order_id, event.payment_key, FactKind.CHARGED_BACK, event.reported, event.noticed_at
            )
        case PaymentPutInReview() if event.reason in _TAKEN:
            line = BookedLine(
                order_id, event.payment_key, FactKind.CAPTURED, event.reported, event.noticed_at
            )
        case _:
            return None
    return None if line.amount.is_zero else line


def shown_refund_key(refund_key: str | None) -> str:
    """The key under which both sides know a refund: empty for one that the provider made on its own."""
    return "" if refund_key is None or refund_key.startswith(_THEIR_OWN_REFUND) else refund_key
