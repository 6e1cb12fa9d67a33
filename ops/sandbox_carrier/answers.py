"""The carrier's JSON answers, built from records. No decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from ops.sandbox.instants import rfc3339
from ops.sandbox.upkeep_routes import Json
from ops.sandbox_carrier.auto import Pace
from ops.sandbox_carrier.records import Event, Parcel


def parcel(value: Parcel) -> Json:
    """A parcel and where it goes."""
    booking = value.booking
    return {
        "shipment_id": booking.shipment_id,
        "tracking_number": value.tracking_number,
        "order_number": booking.order_number,
        "warehouse_id": booking.warehouse_id,
        "status": value.status.value,
        "address": asdict(booking.address),
        "items": [asdict(item) for item in booking.items],
        "booked_at": rfc3339(value.booked_at),
    }


def parcel_with_events(value: Parcel, events: Sequence[Event]) -> Json:
    """A parcel and all that happened to it, oldest first."""
    return {**parcel(value), "events": [event.as_json() for event in events]}


def pace(value: Pace | None) -> Json:
    """Whether the carrier works by itself, and how fast."""
    if value is None:
        return {"on": False}
    return {
        "on": True,
        "hand_over_after_ms": round(value.hand_over_after.total_seconds() * 1000),
        "deliver_after_ms": round(value.deliver_after.total_seconds() * 1000),
    }
