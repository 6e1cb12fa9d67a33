"""The call that scripts what goes wrong at the provider; listing and forgetting are `ops.sandbox`'s."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter

from ops.sandbox import faults
from ops.sandbox.upkeep_routes import Json, told
from ops.sandbox_provider.merchant_routes import ProviderHere
from ops.sandbox_provider.schemas import ProviderFaultIn

router = APIRouter(tags=["faults"])


@router.post("/v1/faults", status_code=201)
async def add_fault(body: ProviderFaultIn, provider: ProviderHere) -> Json:
    """Script a fault; it strikes `times` times."""
    fault = body.scripted()
    await provider.database.run(partial(faults.script, fault=fault))
    return told(fault)
