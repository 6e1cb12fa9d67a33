"""How the lines of an order reach its buyer: parcels, files and services, each a shipment of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.catalogue.items import Category
from domain.errors import InvalidValueError


class ShipmentStatus(StrEnum):
    """Where a shipment stands. Lost, returned and cancelled ones do not reach the buyer."""

    PLANNED = "planned"
    BOOKED = "booked"
    HANDED_OVER = "handed_over"
    DELIVERED = "delivered"
    LOST = "lost"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class ShipmentEnd(StrEnum):
    """Why a shipment was cancelled before it left."""

    RECALLED = "recalled"
    NOT_ACCEPTED = "not_accepted"
    DECLINED = "declined"
    NOT_BOOKED = "not_booked"


@dataclass(frozen=True, slots=True)
class Units:
    """`quantity` units of line number `line`, which counts from 1."""

    line: int
    quantity: int

    def __post_init__(self) -> None:
        if self.line < 1 or self.quantity < 1:
            raise InvalidValueError(field="units", rule="line and quantity of at least 1")


@dataclass(frozen=True, slots=True)
class PlannedShipment:
    """What goes together: a parcel from one warehouse, one merchant's services, or all files of an order.

    `warehouse_id` is empty for services and files, `merchant_id` for parcels and files. `accept_by` is until
    when the merchant must accept a service, None for all else.
    """

    shipment_id: str
    category: Category
    units: tuple[Units, ...]
    warehouse_id: str = ""
    merchant_id: str = ""
    accept_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class Shipment:
    """A planned shipment and what became of it. `end` says why a cancelled one was cancelled."""

    plan: PlannedShipment
    status: ShipmentStatus = ShipmentStatus.PLANNED
    carrier: str = ""
    tracking_number: str = ""
    end: ShipmentEnd | None = None

    @property
    def id(self) -> str:
        """Stable for good: what the carrier and the merchant report under."""
        return self.plan.shipment_id

    @property
    def is_live(self) -> bool:
        """True when the buyer has it or will get it: neither lost nor returned, and never cancelled."""
        return self.end is None and self.status not in {ShipmentStatus.LOST, ShipmentStatus.RETURNED}

    @property
    def is_handed_over(self) -> bool:
        """True when it is on its way or there."""
        return self.status in {ShipmentStatus.HANDED_OVER, ShipmentStatus.DELIVERED}

    @property
    def is_final(self) -> bool:
        """True when the carrier has nothing more to say."""
        return self.status in {ShipmentStatus.DELIVERED, ShipmentStatus.LOST, ShipmentStatus.RETURNED}


def shipment_number(order_id: str, number: int) -> str:
    """The stable id of an order's shipment, counted from 1."""
    return f"shp_{order_id}_{number}"
