"""Reads a webhook of Stripe: verify first, translate second. Stores nothing, asks nobody."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NoReturn

from stripe import SignatureVerificationError, WebhookSignature

from adapters.payments.stripe_facts import (
    PAYMENT_KEY,
    REFUND_KEY,
    authorised,
    cancelled,
    captured_id,
    failed,
    refunded,
)
from adapters.payments.stripe_objects import (
    PROVIDER,
    Json,
    UnreadableStripeObjectError,
    identifier,
    moment,
    money,
    noted,
    optional,
    part,
)
from adapters.signature import LARGEST_BODY, RejectionReason
from domain.payment.facts import FactKind, PaymentFact
from domain.ports.payments import CallbackRejectedError, PaymentHint

TOLERANCE: Final = timedelta(minutes=5)
"""How far `t` may be from now, either way; Stripe's libraries take the same and look back only."""

HEADER: Final = "stripe-signature"
_LONGEST_HEADER: Final = 2_048
_LONGEST_TIMESTAMP: Final = 12
_BY_OBJECT: Final[Mapping[str, Callable[[str, Json], PaymentFact]]] = {
    "charge.succeeded": authorised,
    "charge.failed": failed,
    "payment_intent.canceled": cancelled,
}
_REFUNDS: Final = frozenset({"refund.created", "refund.updated", "charge.refund.updated"})
_DISPUTES: Final = "charge.dispute."

EVENTS: Final = (
    *_BY_OBJECT,
    "payment_intent.succeeded",
    "refund.created",
    "refund.updated",
    "charge.dispute.created",
    "charge.dispute.funds_withdrawn",
)
"""What the webhook endpoint is to be subscribed to. Everything else is taken and ignored."""


class StripeCallbackReader:
    """Turns raw webhook bytes into what is known to come from Stripe."""

    def __init__(self, secrets: Sequence[str]) -> None:
        """`secrets`: one, or two while the secret is being rolled. Raises `ValueError` when there is none."""
        if not secrets or not all(secrets):
            message = "a webhook secret is required"
            raise ValueError(message)
        self._secrets = tuple(secrets)

    def read(
        self, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> PaymentFact | PaymentHint | None:
        """What `body` says. Raises `CallbackRejectedError` whose fact `reason` is a `RejectionReason`."""
        self._verify(headers, body, now)
        try:
            return _said(_parsed(body))
        except UnreadableStripeObjectError as error:
            raise CallbackRejectedError(reason=RejectionReason.MALFORMED, field=str(error)) from error

    def _verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        if len(body) > LARGEST_BODY:
            raise CallbackRejectedError(reason=RejectionReason.TOO_LARGE)
        header = {name.lower(): value for name, value in headers.items()}.get(HEADER, "")
        if not header.isascii() or len(header) > _LONGEST_HEADER:
            raise CallbackRejectedError(reason=RejectionReason.SIGNATURE)
        signed_at = _timestamp(header)
        # Each secret is tried: the time taken says nothing about which one was close.
        if not any([_matches(body, header, secret) for secret in self._secrets]):  # noqa: C419 - all of them
            raise CallbackRejectedError(reason=RejectionReason.SIGNATURE)
        if abs(now - signed_at) > TOLERANCE:
            raise CallbackRejectedError(reason=RejectionReason.TIMESTAMP)


def _matches(body: bytes, header: str, secret: str) -> bool:
    try:
        # Without its tolerance, which would read the machine's clock instead of the time that is given.
        WebhookSignature.verify_header(body, header, secret, tolerance=None)
    except (SignatureVerificationError, UnicodeDecodeError):
        return False
    return True


def _timestamp(header: str) -> datetime:
    stamps = [item[2:] for item in header.split(",") if item.startswith("t=")]
    # One stamp of plain digits: the library would also take "1_0", or the first of two.
    if len(stamps) != 1 or not stamps[0].isdigit() or len(stamps[0]) > _LONGEST_TIMESTAMP:
        raise CallbackRejectedError(reason=RejectionReason.SIGNATURE)
    try:
        return datetime.fromtimestamp(int(stamps[0]), tz=UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise CallbackRejectedError(reason=RejectionReason.TIMESTAMP) from error


def _parsed(body: bytes) -> Json:
    try:
        event = json.loads(body.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        message = "not acceptable JSON"
        raise UnreadableStripeObjectError(message) from error
    if not isinstance(event, dict):
        message = "event"
        raise UnreadableStripeObjectError(message)
    return event


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _said(event: Json) -> PaymentFact | PaymentHint | None:
    kind = identifier(event, "type")
    if kind.startswith(_DISPUTES):
        return _hint(_object(event))
    if kind in _REFUNDS:
        return _of_refund(_object(event))
    if kind != "payment_intent.succeeded" and kind not in _BY_OBJECT:
        return None
    source = _object(event)
    key = noted(source, PAYMENT_KEY)
    if key is None:
        return None  # somebody else's payment in the same account
    return _BY_OBJECT[kind](key, source) if kind in _BY_OBJECT else _captured(key, source, event)


def _captured(key: str, intent: Json, event: Json) -> PaymentFact:
    event_id = captured_id(identifier(intent, "latest_charge"))
    amount, at = money(intent, "amount_received"), moment(event, "created")
    return PaymentFact(PROVIDER, event_id, key, FactKind.CAPTURED, amount, at)


def _of_refund(refund: Json) -> PaymentFact | PaymentHint | None:
    key = noted(refund, PAYMENT_KEY)
    if key is None or noted(refund, REFUND_KEY) is None:
        return _hint(refund)
    return refunded(key, refund) if identifier(refund, "status") == "succeeded" else None


def _hint(source: Json) -> PaymentHint | None:
    """Refunds and disputes that began at Stripe name the payment by Stripe's id only."""
    intent = optional(source, "payment_intent")
    return None if intent is None else PaymentHint(PROVIDER, intent)


def _object(event: Json) -> Json:
    return part(part(event, "data"), "object")
