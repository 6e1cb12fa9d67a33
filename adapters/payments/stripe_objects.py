"""Reads fields of Stripe's objects strictly. What the objects mean is `stripe_facts`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from adapters.payments.stripe_money import money_of
from domain.errors import DomainError
from domain.money import Money

PROVIDER: Final = "stripe"
Json = Mapping[str, object]

# Printable ASCII without blanks: no NUL, no lone surrogate, nothing that a database or log would refuse.
_IDENTIFIER: Final = re.compile(r"[\x21-\x7e]{1,200}")


class UnreadableStripeObjectError(ValueError):
    """An object that is not of the documented form; the message names the first offending field."""


def part(source: object, field: str) -> Json:
    """The object in `field`."""
    found = source.get(field) if isinstance(source, Mapping) else None
    if not isinstance(found, Mapping):
        raise UnreadableStripeObjectError(field)
    return found


def identifier(source: Json, field: str) -> str:
    """An id, a slug, or the id of an object that may be expanded."""
    value = source.get(field)
    if isinstance(value, Mapping):
        value = value.get("id")
    if not isinstance(value, str) or not _IDENTIFIER.fullmatch(value):
        raise UnreadableStripeObjectError(field)
    return value


def optional(source: Json, field: str) -> str | None:
    """As `identifier`; None for a field that is null or missing."""
    return None if source.get(field) is None else identifier(source, field)


def noted(source: Json, name: str) -> str | None:
    """What we wrote into the object's metadata under `name`."""
    metadata = source.get("metadata")
    return optional(metadata, name) if isinstance(metadata, Mapping) else None


def flag(source: Json, field: str) -> bool:
    """A boolean."""
    value = source.get(field)
    if not isinstance(value, bool):
        raise UnreadableStripeObjectError(field)
    return value


def money(source: Json, field: str) -> Money:
    """The amount in `field`, in the object's currency."""
    amount, currency = source.get(field), source.get("currency")
    if type(amount) is not int or amount < 0:
        raise UnreadableStripeObjectError(field)
    if not isinstance(currency, str):
        raise UnreadableStripeObjectError("currency")
    try:
        return money_of(amount, currency)
    except (DomainError, ValueError) as error:
        raise UnreadableStripeObjectError(field) from error


def moment(source: Json, field: str) -> datetime:
    """A Unix time in seconds, as UTC."""
    value = source.get(field)
    if type(value) is not int:
        raise UnreadableStripeObjectError(field)
    try:
        return datetime.fromtimestamp(value, tz=UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise UnreadableStripeObjectError(field) from error
