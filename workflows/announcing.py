"""Tells people what became of goods. It decides nothing and stores nothing."""

from __future__ import annotations

from collections.abc import Sequence

from domain.order.events import OrderEvent
from domain.order.fulfilment_events import (
    ShipmentCancelled,
    ShipmentDelivered,
    ShipmentHandedOver,
    ShipmentLost,
    ShipmentReturned,
)
from domain.order.order import Order
from domain.order.shipments import ShipmentEnd
from domain.ports.notices import AlertLevel
from workflows.desk import Desk

_CONTRADICTION = "carrier_contradicts_itself"
_SERVICE_ENDS = frozenset({ShipmentEnd.NOT_ACCEPTED, ShipmentEnd.DECLINED})


def _was_cancelled(order: Order, shipment_id: str) -> bool:
    shipment = order.shipment(shipment_id)
    return shipment is not None and shipment.end is not None


class Announcing:
    """Notices and alerts about shipments, each once."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._told: set[tuple[str, str]] = set()

    def tell(self, events: Sequence[OrderEvent], order: Order, *, ended: bool) -> None:
        """Of what has just been stored, of which `order` is the outcome; `ended` says that it was cancelled
        before. Nobody pays for what travels after the order or the shipment was cancelled.
        """
        for event in events:
            match event:
                case ShipmentLost():
                    self._alert("shipment_lost", event.shipment_id, AlertLevel.MEDIUM)
                    self._notify("shipment_lost")
                case ShipmentReturned():
                    self._notify("shipment_returned")
                case ShipmentCancelled() if event.reason in _SERVICE_ENDS:
                    self._notify(f"service_{event.reason.value}")
                case ShipmentHandedOver() | ShipmentDelivered() if ended or _was_cancelled(
                    order, event.shipment_id
                ):
                    self._desk.board.needs_review()
                    self._alert("goods_travel_after_cancel", "", AlertLevel.HIGH)
                case _:
                    pass

    def contradictions(self, shipment_ids: Sequence[str]) -> None:
        """A carrier has said two things of one parcel that cannot both be true."""
        for shipment_id in shipment_ids:
            self._alert(_CONTRADICTION, shipment_id, AlertLevel.HIGH)

    def untold(self, shipment_ids: Sequence[str]) -> bool:
        """True when of one of them nobody has heard that it is said to have ended in two ways."""
        return any((_CONTRADICTION, shipment_id) not in self._told for shipment_id in shipment_ids)

    def _alert(self, code: str, about: str, level: AlertLevel) -> None:
        if self._is_new(code, about):
            self._desk.alert(code, about=about, level=level)

    def _notify(self, code: str) -> None:
        if self._is_new(code, "buyer"):
            self._desk.notify(code)

    def _is_new(self, code: str, about: str) -> bool:
        new = (code, about) not in self._told
        self._told.add((code, about))
        return new
