"""Requests for prices in the language of the business. Translation only."""

from __future__ import annotations

from starlette.requests import Request

from activities.price_desk import Ask
from api.access import Scope, must_own, require
from api.documents import read_document
from api.errors import FieldError
from api.json_body import InvalidRequestError
from api.schemas.quotes import QuoteBody, WishesBody
from api.schemas.values import LineBody
from domain.pricing.documents import promotion_from
from domain.pricing.promotion import Promotion
from domain.pricing.request import RequestedLine, Scene, Wishes

_DRAFT = "draft"


def ask_of(body: WishesBody, scene: Scene) -> Ask:
    """What is asked for. Raises `InvalidValueError` for a service or a hold that is named twice."""
    wishes = Wishes(
        region=body.region or "",
        payment_method=body.payment_method or "",
        voucher_code=body.voucher_code or "",
        points=body.points,
        services=body.services,
        hold_ids=body.hold_ids,
    )
    return Ask(scene, body.currency, requested_lines(body.lines), body.buyer_id, wishes)


def requested_lines(lines: tuple[LineBody, ...]) -> tuple[RequestedLine, ...]:
    """The lines of a request."""
    return tuple(RequestedLine(line.sku, line.quantity) for line in lines)


def draft_of(request: Request, body: QuoteBody) -> Promotion | None:
    """The promotion that a what-if tries out; merchants try out their own, operators any.

    Raises `WrongScopeError`, `MerchantNotFoundError`, `UnknownPromotionKindError`, `InvalidRequestError`.
    """
    if body.draft_promotion is None:
        return None
    require(request, Scope.MERCHANT, Scope.OPERATOR)
    draft = read_document(promotion_from, {"id": _DRAFT, **body.draft_promotion}, "/draft_promotion")
    must_own(request, draft.merchant_id or "")
    if draft.currency != body.currency:
        rule = "the currency of the quote"
        raise InvalidRequestError((FieldError("/draft_promotion/currency", rule),))
    return draft
