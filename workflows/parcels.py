"""What an order asks of its carrier: to fetch parcels or to leave them, where to, and where they are."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from temporalio.exceptions import ActivityError, ApplicationError

from activities.fulfilment_contracts import BookShipment, CarrierAnswer, ShipmentReference
from domain.actors import SYSTEM, carrier_actor
from domain.catalogue.items import Category
from domain.order.events import OrderEvent
from domain.order.fulfil import book_shipment, drop_shipment
from domain.order.order import Order
from domain.order.shipments import Shipment, ShipmentEnd, ShipmentStatus
from domain.order.status import OrderStatus
from domain.ports.carriers import CarrierFactKind, CarrierRefusedError
from domain.ports.notices import AlertLevel
from workflows import policies
from workflows.compensation import NeedsPersonError, Step
from workflows.contracts import ShipmentReported
from workflows.desk import Desk
from workflows.reports import reported

Learn = Callable[[ShipmentReported], None]
_AT_HOME = frozenset({ShipmentStatus.PLANNED, ShipmentStatus.BOOKED})
_ON_ITS_WAY = frozenset({ShipmentStatus.BOOKED, ShipmentStatus.HANDED_OVER})
_OPEN = frozenset({OrderStatus.PAID, OrderStatus.SHIPPED})


class Parcels:
    """The parcels of one order. What the carrier says of them goes to `learn`, and `settle` lets it count."""

    def __init__(self, desk: Desk, learn: Learn, settle: Callable[[], Awaitable[None]]) -> None:
        """`settle` is called without the lock."""
        self._desk = desk
        self._learn = learn
        self._settle = settle
        self.before_booking: Callable[[], Awaitable[None]] | None = None
        self._begun: set[str] = set()
        self._recalled: set[str] = set()
        self._moves = 0

    @property
    def on_their_way(self) -> tuple[str, ...]:
        """Parcels that the carrier has something to say about, also those of an order that has ended."""
        return tuple(parcel.id for parcel in _parcels(self._desk.order) if parcel.status in _ON_ITS_WAY)

    @property
    def recalled(self) -> tuple[str, ...]:
        """Parcels that were called back and stay here for good."""
        return tuple(parcel.id for parcel in _parcels(self._desk.order) if parcel.id in self._recalled)

    def unbooked(self, order: Order) -> tuple[str, ...]:
        """Planned parcels that nobody has begun to book, and that have somewhere to go."""
        if order.status not in _OPEN or order.address is None:
            return ()
        planned = (each.id for each in _parcels(order) if each.status is ShipmentStatus.PLANNED)
        return tuple(shipment_id for shipment_id in planned if shipment_id not in self._begun)

    def book(self) -> None:
        """Have every planned parcel fetched, beside the story. Call it with the lock held."""
        for shipment_id in self.unbooked(self._desk.order):
            self._begun.add(shipment_id)
            self._push_recall(shipment_id)
            self._desk.spawn(self._insist_on_booking(shipment_id))

    def take_up(self, *, moved: bool) -> None:
        """Go on with parcels of an earlier run; `moved` says that their address may have changed under it."""
        order = self._desk.order
        for parcel in _parcels(order):
            if parcel.status is ShipmentStatus.BOOKED:
                self._begun.add(parcel.id)
            if parcel.end is not ShipmentEnd.NOT_BOOKED and parcel.status in _RECALLABLE:
                self._push_recall(parcel.id)
        if order.status in _OPEN and self.on_their_way:
            self._desk.spawn(self.ask())
        if order.status in _OPEN and moved:
            self.bring_back()

    async def recall(self) -> str | None:
        """Have what was booked not fetched, before the order ends; the first parcel that has left, or None.

        A silent carrier does not keep an order: the undo stack asks on. Call it with the lock held.
        """
        desk = self._desk
        for parcel in _parcels(desk.order):
            if parcel.id in self._begun - self._recalled and parcel.status in _AT_HOME:
                try:
                    answer = await self._call_back(parcel.id)
                except ActivityError:
                    desk.board.note("carrier_silent", desk.now)
                    return None
                if not answer.done:
                    return parcel.id
        return None

    async def send_elsewhere(self) -> str | None:
        """Have booked parcels brought to the order's address; the first that has left, or None.

        A silent carrier is asked on beside the story. Call it with the lock held. Raises
        `CarrierRefusedError` when the carrier does not go there.
        """
        self._moves += 1
        for parcel in _parcels(self._desk.order):
            if parcel.status is ShipmentStatus.BOOKED:
                about = ShipmentReference(self._desk.order_id, parcel.id)
                try:
                    answer = await self._desk.carrier.readdress(about, policies.RECALL_PATIENCE)
                except ActivityError:
                    self._desk.spawn(self._insist_on_address(parcel.id))
                else:
                    if answer.refused:
                        raise CarrierRefusedError(shipment_id=parcel.id)
                    if not answer.done:
                        return parcel.id
        return None

    def bring_back(self, *, but: str = "") -> None:
        """Have all booked parcels `but` one brought to the order's address, which is the old one again."""
        self._moves += 1
        for parcel in _parcels(self._desk.order):
            if parcel.status is ShipmentStatus.BOOKED and parcel.id != but:
                self._desk.spawn(self._insist_on_address(parcel.id))

    async def ask(self) -> None:
        """Ask what became of parcels that are on their way; a silent carrier is asked another time.

        All at once, so that none waits for the answer about another.
        """
        await asyncio.gather(*(self._ask_about(shipment_id) for shipment_id in self.on_their_way))

    async def _ask_about(self, shipment_id: str) -> None:
        desk = self._desk
        try:
            about = ShipmentReference(desk.order_id, shipment_id)
            answer = await desk.carrier.track(about, policies.CARRIER_PATIENCE)
        except ActivityError:
            desk.board.note("carrier_silent", desk.now)
            return
        for fact in answer.facts:
            self._learn(reported(fact))

    def has_left(self, shipment_id: str) -> None:
        """Hear it from whoever refused to call a parcel back."""
        self._learn(report_of(shipment_id, CarrierFactKind.HANDED_OVER, self._desk))

    def _push_recall(self, shipment_id: str) -> None:
        self._desk.undo.push(f"recall {shipment_id}", lambda: self._recall_at_last(shipment_id))

    async def _call_back(self, shipment_id: str) -> CarrierAnswer:
        about = ShipmentReference(self._desk.order_id, shipment_id)
        answer = await self._desk.carrier.recall(about, policies.RECALL_PATIENCE)
        if answer.done:
            self._recalled.add(shipment_id)
        return answer

    async def _recall_at_last(self, shipment_id: str) -> None:
        """The inverse of having it fetched. May be repeated; raises `ActivityError` when nobody answers."""
        parcel = self._desk.order.shipment(shipment_id)
        gone = parcel is None or parcel.end is ShipmentEnd.NOT_BOOKED or parcel.status not in _RECALLABLE
        if gone or shipment_id in self._recalled:
            return
        try:
            answer = await self._call_back(shipment_id)
        except ActivityError as error:
            if isinstance(error.cause, ApplicationError) and error.cause.type == CarrierRefusedError.code:
                raise NeedsPersonError(CarrierRefusedError.code) from error
            raise
        if not answer.done:
            self.has_left(shipment_id)
            await self._settle()

    async def _insist_on_booking(self, shipment_id: str) -> None:
        await self._desk.undo.insist(Step(f"book {shipment_id}", lambda: self._book(shipment_id)))

    async def _book(self, shipment_id: str) -> None:
        desk = self._desk
        if self.before_booking is not None:
            await self.before_booking()
        parcel, moves = desk.order.shipment(shipment_id), self._moves
        if parcel is None or parcel.carrier or not parcel.is_live or desk.order.status not in _OPEN:
            return
        answer = await desk.carrier.book(BookShipment(desk.order_id, shipment_id), policies.CARRIER_PATIENCE)
        async with desk.lock:
            at = desk.now
            if answer.refused:
                dropped = await desk.stream.record(
                    f"not_booked:{shipment_id}",
                    lambda order: _not_booked(_known(order), shipment_id, at),
                )
                if dropped:  # else it was recalled meanwhile, or has left without the carrier's booking
                    desk.alert("shipment_refused", about=shipment_id)
                return
            await desk.stream.record(
                f"booked:{shipment_id}",
                lambda order: book_shipment(
                    _known(order), shipment_id, answer.carrier, answer.tracking_number, at
                ),
            )
        if self._moves != moves:
            # Which of the addresses the carrier was told is not known, even if the first one is back.
            desk.spawn(self._insist_on_address(shipment_id))

    async def _insist_on_address(self, shipment_id: str) -> None:
        step = Step(f"send elsewhere {shipment_id}", lambda: self._readdress(shipment_id))
        await self._desk.undo.insist(step)

    async def _readdress(self, shipment_id: str) -> None:
        desk = self._desk
        about = ShipmentReference(desk.order_id, shipment_id)
        answer = await desk.carrier.readdress(about, policies.CARRIER_PATIENCE)
        if not answer.done and shipment_id not in self._recalled:
            desk.alert("parcel_goes_to_old_address", about=shipment_id, level=AlertLevel.HIGH)


_RECALLABLE = _AT_HOME | {ShipmentStatus.CANCELLED}


def report_of(shipment_id: str, kind: CarrierFactKind, desk: Desk) -> ShipmentReported:
    """What we have found out ourselves, as if it had been reported."""
    parcel = desk.order.shipment(shipment_id)
    by = carrier_actor(parcel.carrier if parcel else "")
    return ShipmentReported(f"own:{kind.value}:{shipment_id}", shipment_id, kind.value, desk.now, by)


def _not_booked(order: Order, shipment_id: str, at: datetime) -> tuple[OrderEvent, ...]:
    parcel = order.shipment(shipment_id)
    if parcel is None or parcel.status not in _AT_HOME:
        return ()
    return drop_shipment(order, shipment_id, ShipmentEnd.NOT_BOOKED, SYSTEM, at)


def _parcels(order: Order) -> tuple[Shipment, ...]:
    return tuple(each for each in order.shipments if each.plan.category is Category.PHYSICAL)


def _known(order: Order | None) -> Order:
    assert order is not None  # only orders with shipments have parcels
    return order
