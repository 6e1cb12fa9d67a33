"""Holds of carts: goods and promotion quota for a few minutes, so that nobody else gets them."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter
from pydantic_core import from_json, to_json
from starlette.requests import Request
from starlette.responses import Response

from api.access import Scope, needs
from api.answers import json_answer, no_content
from api.dependencies import services_of
from api.documentation import IDEMPOTENCY_KEY, described
from api.holds import HoldWish, WantedLine, promotion_of
from api.json_body import read_body
from api.schemas.holds import HoldBody, HoldView
from api.schemas.values import instant
from api.views import Json
from domain.ports.intake import StoredAnswer
from domain.ports.stock import Hold

router = APIRouter(prefix="/v1/holds", tags=["prices"], dependencies=[needs(Scope.CALLER)])
_CREATED = 201


@router.post(
    "",
    status_code=_CREATED,
    **described(
        body=HoldBody,
        headers=(IDEMPOTENCY_KEY,),
        answers={_CREATED: HoldView},
        refusals=(
            "idempotency_key_missing",
            "idempotency_key_reused",
            "request_still_running",
            "out_of_stock",
            "promotion_not_found",
            "promotion_not_started",
            "promotion_ended",
            "promotion_sold_out",
            "promotion_limit_reached",
            "promotion_not_for_item",
            "promotion_not_for_buyer",
            "invalid_request",
        ),
        example={
            "buyer_id": "buyer-7",
            "lines": [{"sku": "tea-01", "quantity": 2, "promotion_id": "pro_7"}],
            "minutes": 5,
        },
    ),
)
async def take_hold(request: Request) -> Response:
    """Hold goods, and units of promotions, for at most 5 minutes. An order that names it takes it over."""
    body = await read_body(request, HoldBody)
    wish = HoldWish(
        buyer_id=body.buyer_id,
        lines=tuple(WantedLine(line.sku, line.quantity, line.promotion_id) for line in body.lines),
        time=timedelta(minutes=body.minutes),
        region=body.region or "",
        payment_method=body.payment_method or "",
    )
    services = services_of(request)

    async def take(_key: str) -> StoredAnswer:
        view = hold_view(await services.holds.take(wish))
        return StoredAnswer(_CREATED, to_json(view).decode())

    answer = await services.once.answer(request, body, take)
    if answer.status_code == _CREATED:
        answer.headers["Location"] = _path(from_json(bytes(answer.body))["id"])
    return answer


@router.get("/{hold_id}", **described(answers={200: HoldView}, refusals=("hold_not_found",)))
async def read_hold(request: Request, hold_id: str) -> Response:
    """A cart's hold, and whether it still holds anything."""
    return json_answer(hold_view(await services_of(request).holds.find(hold_id)))


@router.delete(
    "/{hold_id}",
    status_code=204,
    **described(answers={204: "Nothing is held any more."}, refusals=("hold_not_found", "hold_not_active")),
)
async def give_back(request: Request, hold_id: str) -> Response:
    """Give back what a cart holds. Again: the same."""
    await services_of(request).holds.give_back(hold_id)
    return no_content()


def hold_view(hold: Hold) -> Json:
    """A hold as callers see it."""
    return {
        "id": hold.reference,
        "buyer_id": hold.buyer_id,
        "kind": hold.kind.value,
        "status": hold.status.value,
        "lines": [
            {"sku": line.sku, "quantity": line.quantity, "promotion_id": promotion_of(hold, line.sku)}
            for line in hold.lines
        ],
        "expires_at": instant(hold.expires_at),
        "links": {"self": _path(hold.reference)},
    }


def _path(hold_id: str) -> str:
    return f"/v1/holds/{hold_id}"
