"""What a payment provider told us, as immutable facts. Judging them is `domain.payment.outcome`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.money import Money


class FactKind(StrEnum):
    """What happened at the provider."""

    AUTHORISED = "authorised"
    CAPTURED = "captured"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    CHARGED_BACK = "charged_back"


@dataclass(frozen=True, slots=True)
class PaymentFact:
    """One statement of a provider about one attempt.

    `event_id` is the provider's id of the statement, unique per provider; `payment_key` is our key of the
    attempt; `occurred_at` is the provider's clock (UTC); `refund_key` is our key of the refund, for
    refunds only.
    """

    provider: str
    event_id: str
    payment_key: str
    kind: FactKind
    amount: Money
    occurred_at: datetime
    refund_key: str | None = None
