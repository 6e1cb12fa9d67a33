"""What the carrier's people do: a test or a demo plays them here, as the pay page plays the buyer."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Response

from ops.sandbox import faults
from ops.sandbox.upkeep_routes import Json, told
from ops.sandbox_carrier import answers, auto, journal, parcels
from ops.sandbox_carrier.merchant_routes import CarrierHere, ShipmentId
from ops.sandbox_carrier.parcels import Doing
from ops.sandbox_carrier.schemas import CarrierFaultIn, PaceIn

router = APIRouter(prefix="/v1", tags=["people"])


@router.get("/parcels")
async def list_parcels(
    carrier: CarrierHere,
    order_number: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Json:
    """The newest parcels, of one order or of all, oldest first."""
    found = await carrier.database.run(partial(parcels.of_order, order_number=order_number, limit=limit))
    return {"parcels": [answers.parcel(parcel) for parcel in found]}


@router.post("/parcels/{shipment_id}/{doing}")
async def act(shipment_id: ShipmentId, doing: Doing, carrier: CarrierHere) -> Json:
    """Hand over, deliver, lose or return a parcel, and tell its merchant."""
    now = carrier.now()
    done, events = await carrier.happen(
        lambda connection: (
            parcels.act(connection, shipment_id, doing, now),
            journal.events_of(connection, shipment_id),
        )
    )
    return answers.parcel_with_events(done, events)


@router.get("/auto")
async def show_pace(carrier: CarrierHere) -> Json:
    """Whether the carrier works by itself, and how fast."""
    return answers.pace(await carrier.database.run(auto.pace_now))


@router.put("/auto")
async def switch_on(body: PaceIn, carrier: CarrierHere) -> Json:
    """From now on fetch and deliver booked parcels after a while, also those that wait already."""
    pace = body.pace()
    await carrier.set_pace(pace)
    return answers.pace(pace)


@router.delete("/auto", status_code=204)
async def switch_off(carrier: CarrierHere) -> Response:
    """Do only what is asked, as at the beginning."""
    await carrier.set_pace(None)
    return Response(status_code=204)


@router.post("/faults", status_code=201)
async def add_fault(body: CarrierFaultIn, carrier: CarrierHere) -> Json:
    """Script a fault; it strikes `times` times."""
    fault = body.scripted()
    await carrier.database.run(partial(faults.script, fault=fault))
    return told(fault)
