"""Has parcels fetched, called back and looked for, and gives rights to files. A refusal is a result; silence
is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.fulfilment_contracts import (
    BookShipment,
    CarrierAnswer,
    CarrierFacts,
    DeliverDigital,
    RevokeDigital,
    ShipmentBookedAnswer,
    ShipmentReference,
)
from activities.shipping import NoDestinationError, ShippingService
from domain.ports.carriers import Carrier, CarrierOutcomeUnknownError, CarrierRefusedError
from domain.ports.entitlements import EntitledLine, Entitlements
from domain.ports.personal_data import BuyerErasedError

# Asking again will not help: the parcel has nowhere to go, or nobody who takes it there.
_NEVER = (CarrierRefusedError, NoDestinationError, BuyerErasedError)


@dataclass(frozen=True, slots=True)
class ShipmentActivities:
    """Parcels, by the ids of their shipments; each call may be repeated."""

    shipping: ShippingService
    carrier: Carrier

    @activity.defn(name="book_shipment")
    async def book_shipment(self, asked: BookShipment) -> ShipmentBookedAnswer:
        """Have a parcel fetched, or get the booking that it has already."""
        try:
            with _silence_is_unknown():
                booked = await self.shipping.schedule_shipment(asked.order_id, asked.shipment_id)
        except _NEVER as refused:
            return ShipmentBookedAnswer(refused=refused.code)
        return ShipmentBookedAnswer(self.carrier.carrier, booked.tracking_number)

    @activity.defn(name="recall_shipment")
    async def recall_shipment(self, asked: ShipmentReference) -> CarrierAnswer:
        """Have a parcel not fetched; not done when it has left already."""
        try:
            with _silence_is_unknown():
                return CarrierAnswer(await self.carrier.recall(asked.shipment_id))
        except CarrierRefusedError as error:
            # It does not say that the parcel has left, so nobody knows, and asking again will not help.
            raise ApplicationError("not recalled", type=error.code, non_retryable=True) from error

    @activity.defn(name="readdress_shipment")
    async def readdress_shipment(self, asked: ShipmentReference) -> CarrierAnswer:
        """Send a parcel to where the order goes now; not done when it has left already, or is refused."""
        try:
            with _silence_is_unknown():
                return CarrierAnswer(await self.shipping.send_elsewhere(asked.order_id, asked.shipment_id))
        except _NEVER as refused:
            return CarrierAnswer(done=False, refused=refused.code)

    @activity.defn(name="track_shipment")
    async def track_shipment(self, asked: ShipmentReference) -> CarrierFacts:
        """Everything that the carrier says of a parcel; nothing when it does not know it."""
        try:
            with _silence_is_unknown():
                return CarrierFacts(await self.carrier.track(asked.shipment_id))
        except CarrierRefusedError:
            return CarrierFacts()


@dataclass(frozen=True, slots=True)
class DigitalActivities:
    """Rights to virtual goods; each call is one transaction and may be repeated."""

    entitlements: Entitlements

    @activity.defn(name="deliver_digital")
    async def deliver_digital(self, asked: DeliverDigital) -> None:
        """Issue the rights to virtual lines, once."""
        lines = [EntitledLine(line.line, line.sku, line.quantity) for line in asked.lines]
        await self.entitlements.issue(asked.order_id, lines, asked.now)

    @activity.defn(name="revoke_digital")
    async def revoke_digital(self, asked: RevokeDigital) -> None:
        """End the rights to units that were paid back."""
        await self.entitlements.revoke(asked.order_id, asked.units, asked.now)


@contextmanager
def _silence_is_unknown() -> Iterator[None]:
    """An expected failure: retried for the same shipment, and no reason to alarm anybody by itself."""
    try:
        yield
    except CarrierOutcomeUnknownError as error:
        raise ApplicationError(
            "the carrier did not answer", type=error.code, category=ApplicationErrorCategory.BENIGN
        ) from error
