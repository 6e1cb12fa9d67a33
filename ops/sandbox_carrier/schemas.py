"""The carrier's JSON that comes in, checked strictly. No rules of parcels here."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import Field, StrictInt

from ops.sandbox.values import FaultIn, Identifier, Key, Strict, WebAddress
from ops.sandbox_carrier.auto import Pace
from ops.sandbox_carrier.records import Booking, Item, Place
from ops.sandbox_carrier.words import FaultKind, Operation, Scope

_MOST_ITEMS = 1_000
_LONGEST_PACE = 7 * 24 * 3600 * 1000
Line = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Title = Annotated[str, Field(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]
PaceMillis = Annotated[StrictInt, Field(ge=0, le=_LONGEST_PACE)]


class PlaceIn(Strict):
    """Where a parcel goes."""

    street: Line
    city: Line
    zip_code: Line
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]

    def place(self) -> Place:
        """As the rules take it."""
        return Place(self.street, self.city, self.zip_code, self.country)


class ItemIn(Strict):
    """What is in a parcel."""

    sku: Line
    title: Title
    quantity: Annotated[StrictInt, Field(ge=1, le=1_000_000)]


class ParcelIn(Strict):
    """Body of POST /v1/parcels."""

    shipment_id: Key
    order_number: Identifier
    warehouse_id: Line
    address: PlaceIn
    items: Annotated[list[ItemIn], Field(min_length=1, max_length=_MOST_ITEMS)]
    callback_url: WebAddress

    def booking(self) -> Booking:
        """As the rules take it."""
        return Booking(
            shipment_id=self.shipment_id,
            order_number=self.order_number,
            warehouse_id=self.warehouse_id,
            address=self.address.place(),
            items=tuple(Item(item.sku, item.title, item.quantity) for item in self.items),
            callback_url=self.callback_url,
        )


class NewAddressIn(Strict):
    """Body of PUT /v1/parcels/{shipment_id}/address."""

    address: PlaceIn


class PaceIn(Strict):
    """Body of PUT /v1/auto, in milliseconds."""

    hand_over_after_ms: PaceMillis
    deliver_after_ms: PaceMillis

    def pace(self) -> Pace:
        """As the rules take it."""
        hand_over, deliver = self.hand_over_after_ms, self.deliver_after_ms
        return Pace(timedelta(milliseconds=hand_over), timedelta(milliseconds=deliver))


class CarrierFaultIn(FaultIn):
    """Body of POST /v1/faults."""

    scopes: ClassVar = tuple(Scope)

    shipment_id: Key | None = None
    order_number: Identifier | None = None
    fault: FaultKind
    operation: Operation | None = None
