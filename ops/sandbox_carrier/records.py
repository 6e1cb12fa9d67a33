"""What the carrier keeps: parcels and what happened to them. Plain values; rules are in `parcels`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ops.sandbox.instants import rfc3339


class ParcelStatus(StrEnum):
    """Where a parcel stands."""

    BOOKED = "booked"
    RECALLED = "recalled"
    HANDED_OVER = "handed_over"
    DELIVERED = "delivered"
    LOST = "lost"
    RETURNED = "returned"


class EventType(StrEnum):
    """What the carrier tells in callbacks."""

    HANDED_OVER = "parcel.handed_over"
    DELIVERED = "parcel.delivered"
    LOST = "parcel.lost"
    RETURNED = "parcel.returned"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a parcel goes; `country` is an ISO 3166 alpha-2 code."""

    street: str
    city: str
    zip_code: str
    country: str


@dataclass(frozen=True, slots=True)
class Item:
    """What is in a parcel."""

    sku: str
    title: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Booking:
    """What a merchant asks for; `shipment_id` is the merchant's, and the key."""

    shipment_id: str
    order_number: str
    warehouse_id: str
    address: Place
    items: tuple[Item, ...]
    callback_url: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel as stored."""

    tracking_number: str
    booking: Booking
    status: ParcelStatus
    booked_at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """One statement about a parcel; times of one parcel strictly increase, in milliseconds."""

    event_id: str
    type: EventType
    shipment_id: str
    occurred_at: datetime

    def as_json(self) -> dict[str, object]:
        """The payload of the callback and of the query."""
        return {
            "event_id": self.event_id,
            "type": self.type.value,
            "shipment_id": self.shipment_id,
            "occurred_at": rfc3339(self.occurred_at),
        }
