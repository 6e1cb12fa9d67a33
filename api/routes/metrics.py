"""What Prometheus scrapes. Open without keys; with keys it takes one of scope ops."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access import Scope, needs
from api.dependencies import services_of
from api.documentation import described
from api.pricing.figures import last_hour, prometheus_text

router = APIRouter(tags=["health"])
_TEXT = "text/plain; version=0.0.4; charset=utf-8"
_DESCRIBED = described(answers={200: "Metrics in Prometheus' text format."}, refusals=("wrong_scope",))
_DESCRIBED["responses"][200]["content"] = {"text/plain": {"schema": {"type": "string"}}}


@router.get(
    "/metrics",
    dependencies=[needs(Scope.OPS)],
    **_DESCRIBED,
)
async def read_metrics(request: Request) -> Response:
    """Gauges of this process and of the last hour of price checks."""
    services = services_of(request)
    figures = await last_hour(services.ports.price_checks, services.ports.clock)
    text = prometheus_text(figures, request.app.version, services.background.running)
    return Response(text, media_type=_TEXT)
