"""The calls that every sandbox service has: its faults, its callbacks, its health."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from ops.sandbox import faults, outbox
from ops.sandbox.faults import Fault
from ops.sandbox.service import RefusedError, SandboxService

Json = dict[str, object]

router = APIRouter(tags=["upkeep"])


def service_of(request: Request) -> SandboxService:
    """The service that serves this request."""
    service = request.app.state.service
    assert isinstance(service, SandboxService)
    return service


ServiceHere = Annotated[SandboxService, Depends(service_of)]


def told(fault: Fault) -> Json:
    """A scripted fault with the strikes that it has left."""
    return {
        "scope": fault.scope,
        "target": fault.target,
        "fault": fault.kind,
        "remaining": fault.remaining,
        "operation": fault.operation,
        "number": fault.number,
    }


@router.get("/v1/faults")
async def list_faults(service: ServiceHere) -> Json:
    """Every fault that will still strike."""
    found = await service.database.run(faults.scripted)
    return {"faults": [told(fault) for fault in found]}


@router.delete("/v1/faults", status_code=204)
async def clear_faults(service: ServiceHere) -> Response:
    """Forget every scripted fault; what it has already done stays done."""
    await service.database.run(faults.clear)
    return Response(status_code=204)


@router.get("/v1/callbacks")
async def callbacks(service: ServiceHere) -> Json:
    """How many callbacks are pending, delivered and given up."""
    return dict(await service.database.run(outbox.counts))


@router.get("/health")
async def health(service: ServiceHere) -> Json:
    """200 while the storage answers and callbacks are being sent, else 503."""
    await service.database.run(lambda connection: connection.execute("SELECT 1").fetchone())
    if not service.sends:
        raise RefusedError(503, "courier_stopped", "callbacks are not being sent: restart the service")
    return {"status": "ok"}
