"""What can happen to an order's goods, in the past tense. Facts only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.address import Address
from domain.order.shipments import PlannedShipment, ShipmentEnd


@dataclass(frozen=True, slots=True)
class ShipmentsPlanned:
    """It was decided what leaves from where; together they hold every line that is to be handed over."""

    shipments: tuple[PlannedShipment, ...]
    planned_at: datetime


@dataclass(frozen=True, slots=True)
class ShipmentBooked:
    """The carrier will fetch a parcel."""

    shipment_id: str
    carrier: str
    tracking_number: str
    booked_at: datetime


@dataclass(frozen=True, slots=True)
class ServiceAccepted:
    """The merchant will do the service; from now on it counts as handed over."""

    shipment_id: str
    by: str
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class ShipmentHandedOver:
    """The carrier has it."""

    shipment_id: str
    handed_over_at: datetime


@dataclass(frozen=True, slots=True)
class ShipmentDelivered:
    """The buyer has it."""

    shipment_id: str
    delivered_at: datetime


@dataclass(frozen=True, slots=True)
class ShipmentLost:
    """The carrier has lost it; nobody gets it any more."""

    shipment_id: str
    lost_at: datetime


@dataclass(frozen=True, slots=True)
class ShipmentReturned:
    """The carrier could not deliver it and has brought it back."""

    shipment_id: str
    returned_at: datetime


@dataclass(frozen=True, slots=True)
class ShipmentCancelled:
    """It will not leave. `by` is who decided."""

    shipment_id: str
    reason: ShipmentEnd
    by: str
    cancelled_at: datetime


@dataclass(frozen=True, slots=True)
class AddressChanged:
    """The goods go to another address; possible until the first parcel leaves."""

    address: Address
    by: str
    changed_at: datetime


FulfilmentEvent = (
    ShipmentsPlanned
    | ShipmentBooked
    | ServiceAccepted
    | ShipmentHandedOver
    | ShipmentDelivered
    | ShipmentLost
    | ShipmentReturned
    | ShipmentCancelled
    | AddressChanged
)
