"""The one table from business slugs to HTTP answers, and the problem documents it makes (RFC 9457).

Knows no framework, so that gRPC and messages can share it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from pydantic_core import to_json

from api.refusals.after_sale import AFTER_SALE
from api.refusals.messages import MESSAGES
from api.refusals.money import MONEY
from api.refusals.orders import ORDERS
from api.refusals.prices import PRICES
from api.refusals.requests import REQUESTS
from api.refusals.review import REVIEW
from api.refusals.rule import Rule
from api.refusals.settlement import SETTLEMENT
from api.schemas.values import instant
from domain.errors import DomainError
from domain.money import Money
from domain.stock.allowance import AllowanceKind
from domain.stock.hold import Shortage

PROBLEM_TYPE = "application/problem+json"
_RESERVED = frozenset({"type", "title", "status", "detail", "code", "request_id", "errors"})
# Under which name a shortage says of what there is too little; points are those of the one who asked.
_SUBJECTS = {
    AllowanceKind.PROMOTION: "promotion_id",
    AllowanceKind.PROMOTION_BUYER: "promotion_id",
    AllowanceKind.VOUCHER: "voucher_code",
    AllowanceKind.VOUCHER_BUYER: "voucher_code",
}


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field; `pointer` is a JSON pointer (RFC 6901) into the body, or a name."""

    pointer: str
    detail: str


# Each topic has its own part in `api.refusals`; no slug stands in two of them.
RULES: Mapping[str, Rule] = MappingProxyType(
    {**REQUESTS, **PRICES, **ORDERS, **MONEY, **AFTER_SALE, **REVIEW, **SETTLEMENT, **MESSAGES}
)

# Slugs that no caller can cause: meeting one is a bug of ours or a race that we retry, so they answer 500.
INTERNAL = frozenset(
    {"domain_error", "version_conflict", "command_key_reused", "illegal_event"}
    | {
        "unknown_event_type",
        "unknown_payment_attempt",
        "checkpoint_moved",
        "rebuild_running",
        "shipment_unknown",
        "no_destination",
        "order_process_unknown",
        "not_on_shelves",
        "broker_unavailable",
        "message_refused",
        "no_topic",
        "unreadable_message",
        "unsendable_event",
        "shard_taken",
        "effect_failed",
        "unheard_order",
        "commands_must_wait",
        "unfit_for_message",
    }
)


def rule_of(code: str) -> Rule:
    """The rule of a slug; an internal or unknown one is our fault."""
    return RULES.get(code, RULES["internal_error"])


def problem(
    code: str, request_id: str, facts: Mapping[str, object] | None = None, errors: Iterable[FieldError] = ()
) -> bytes:
    """The problem document of a slug as JSON bytes. `facts` become members of their own."""
    shown = code if code in RULES else "internal_error"
    rule = RULES[shown]
    document: dict[str, object] = {
        "type": f"urn:orderkeep:problem:{shown}",
        "title": rule.title,
        "status": rule.status,
        "detail": rule.detail,
        "code": shown,
        "request_id": request_id,
    }
    listed = [{"pointer": error.pointer, "detail": error.detail} for error in errors]
    if listed:
        document["errors"] = listed
    if shown == code:
        document |= {name: plain(value) for name, value in (facts or {}).items() if name not in _RESERVED}
    return to_json(document)


def problem_of(error: DomainError, request_id: str) -> bytes:
    """The problem document of a broken business rule."""
    return problem(error.code, request_id, error.facts)


def plain(value: object) -> object:
    """A fact as JSON."""
    match value:
        case None | bool() | int() | str():
            return value
        case Money():
            return {"amount": value.amount, "currency": value.currency}
        case Shortage():
            return _shortage(value)
        case datetime():
            return instant(value)
        case list() | tuple() | frozenset() | set():
            return [plain(item) for item in value]
        case _:
            return str(value)


def _shortage(short: Shortage) -> dict[str, object]:
    named: dict[str, object] = {}
    if short.allowance is not None:
        kind = short.allowance.kind
        named["allowance"] = kind.value
        if kind in _SUBJECTS:
            named[_SUBJECTS[kind]] = short.allowance.subject
    if short.sku:
        named["sku"] = short.sku
    return {**named, "wanted": short.wanted, "available": short.available}
