"""The one table from business slugs to HTTP answers, and the problem documents it makes (RFC 9457).

Knows no framework, so that gRPC and messages can share it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from pydantic_core import to_json

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
class Rule:
    """How a slug is answered. `detail` says what to change; `retry_after` is in seconds."""

    status: int
    title: str
    detail: str
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field; `pointer` is a JSON pointer (RFC 6901) into the body, or a name."""

    pointer: str
    detail: str


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        # The request itself.
        "malformed_json": Rule(
            400, "Not acceptable JSON", "Send one UTF-8 JSON document without duplicate keys."
        ),
        "idempotency_key_missing": Rule(
            400,
            "Idempotency-Key is missing",
            "Send the header Idempotency-Key: 1 to 255 printable ASCII characters.",
        ),
        "invalid_request": Rule(
            422, "The request breaks a rule", "Correct the fields in errors and send it again."
        ),
        "unauthorised": Rule(401, "No valid credential", "Send Authorization: Bearer with a valid API key."),
        "not_found": Rule(404, "Nothing here", "Check the address; /docs lists all calls."),
        "method_not_allowed": Rule(405, "Method not allowed", "Use a method that the header Allow names."),
        "body_too_slow": Rule(408, "The body did not arrive in time", "Send the whole body at once."),
        "body_too_large": Rule(
            413, "The body is too large", "Send at most 256 KiB; callbacks at most 64 KiB."
        ),
        "unsupported_media_type": Rule(415, "Unsupported media type", "Send Content-Type: application/json."),
        "too_many_requests": Rule(429, "Too many calls", "Wait as Retry-After says.", 1),
        "internal_error": Rule(
            500, "Something broke here", "Nothing to change; quote request_id when you ask us."
        ),
        "dependency_unavailable": Rule(503, "A dependency is down", "Send the same request again later.", 2),
        # Prices.
        "snapshot_not_found": Rule(404, "No such price snapshot", "Ask for a quote for this buyer first."),
        "snapshot_mismatch": Rule(
            422, "The snapshot prices other lines", "Order exactly the lines that were quoted."
        ),
        "snapshot_already_used": Rule(409, "The snapshot was used", "Ask for a new quote for a new order."),
        "price_not_found": Rule(422, "Not on sale", "These SKUs have no price in this currency."),
        "service_not_found": Rule(422, "No such service", "Ask for services that this currency offers."),
        "prices_temporarily_unavailable": Rule(
            503, "Prices cannot be told now", "Send the same request again later.", 2
        ),
        "not_a_final_price": Rule(
            422, "Not a price to order by", "Ask for a new quote; this one was made without promotions."
        ),
        "picture_unavailable": Rule(503, "The picture cannot be drawn now", "Ask for it again later.", 2),
        "item_not_found": Rule(404, "No such item", "Put the item into the catalogue first."),
        # Promotions, vouchers, points, and what a cart holds of them.
        "unknown_promotion_kind": Rule(422, "No such kind of promotion", "Use a kind that is documented."),
        "promotion_not_found": Rule(404, "No such promotion", "Check the id."),
        "promotion_not_started": Rule(409, "The promotion has not started", "Wait until starts_at."),
        "promotion_ended": Rule(409, "The promotion has ended", "Ask for a quote without it."),
        "promotion_not_for_item": Rule(
            422, "The promotion does not cover the item", "Name a promotion whose skus include it."
        ),
        "promotion_not_for_buyer": Rule(
            422, "The promotion is not for this buyer", "Name a promotion that the buyer qualifies for."
        ),
        "promotion_sold_out": Rule(409, "The promotion is sold out", "Take at most what shortages say."),
        "promotion_limit_reached": Rule(
            409, "The buyer's limit is reached", "Take at most what shortages say."
        ),
        "voucher_used_up": Rule(409, "The voucher is used up", "Ask for a quote without it."),
        "not_enough_points": Rule(409, "Not enough points", "Ask for a quote with fewer points."),
        "hold_not_found": Rule(404, "No such hold", "Check the id; it must be the buyer's own."),
        "hold_not_active": Rule(
            409, "The hold cannot be given back", "An order took it over; cancel the order instead."
        ),
        "price_cannot_be_negative": Rule(422, "A price cannot be negative", "Send an amount of 0 or more."),
        "mixed_currencies": Rule(422, "Two currencies in one order", "Use one currency for each order."),
        "currency_mismatch": Rule(422, "Two currencies in one sum", "Use one currency."),
        "invalid_currency": Rule(422, "Unknown currency", "Use an ISO 4217 code such as CNY."),
        "amount_out_of_range": Rule(422, "The amount is too large", "Sums must fit 64 bits of minor units."),
        "invalid_value": Rule(422, "A value breaks a rule", "Correct the value that field names."),
        # Orders.
        "address_required": Rule(
            422, "An address is needed", "Send address: a line of this order is physical."
        ),
        "shipment_not_found": Rule(404, "No such shipment", "Check the id."),
        "order_not_found": Rule(404, "No such order", "Check the id."),
        "order_has_no_lines": Rule(422, "An order needs a line", "Send at least one line."),
        "order_not_started": Rule(
            409, "The order has not started yet", "It is accepted; wait and send again.", 1
        ),
        "out_of_stock": Rule(409, "Not enough in stock", "Order at most what is available."),
        "invalid_state_transition": Rule(
            409, "The order's state does not allow this", "Look at its allowed_actions."
        ),
        "order_already_ended": Rule(409, "The order has ended", "Look at its status."),
        "idempotency_key_reused": Rule(
            422, "The key came with another request", "Use a new Idempotency-Key for a new request."
        ),
        "request_still_running": Rule(
            409, "The first request with this key is running", "Wait and send the same request again.", 1
        ),
        # Money.
        "payment_not_possible": Rule(
            409, "No payment is possible now", "Look at the order's payment_status."
        ),
        "refund_exceeds_captured": Rule(422, "More than was captured", "Refund at most what was captured."),
        "callback_rejected": Rule(
            401, "The callback is not authentic", "Sign the raw body; send it within 5 minutes."
        ),
        "unknown_provider": Rule(404, "No such payment provider", "Check the address."),
        "payment_outcome_unknown": Rule(
            503, "The provider did not answer", "Send the same request again later.", 2
        ),
        "payment_refused_by_provider": Rule(409, "The provider refused", "Try another way to pay."),
        # Review.
        "proposal_not_found": Rule(404, "No such proposal", "Check the id."),
        "only_draft_can_be_edited": Rule(
            409, "Only draft pricing can be edited", "Withdraw it and propose again."
        ),
        "only_draft_can_be_submitted": Rule(
            409, "Only draft pricing can be submitted for review", "Look at its status."
        ),
        "only_pending_can_be_reviewed": Rule(
            409, "Only pending pricing can be approved or rejected", "Look at its status."
        ),
        "only_approved_can_be_activated": Rule(
            409, "Only approved pricing can be activated", "Have it approved first."
        ),
        "only_open_can_be_withdrawn": Rule(
            409, "Only undecided pricing can be withdrawn", "Look at its status."
        ),
        "submitter_cannot_approve": Rule(
            403, "Who wrote or submitted it cannot approve it", "Have somebody else look at it."
        ),
        "promotion_type_exists": Rule(
            409, "Promotion type already exists", "Choose other goods or another time than proposal_id has."
        ),
        "proposal_outdated": Rule(409, "Its time is over", "Propose it for a time to come."),
        "proposal_changed": Rule(412, "It is another version now", "Read it again and decide on that."),
        "precondition_required": Rule(428, "If-Match is missing", "Send If-Match with the ETag."),
        # Access.
        "wrong_scope": Rule(403, "The key is not for this", "Use a key with one of the scopes in needed."),
        "merchant_not_found": Rule(
            404, "No such merchant", "Check the id; a merchant's key reaches its own."
        ),
        # Temporal.
        "order_process_unavailable": Rule(
            503, "Orders cannot be reached now", "Send the same request again later.", 2
        ),
    }
)

# Slugs that no caller can cause: meeting one is a bug of ours or a race that we retry, so they answer 500.
INTERNAL = frozenset(
    {"domain_error", "version_conflict", "command_key_reused", "illegal_event", "payment_amount_mismatch"}
    | {
        "unknown_event_type",
        "unknown_payment_attempt",
        "checkpoint_moved",
        "rebuild_running",
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
