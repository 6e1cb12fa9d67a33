"""Translates events of the sandbox provider into payment facts, strictly. Does not verify signatures."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, NoReturn

from domain.errors import DomainError
from domain.money import Money
from domain.payment.facts import FactKind, PaymentFact

PROVIDER: Final = "sandbox"

_KINDS: Final = {
    "payment.authorised": FactKind.AUTHORISED,
    "payment.captured": FactKind.CAPTURED,
    "payment.failed": FactKind.FAILED,
    "payment.cancelled": FactKind.CANCELLED,
    "payment.refunded": FactKind.REFUNDED,
    "payment.charged_back": FactKind.CHARGED_BACK,
}
# Printable ASCII without blanks: no NUL, no lone surrogate, nothing that a database or log would refuse.
_IDENTIFIER: Final = re.compile(r"[\x21-\x7e]{1,200}")
_RFC3339: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")


class UnreadableEventError(ValueError):
    """An event that is not of the documented form; the message names the first offending field."""


def parse_json(body: bytes) -> object:
    """UTF-8 JSON without floats, NaN, duplicate keys or deep nesting. Raises `UnreadableEventError`."""
    try:
        # Decoded here, because `json.loads` would guess UTF-16 from bytes that were signed as UTF-8.
        text = body.decode("utf-8")
        return json.loads(
            text, parse_float=_refuse_float, parse_constant=_refuse_float, object_pairs_hook=_unique_keys
        )
    except (ValueError, RecursionError) as error:
        message = "not acceptable JSON"
        raise UnreadableEventError(message) from error


def fact_of(event: object) -> PaymentFact:
    """The fact that a decoded event states. Unknown extra fields are ignored, unknown types are not.

    Raises `UnreadableEventError`.
    """
    if not isinstance(event, Mapping):
        _refuse("event")
    kind = _KINDS.get(_identifier(event, "type"))
    if kind is None:
        _refuse("type")
    return PaymentFact(
        provider=PROVIDER,
        event_id=_identifier(event, "event_id"),
        payment_key=_identifier(event, "payment_key"),
        kind=kind,
        amount=_money(event),
        occurred_at=_time(event),
        refund_key=None if event.get("refund_key") is None else _identifier(event, "refund_key"),
    )


def money_of(value: object) -> Money:
    """The money in `{"amount": int, "currency": str}`. Raises `UnreadableEventError`."""
    if not isinstance(value, Mapping):
        _refuse("amount")
    return _money(value)


def _money(source: Mapping[object, object]) -> Money:
    amount, currency = source.get("amount"), source.get("currency")
    if type(amount) is not int or amount < 0:
        _refuse("amount")
    if not isinstance(currency, str):
        _refuse("currency")
    try:
        return Money(amount, currency)
    except DomainError as error:
        message = "amount"
        raise UnreadableEventError(message) from error


def _identifier(source: Mapping[object, object], field: str) -> str:
    value = source.get(field)
    if not isinstance(value, str) or not _IDENTIFIER.fullmatch(value):
        _refuse(field)
    return value


def _time(source: Mapping[object, object]) -> datetime:
    value = source.get("occurred_at")
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        _refuse("occurred_at")
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        message = "occurred_at"
        raise UnreadableEventError(message) from error


def _refuse(field: str) -> NoReturn:
    raise UnreadableEventError(field)


def _refuse_float(_text: str) -> NoReturn:
    message = "amounts are whole minor units"
    raise ValueError(message)


def _unique_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        message = "duplicate key"
        raise ValueError(message)
    return found
