"""Prices: POST /v1/quotes, GET /v1/quotes/{id}."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access import Scope, needs
from api.answers import json_answer
from api.dependencies import services_of
from api.documentation import described
from api.json_body import read_body
from api.schemas.quotes import QuoteBody, QuoteView
from api.schemas.values import LineBody
from api.views import quote_view
from domain.ports.prices import SnapshotNotFoundError
from domain.pricing.calculate import RequestedLine, calculate
from domain.pricing.snapshot import take_snapshot

router = APIRouter(prefix="/v1/quotes", tags=["prices"], dependencies=[needs(Scope.CALLER)])


@router.post(
    "",
    status_code=201,
    **described(
        body=QuoteBody,
        answers={201: QuoteView},
        refusals=(
            "malformed_json",
            "unsupported_media_type",
            "body_too_large",
            "invalid_request",
            "price_not_found",
        ),
        example={
            "scene": "checkout",
            "currency": "CNY",
            "buyer_id": "buyer-7",
            "lines": [{"sku": "tea-01", "quantity": 2}],
        },
    ),
)
async def make_quote(request: Request) -> Response:
    """Price a basket. The snapshot is durable before its id is given out, and never changes."""
    body = await read_body(request, QuoteBody)
    ports = services_of(request).ports
    page = await ports.price_book.page({line.sku for line in body.lines}, body.currency)
    calculation = calculate(page, requested_lines(body.lines))
    snapshot = take_snapshot(ports.ids.new("snap"), body.scene, body.buyer_id, calculation, ports.clock.now())
    await ports.snapshots.save(snapshot)
    return json_answer(quote_view(snapshot), 201, {"Location": f"/v1/quotes/{snapshot.id}"})


@router.get("/{snapshot_id}", **described(answers={200: QuoteView}, refusals=("snapshot_not_found",)))
async def read_quote(request: Request, snapshot_id: str) -> Response:
    """A price snapshot, as it was given out; expired ones too."""
    snapshot = await services_of(request).ports.snapshots.get(snapshot_id)
    if snapshot is None:
        raise SnapshotNotFoundError
    return json_answer(quote_view(snapshot))


def requested_lines(lines: tuple[LineBody, ...]) -> tuple[RequestedLine, ...]:
    """The lines of a request in the language of the business."""
    return tuple(RequestedLine(line.sku, line.quantity) for line in lines)
