"""Whoever carries parcels, as the business sees it. Implementations: one per carrier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain.address import Address
from domain.errors import DomainError


class CarrierOutcomeUnknownError(DomainError):
    """The carrier did not answer, or answered 5xx. Ask again by the same shipment id."""

    code = "carrier_outcome_unknown"


class CarrierRefusedError(DomainError):
    """The carrier understood the request and said no, for good (a 4xx)."""

    code = "carrier_refused"


class CarrierCallbackRejectedError(DomainError):
    """A carrier's callback whose signature, age or form is wrong; it has no effect."""

    code = "carrier_callback_rejected"


class CarrierFactKind(StrEnum):
    """What happened to a parcel. `LOST` and `RETURNED` are final, and so is `DELIVERED`."""

    HANDED_OVER = "handed_over"
    DELIVERED = "delivered"
    LOST = "lost"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class CarrierFact:
    """One statement of a carrier about one shipment; `event_id` is unique per carrier, the time is theirs."""

    carrier: str
    event_id: str
    shipment_id: str
    kind: CarrierFactKind
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class ParcelItem:
    """What is in a parcel."""

    sku: str
    title: str
    quantity: int


@dataclass(frozen=True, slots=True)
class ParcelBooking:
    """Asks a carrier to fetch a parcel. `shipment_id` is the stable key: the same one is booked once."""

    shipment_id: str
    order_number: str
    warehouse_id: str
    address: Address
    items: tuple[ParcelItem, ...]


@dataclass(frozen=True, slots=True)
class BookedParcel:
    """The carrier's word on a booking."""

    shipment_id: str
    tracking_number: str


class Carrier(Protocol):
    """Talks to one carrier. Each call is safe to repeat.

    Raises `CarrierOutcomeUnknownError` when the outcome is not known, `CarrierRefusedError` when refused.
    """

    @property
    def carrier(self) -> str:
        """The carrier's short name, as in callback addresses."""
        ...

    async def book(self, booking: ParcelBooking) -> BookedParcel:
        """Book a parcel, or get the booking that this shipment has already."""
        ...

    async def recall(self, shipment_id: str) -> bool:
        """Have a booked parcel not fetched; True when it stays here, False when it has left already.

        A shipment that was never booked stays here too, and can never be booked afterwards.
        """
        ...

    async def change_address(self, shipment_id: str, address: Address) -> bool:
        """Send a booked parcel elsewhere; False when it has left already or was recalled."""
        ...

    async def track(self, shipment_id: str) -> tuple[CarrierFact, ...]:
        """All that the carrier knows of a shipment, oldest first; empty when it never heard of it."""
        ...

    def read_callback(self, headers: Mapping[str, str], body: bytes, now: datetime) -> CarrierFact:
        """Verify the signature over the raw bytes and translate. Raises `CarrierCallbackRejectedError`."""
        ...
