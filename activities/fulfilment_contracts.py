"""What travels between workflows and the activities that move goods. Only ever add optional fields."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.money import Money
from domain.order.shipments import Units
from domain.ports.carriers import CarrierFact
from domain.stock.allocation import AllocatedUnits, WantedUnits
from domain.stock.hold import StockLine


@dataclass(frozen=True, slots=True)
class AllocateGoods:
    """Asks from which warehouses sold goods come."""

    reference: str
    wanted: tuple[WantedUnits, ...]


@dataclass(frozen=True, slots=True)
class GoodsAllocated:
    """The shelves that were chosen, once for each order; `refused` is a slug when they have too little."""

    units: tuple[AllocatedUnits, ...] = ()
    refused: str = ""


@dataclass(frozen=True, slots=True)
class MoveGoods:
    """Units of an order leave for good, or will not leave; `key` is the shipment's id."""

    reference: str
    key: str
    units: tuple[AllocatedUnits, ...]


@dataclass(frozen=True, slots=True)
class TakeBackGoods:
    """Units that had left are back on a shelf; `key` is the return's or the shipment's id."""

    reference: str
    key: str
    lines: tuple[StockLine, ...]
    warehouse_id: str = "main"


@dataclass(frozen=True, slots=True)
class GiveBackAllowances:
    """Points and vouchers that were spent on goods whose money goes back, once per `key`.

    `refunded` of `goods`, in minor units, is the part of the order that goes back with this refund,
    `refunded_before` what went back earlier: points go pro rata, a voucher's use when nothing is left.
    """

    reference: str
    key: str
    goods: int
    refunded_before: int
    refunded: int


@dataclass(frozen=True, slots=True)
class BookShipment:
    """Has a planned parcel fetched. The address is read from the order, so it never travels here."""

    order_id: str
    shipment_id: str


@dataclass(frozen=True, slots=True)
class ShipmentBookedAnswer:
    """The carrier's word; `refused` is a slug when it said no for good."""

    carrier: str = ""
    tracking_number: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class ShipmentReference:
    """Names a shipment to recall, to send elsewhere, or to ask for."""

    order_id: str
    shipment_id: str


@dataclass(frozen=True, slots=True)
class CarrierAnswer:
    """True in `done` when the parcel was recalled or sent elsewhere, False when it had left.

    `refused` is a slug or empty: the parcel is still here, and the carrier will not do it.
    """

    done: bool = False
    refused: str = ""


@dataclass(frozen=True, slots=True)
class CarrierFacts:
    """Everything that the carrier says of a shipment."""

    facts: tuple[CarrierFact, ...] = ()


@dataclass(frozen=True, slots=True)
class DeliverDigital:
    """Issues the buyer's rights to virtual lines: line, SKU and quantity."""

    order_id: str
    lines: tuple[WantedUnits, ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class RevokeDigital:
    """Ends the rights to units that were paid back: of each line all so far, not those of one refund."""

    order_id: str
    units: tuple[Units, ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class PriceWhatIsKept:
    """Asks how much less the kept goods would have been reduced: thresholds that they do not meet any more.

    `kept` are the units that the buyer keeps after this return.
    """

    order_id: str
    snapshot_id: str
    kept: tuple[Units, ...]


@dataclass(frozen=True, slots=True)
class ClawBack:
    """Reductions that are taken back on what is kept, not negative; they lessen the refund.

    None when nobody can tell any more.
    """

    amount: Money | None = None
