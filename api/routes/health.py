"""Signs of life. Ready means that orders can be accepted: the database is there. The rest is reported."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.answers import json_answer
from api.dependencies import Probe, services_of
from api.schemas.problems import Health

router = APIRouter(prefix="/health", tags=["health"])
NEEDED = "database"
_PROBE_SECONDS = 2.0


@router.get("/live", responses={200: {"model": Health}}, openapi_extra={"security": []})
async def live() -> Response:
    """This process runs."""
    return json_answer({"status": "alive"})


@router.get(
    "/ready", responses={200: {"model": Health}, 503: {"model": Health}}, openapi_extra={"security": []}
)
async def ready(request: Request) -> Response:
    """Orders can be accepted. Without Temporal they wait; without Valkey everything is a little slower."""
    probes = services_of(request).ports.probes
    words = await asyncio.gather(*(_word(probe) for probe in probes.values()))
    checks = dict(zip(probes, words, strict=True))
    is_ready = checks.get(NEEDED) == "reachable"
    return json_answer(
        {"status": "ready" if is_ready else "not ready", "checks": checks}, 200 if is_ready else 503
    )


async def _word(probe: Probe) -> str:
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            await probe()
    except Exception:  # noqa: BLE001 - whatever a driver raises, the server is not reachable
        return "unreachable"
    return "reachable"
