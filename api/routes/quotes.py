"""Quotes: prices that can be ordered by, what-ifs, and the picture of a price."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from activities.price_desk import Ask
from api.access import Scope, needs, require
from api.answers import json_answer
from api.asking import ask_of, draft_of
from api.dependencies import services_of
from api.documentation import IF_NONE_MATCH, described
from api.json_body import read_body
from api.pricing.views import estimate_view, quote_path, quote_view
from api.pricing.waterfall import PictureFormat
from api.schemas.quotes import QuoteBody, QuoteView
from domain.ports.prices import SnapshotNotFoundError

router = APIRouter(prefix="/v1/quotes", tags=["prices"])
PRICED = (
    "malformed_json",
    "unsupported_media_type",
    "body_too_large",
    "invalid_request",
    "price_not_found",
    "service_not_found",
    "hold_not_found",
    "prices_temporarily_unavailable",
)
_TRIED = ("unknown_promotion_kind", "wrong_scope", "merchant_not_found")
# A snapshot never changes, and neither does its picture.
_FOR_EVER = "private, max-age=31536000, immutable"


@router.post(
    "",
    status_code=201,
    dependencies=[needs(Scope.CALLER, Scope.MERCHANT, Scope.OPERATOR)],
    **described(
        body=QuoteBody,
        answers={201: QuoteView, 200: QuoteView},
        refusals=(*PRICED, *_TRIED),
        example={
            "scene": "checkout",
            "currency": "CNY",
            "buyer_id": "buyer-7",
            "lines": [{"sku": "tea-01", "quantity": 2}],
            "payment_method": "card",
            "voucher_code": "SPRING-100",
            "points": 500,
            "services": ["insurance"],
        },
    ),
)
async def make_quote(request: Request) -> Response:
    """Price a basket. The snapshot is durable before its id is given out, and never changes.

    With `at` or `draft_promotion` the answer is 200, what the price would be: without an id, and nobody can
    order by it. Drafts are for merchants and operators.
    """
    body = await read_body(request, QuoteBody)
    ask, draft = ask_of(body, body.scene), draft_of(request, body)
    services = services_of(request)
    if body.at is None and draft is None:
        require(request, Scope.CALLER)
        return await quoted(request, ask)
    at = body.at or services.ports.clock.now()
    return json_answer(estimate_view(ask, await services.desk.estimate(ask, at, draft), at))


@router.get(
    "/{snapshot_id}",
    dependencies=[needs(Scope.CALLER, Scope.FINANCE)],
    **described(answers={200: QuoteView}, refusals=("snapshot_not_found",)),
)
async def read_quote(request: Request, snapshot_id: str) -> Response:
    """A price snapshot, as it was given out; expired ones too. Only the warnings depend on the time."""
    ports = services_of(request).ports
    snapshot = await ports.snapshots.get(snapshot_id)
    if snapshot is None:
        raise SnapshotNotFoundError
    return json_answer(quote_view(snapshot, ports.clock.now()))


def _pictured(media_type: str) -> dict[str, Any]:
    said = described(
        headers=(IF_NONE_MATCH,),
        answers={200: "The picture.", 304: "Not changed."},
        refusals=("snapshot_not_found", "picture_unavailable"),
    )
    said["responses"][200]["content"] = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    return said


@router.get(
    "/{snapshot_id}/waterfall.svg",
    dependencies=[needs(Scope.CALLER, Scope.FINANCE)],
    **_pictured("image/svg+xml"),
)
async def draw_svg(request: Request, snapshot_id: str) -> Response:
    """How the price of a snapshot comes about, as a picture that scales."""
    return await _picture(request, snapshot_id, PictureFormat.SVG)


@router.get(
    "/{snapshot_id}/waterfall.png",
    dependencies=[needs(Scope.CALLER, Scope.FINANCE)],
    **_pictured("image/png"),
)
async def draw_png(request: Request, snapshot_id: str) -> Response:
    """How the price of a snapshot comes about, as a picture of dots."""
    return await _picture(request, snapshot_id, PictureFormat.PNG)


async def quoted(request: Request, ask: Ask) -> Response:
    """Make a quote and answer with it."""
    services = services_of(request)
    now = services.ports.clock.now()
    snapshot = await services.desk.quote(ask, now)
    return json_answer(quote_view(snapshot, now), 201, {"Location": quote_path(snapshot.id)})


async def _picture(request: Request, snapshot_id: str, picture: PictureFormat) -> Response:
    services = services_of(request)
    snapshot = await services.ports.snapshots.get(snapshot_id)
    if snapshot is None:
        raise SnapshotNotFoundError
    tag = f'"{snapshot_id}.{picture.value}"'
    headers = {"ETag": tag, "Cache-Control": _FOR_EVER}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    drawn = await services.painter.paint(snapshot.breakdown, picture)
    return Response(drawn, 200, headers, picture.media_type)
