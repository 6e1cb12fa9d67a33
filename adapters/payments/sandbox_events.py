"""Translates events of the sandbox provider into payment facts, strictly. Does not verify signatures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from adapters.strict_json import UnreadableEventError, identifier, instant, refuse
from domain.errors import DomainError
from domain.money import Money
from domain.payment.facts import FactKind, PaymentFact
from domain.ports.payments import ReportLine

PROVIDER: Final = "sandbox"

_KINDS: Final = {
    "payment.authorised": FactKind.AUTHORISED,
    "payment.captured": FactKind.CAPTURED,
    "payment.failed": FactKind.FAILED,
    "payment.cancelled": FactKind.CANCELLED,
    "payment.refunded": FactKind.REFUNDED,
    "payment.charged_back": FactKind.CHARGED_BACK,
}


def fact_of(event: object) -> PaymentFact:
    """The fact that a decoded event states. Unknown extra fields are ignored, unknown types are not.

    Raises `UnreadableEventError`.
    """
    if not isinstance(event, Mapping):
        refuse("event")
    return PaymentFact(
        provider=PROVIDER,
        event_id=identifier(event, "event_id"),
        payment_key=identifier(event, "payment_key"),
        kind=_kind(event),
        amount=_money(event),
        occurred_at=instant(event),
        refund_key=_refund_key(event),
    )


def report_line_of(line: object) -> ReportLine:
    """A line of the provider's report. Raises `UnreadableEventError`."""
    if not isinstance(line, Mapping):
        refuse("line")
    return ReportLine(
        provider=PROVIDER,
        payment_key=identifier(line, "payment_key"),
        kind=_kind(line),
        amount=_money(line),
        occurred_at=instant(line),
        refund_key=_refund_key(line),
    )


def money_of(value: object) -> Money:
    """The money in `{"amount": int, "currency": str}`. Raises `UnreadableEventError`."""
    if not isinstance(value, Mapping):
        refuse("amount")
    return _money(value)


def _kind(source: Mapping[object, object]) -> FactKind:
    kind = _KINDS.get(identifier(source, "type"))
    if kind is None:
        refuse("type")
    return kind


def _refund_key(source: Mapping[object, object]) -> str | None:
    return None if source.get("refund_key") is None else identifier(source, "refund_key")


def _money(source: Mapping[object, object]) -> Money:
    amount, currency = source.get("amount"), source.get("currency")
    if type(amount) is not int or amount < 0:
        refuse("amount")
    if not isinstance(currency, str):
        refuse("currency")
    try:
        return Money(amount, currency)
    except DomainError as error:
        message = "amount"
        raise UnreadableEventError(message) from error
