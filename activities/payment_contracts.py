"""What travels between workflows and payment activities. Only ever add optional fields."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.money import Money
from domain.payment.capture import CaptureMode
from domain.payment.facts import PaymentFact


@dataclass(frozen=True, slots=True)
class RequestPayment:
    """Opens an attempt at the provider under its stable key."""

    key: str
    order_id: str
    order_number: str
    amount: Money
    expires_at: datetime
    provider: str = "sandbox"
    capture: CaptureMode = CaptureMode.AUTOMATIC


@dataclass(frozen=True, slots=True)
class PaymentRequestAnswer:
    """Where to pay, or a refusal by the provider."""

    pay_url: str = ""
    provider_ref: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class PaymentKey:
    """Names an attempt to ask for or to close."""

    key: str
    provider: str = "sandbox"


@dataclass(frozen=True, slots=True)
class CapturePayment:
    """Takes authorised money, once."""

    key: str
    amount: Money
    provider: str = "sandbox"


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """Everything that the provider says of an attempt; `refused` is a slug when it said no for good."""

    facts: tuple[PaymentFact, ...] = ()
    refused: str = ""


@dataclass(frozen=True, slots=True)
class RefundPayment:
    """Gives money back, once per key."""

    key: str
    payment_key: str
    amount: Money
    reason: str
    provider: str = "sandbox"


@dataclass(frozen=True, slots=True)
class RefundAnswer:
    """The provider's word; `refused` is a slug when it said no for good."""

    provider_ref: str = ""
    refused: str = ""
