"""What carriers, and people in their place, report of shipments."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access import Scope, actor_of, needs
from api.answers import json_answer, no_content
from api.dependencies import services_of
from api.documentation import described
from api.json_body import read_body
from api.order.reach import must_sell
from api.schemas.shipments import ShipmentEventBody
from workflows.contracts import ShipmentReported

router = APIRouter(prefix="/v1", tags=["callbacks"])
_SIGNED = described(
    answers={204: "Taken. Repeats have no effect."},
    refusals=(
        "carrier_callback_rejected",
        "unknown_carrier",
        "shipment_not_found",
        "body_too_large",
        "order_process_unavailable",
    ),
)
_SIGNED["openapi_extra"] = {
    "security": [],
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
    "parameters": [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
        for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
    ],
}


@router.post("/carrier-callbacks/{carrier}", status_code=204, **_SIGNED)
async def take_carrier_callback(request: Request, carrier: str) -> Response:
    """A signed callback (Standard Webhooks for the sandbox carrier), verified over its raw bytes.

    503 means that the order cannot be told now: send it again.
    """
    await services_of(request).carriers.take(carrier, request.headers, await request.body())
    return no_content()


@router.post(
    "/shipments/{shipment_id}/events",
    status_code=202,
    dependencies=[needs(Scope.CALLER, Scope.MERCHANT, Scope.OPERATOR)],
    **described(
        body=ShipmentEventBody,
        answers={202: "Taken. Repeats have no effect."},
        refusals=(
            "wrong_scope",
            "invalid_request",
            "shipment_not_found",
            "merchant_not_found",
            "order_not_started",
            "order_process_unavailable",
        ),
        example={"event_id": "evt-1", "kind": "handed_over", "occurred_at": "2026-01-31T08:15:00Z"},
    ),
)
async def report_shipment(request: Request, shipment_id: str) -> Response:
    """A carrier's word on a shipment, or on all of an order; `event_id` makes a repeat harmless."""
    body = await read_body(request, ShipmentEventBody)
    fulfilment = services_of(request).fulfilment
    order, lines = await fulfilment.shipped(shipment_id)
    must_sell(request, order, lines)
    report = ShipmentReported(
        body.event_id, shipment_id, body.kind.value, body.occurred_at, actor_of(request)
    )
    await fulfilment.report(order.id, report)
    return json_answer({"status": "accepted"}, 202)
