"""What Stripe's objects say about an attempt, as payment facts. Asks nobody.

A fact's event id comes from the object that it is about and never from the webhook's event, so that asking
and being told give one and the same fact.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from adapters.payments.stripe_objects import (
    PROVIDER,
    Json,
    flag,
    identifier,
    moment,
    money,
    noted,
    part,
)
from domain.payment.facts import FactKind, PaymentFact

PAYMENT_KEY: Final = "payment_key"
REFUND_KEY: Final = "refund_key"

# An inquiry, or a dispute that was settled before any money moved.
_HARMLESS: Final = ("warning_", "prevented")
# Stripe also books what a smaller capture lets go as a refund (`partial_capture_reversal`): no money came.
_GIVEN_BACK: Final = "refund"


def facts_of(
    key: str, intent: Json, refunds: Iterable[Json], disputes: Iterable[Json]
) -> tuple[PaymentFact, ...]:
    """Everything about one attempt, oldest first.

    `intent` has its latest charge and that charge's balance transaction expanded; so have `refunds` theirs.
    Raises `UnreadableStripeObjectError`.
    """
    facts = [] if intent.get("latest_charge") is None else _of_charge(key, part(intent, "latest_charge"))
    if identifier(intent, "status") == "canceled":
        facts.append(cancelled(key, intent))
    facts += [refunded(key, refund) for refund in refunds if gave_back(refund)]
    facts += [charged_back(key, dispute) for dispute in disputes if took_back(dispute)]
    return tuple(sorted(facts, key=lambda fact: (fact.occurred_at, list(FactKind).index(fact.kind))))


def _of_charge(key: str, charge: Json) -> list[PaymentFact]:
    match identifier(charge, "status"):
        case "failed":
            return [failed(key, charge)]
        case "succeeded" if flag(charge, "captured"):
            return [authorised(key, charge), _captured(key, charge)]
        case "succeeded":
            return [authorised(key, charge)]
        case _:
            return []


def authorised(key: str, charge: Json) -> PaymentFact:
    """The bank said yes."""
    return _fact(key, FactKind.AUTHORISED, identifier(charge, "id"), charge)


def failed(key: str, charge: Json) -> PaymentFact:
    """The bank said no."""
    return _fact(key, FactKind.FAILED, identifier(charge, "id"), charge)


def _captured(key: str, charge: Json) -> PaymentFact:
    # The charge has no time of its capture; its balance transaction was booked then.
    booked = charge.get("balance_transaction")
    at = moment(part(charge, "balance_transaction"), "created") if isinstance(booked, dict) else None
    return PaymentFact(
        PROVIDER,
        captured_id(identifier(charge, "id")),
        key,
        FactKind.CAPTURED,
        money(charge, "amount_captured"),
        at or moment(charge, "created"),
    )


def captured_id(charge_id: str) -> str:
    """The event id of a charge's capture."""
    return f"{charge_id}:{FactKind.CAPTURED.value}"


def cancelled(key: str, intent: Json) -> PaymentFact:
    """Closed by us, or its authorisation ended."""
    event_id = f"{identifier(intent, 'id')}:{FactKind.CANCELLED.value}"
    return PaymentFact(
        PROVIDER, event_id, key, FactKind.CANCELLED, money(intent, "amount"), moment(intent, "canceled_at")
    )


def refunded(key: str, refund: Json) -> PaymentFact:
    """Money went back: ours has a refund key, what was begun at Stripe has none."""
    return _fact(key, FactKind.REFUNDED, identifier(refund, "id"), refund, noted(refund, REFUND_KEY))


def charged_back(key: str, dispute: Json) -> PaymentFact:
    """The buyer's bank took the money: when it was booked, as an inquiry may be days older."""
    booked = dispute.get("balance_transactions")
    first = booked[0] if isinstance(booked, list) and booked else dispute
    return replace(
        _fact(key, FactKind.CHARGED_BACK, identifier(dispute, "id"), dispute),
        occurred_at=moment(first, "created"),
    )


def gave_back(refund: Json) -> bool:
    """True for a refund that is through. One without our key counts only when its booking says so."""
    if identifier(refund, "status") != "succeeded":
        return False
    if noted(refund, REFUND_KEY) is not None:
        return True
    booked = refund.get("balance_transaction")
    return isinstance(booked, dict) and booked.get("reporting_category") == _GIVEN_BACK


def took_back(dispute: Json) -> bool:
    """True for a dispute that moved money, also when it was won later: a person settles that."""
    return not identifier(dispute, "status").startswith(_HARMLESS)


def _fact(
    key: str, kind: FactKind, object_id: str, source: Json, refund_key: str | None = None
) -> PaymentFact:
    return PaymentFact(
        PROVIDER,
        f"{object_id}:{kind.value}",
        key,
        kind,
        money(source, "amount"),
        moment(source, "created"),
        refund_key,
    )
