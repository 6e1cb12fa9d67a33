"""What payment providers and carriers tell us."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access import Scope, needs
from api.answers import json_answer, no_content
from api.dependencies import services_of
from api.documentation import described
from api.json_body import read_body
from api.schemas.shipments import ShipmentEventBody
from workflows.contracts import ShipmentReported

router = APIRouter(prefix="/v1", tags=["callbacks"])
_SIGNED = described(
    answers={204: "Stored. Repeats have no effect."},
    refusals=("callback_rejected", "unknown_provider", "body_too_large"),
)
_SIGNED["openapi_extra"] = {
    "security": [],
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
    "parameters": [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
        for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
    ],
}


@router.post("/payment-callbacks/{provider}", status_code=204, **_SIGNED)
async def take_callback(request: Request, provider: str) -> Response:
    """A signed callback (Standard Webhooks for the sandbox provider), verified over its raw bytes."""
    await services_of(request).callbacks.take(provider, request.headers, await request.body())
    return no_content()


@router.post(
    "/shipments/{shipment_id}/events",
    status_code=202,
    dependencies=[needs(Scope.CALLER, Scope.OPERATOR)],
    **described(
        body=ShipmentEventBody,
        answers={202: "Taken. Repeats have no effect."},
        refusals=("invalid_request", "shipment_not_found", "order_not_started", "order_process_unavailable"),
        example={"event_id": "evt-1", "kind": "handed_over", "occurred_at": "2026-01-31T08:15:00Z"},
    ),
)
async def report_shipment(request: Request, shipment_id: str) -> Response:
    """A carrier's word on a parcel; `event_id` makes a repeat harmless."""
    body = await read_body(request, ShipmentEventBody)
    report = ShipmentReported(body.event_id, shipment_id, body.kind.value, body.occurred_at)
    await services_of(request).commands.report_shipment(shipment_id, report)
    return json_answer({"status": "accepted"}, 202)
