"""The API that a merchant calls: booking, recalling, sending elsewhere, asking. Rules are in `parcels`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Request

from ops.sandbox.service import RefusedError
from ops.sandbox.upkeep_routes import Json
from ops.sandbox.values import KEY_PATTERN
from ops.sandbox_carrier import answers, journal, parcels
from ops.sandbox_carrier.schemas import NewAddressIn, ParcelIn
from ops.sandbox_carrier.service import CarrierService
from ops.sandbox_carrier.words import Operation

router = APIRouter(prefix="/v1/parcels", tags=["merchant"])


def carrier_of(request: Request) -> CarrierService:
    """The carrier that serves this request."""
    carrier = request.app.state.service
    assert isinstance(carrier, CarrierService)
    return carrier


CarrierHere = Annotated[CarrierService, Depends(carrier_of)]
ShipmentId = Annotated[str, Path(pattern=KEY_PATTERN)]
IdempotencyKey = Annotated[str, Header(alias="Idempotency-Key")]


@router.post("")
async def book(body: ParcelIn, key: IdempotencyKey, carrier: CarrierHere) -> Json:
    """Book a parcel, once per shipment."""
    _same(key, body.shipment_id)
    booking = body.booking()
    made = await carrier.merchant_call(
        Operation.BOOK,
        body.shipment_id,
        lambda connection, now: parcels.book(connection, booking, now),
        order_number=body.order_number,
    )
    return answers.parcel(made)


@router.get("/{shipment_id}")
async def track(shipment_id: ShipmentId, carrier: CarrierHere) -> Json:
    """All that is known of a parcel: its state and every event."""
    found, events = await carrier.merchant_call(
        Operation.TRACK,
        shipment_id,
        lambda connection, _now: (
            parcels.by_shipment(connection, shipment_id),
            journal.events_of(connection, shipment_id),
        ),
    )
    return answers.parcel_with_events(found, events)


@router.post("/{shipment_id}/recall")
async def recall(shipment_id: ShipmentId, key: IdempotencyKey, carrier: CarrierHere) -> Json:
    """Have a booked parcel not fetched; one that was never booked can never be booked afterwards."""
    _same(key, shipment_id)
    stays = await carrier.merchant_call(
        Operation.RECALL, shipment_id, lambda connection, _now: parcels.recall(connection, shipment_id)
    )
    return {"shipment_id": shipment_id, "recalled": stays}


@router.put("/{shipment_id}/address")
async def change_address(shipment_id: ShipmentId, body: NewAddressIn, carrier: CarrierHere) -> Json:
    """Send a booked parcel elsewhere."""
    address = body.address.place()
    changed = await carrier.merchant_call(
        Operation.CHANGE_ADDRESS,
        shipment_id,
        lambda connection, _now: parcels.change_address(connection, shipment_id, address),
    )
    return {"shipment_id": shipment_id, "changed": changed}


def _same(header: str, shipment_id: str) -> None:
    if header != shipment_id:
        detail = "Idempotency-Key must be the shipment that the request names"
        raise RefusedError(422, "key_mismatch", detail)
