"""What payment providers tell us."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.answers import no_content
from api.dependencies import services_of
from api.documentation import described

router = APIRouter(prefix="/v1", tags=["callbacks"])
# Which provider signs with which headers. All of its own are required.
_SIGNATURES = {
    **dict.fromkeys(("webhook-id", "webhook-timestamp", "webhook-signature"), "the sandbox provider"),
    "stripe-signature": "Stripe",
}
_SIGNED = described(
    answers={204: "Stored. Repeats have no effect."},
    refusals=("callback_rejected", "unknown_provider", "body_too_large", "payment_outcome_unknown"),
)
_SIGNED["openapi_extra"] = {
    "security": [],
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
    "parameters": [
        {"name": name, "in": "header", "description": f"Of {provider}.", "schema": {"type": "string"}}
        for name, provider in _SIGNATURES.items()
    ],
}


@router.post("/payment-callbacks/{provider}", status_code=204, **_SIGNED)
async def take_callback(request: Request, provider: str) -> Response:
    """A signed callback, verified over its raw bytes: Standard Webhooks (sandbox) or Stripe's own scheme."""
    await services_of(request).callbacks.take(provider, request.headers, await request.body())
    return no_content()
