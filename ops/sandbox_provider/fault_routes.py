"""The API that a test or a demo calls to make things go wrong, and to see what is still to be sent."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Response

from ops.sandbox_provider import answers, faults, outbox
from ops.sandbox_provider.answers import Json
from ops.sandbox_provider.merchant_routes import ProviderHere
from ops.sandbox_provider.payments import RefusedError
from ops.sandbox_provider.schemas import FaultIn

router = APIRouter(tags=["faults"])


@router.post("/v1/faults", status_code=201)
async def add_fault(body: FaultIn, provider: ProviderHere) -> Json:
    """Script a fault; it strikes `times` times."""
    fault = body.scripted()
    await provider.database.run(partial(faults.script, fault=fault))
    return answers.fault(fault)


@router.get("/v1/faults")
async def list_faults(provider: ProviderHere) -> Json:
    """Every fault that will still strike."""
    found = await provider.database.run(faults.scripted)
    return {"faults": [answers.fault(fault) for fault in found]}


@router.delete("/v1/faults", status_code=204)
async def clear_faults(provider: ProviderHere) -> Response:
    """Forget every scripted fault; what it has already done stays done."""
    await provider.database.run(faults.clear)
    return Response(status_code=204)


@router.get("/v1/callbacks")
async def callbacks(provider: ProviderHere) -> Json:
    """How many callbacks are pending, delivered and given up."""
    return dict(await provider.database.run(outbox.counts))


@router.get("/health")
async def health(provider: ProviderHere) -> Json:
    """200 while the storage answers and callbacks are being sent, else 503."""
    await provider.database.run(lambda connection: connection.execute("SELECT 1").fetchone())
    if not provider.sends:
        raise RefusedError(503, "courier_stopped", "callbacks are not being sent: restart the provider")
    return {"status": "ok"}
