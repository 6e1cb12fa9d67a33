"""What carriers and people report of an order's shipments, and what it means, as pure decisions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby

from domain.actors import carrier_actor
from domain.order.events import OrderEvent
from domain.order.fulfil import overdue_services, report_shipment
from domain.order.order import Order
from domain.order.pay import request_capture
from domain.order.ship import shipment_id
from domain.order.shipments import ShipmentStatus
from domain.order.status import OrderStatus
from domain.ports.carriers import CarrierFact, CarrierFactKind
from workflows import money
from workflows.contracts import ShipmentReported

Decide = Callable[[Order, datetime], Sequence[OrderEvent]]
_KINDS = frozenset(kind.value for kind in CarrierFactKind)
_SERVICES_END = frozenset({OrderStatus.PAID, OrderStatus.SHIPPED})
_FINAL = {
    CarrierFactKind.DELIVERED.value: ShipmentStatus.DELIVERED,
    CarrierFactKind.LOST.value: ShipmentStatus.LOST,
    CarrierFactKind.RETURNED.value: ShipmentStatus.RETURNED,
}


class Reports:
    """Reports of one order. The same word of a shipment again says nothing new, whoever sends it."""

    def __init__(self, order_id: str) -> None:
        self._whole = shipment_id(order_id)
        self._known: dict[tuple[str, str], ShipmentReported] = {}

    def add(self, report: ShipmentReported) -> None:
        """Take a report in; strange shipments and strange words are dropped."""
        own = report.shipment_id == self._whole or report.shipment_id.startswith(f"{self._whole}_")
        if own and report.kind in _KINDS:
            self._known.setdefault((report.shipment_id, report.kind), report)

    @property
    def wait(self) -> bool:
        """True when there are any."""
        return bool(self._known)

    def meaning(self, order: Order, at: datetime) -> tuple[OrderEvent, ...]:
        """What the order does not know yet: reports, services that nobody accepted, and the money then."""
        decisions = (*self._of(self._known.values()), _overdue, request_capture)
        return _all_of(decisions, at, order)

    def statements(self, at: datetime) -> Iterator[tuple[str, Callable[[Order], Sequence[OrderEvent]]]]:
        """What reports mean apart by who says it, in the order in which it was said."""
        for by, reports in groupby(tuple(self._known.values()), key=lambda report: report.by):
            yield by, partial(_all_of, (*self._of(tuple(reports)), request_capture), at)

    def forget_whole(self) -> None:
        """What was said of all shipments at once was said of those that there were."""
        self._known = {about: each for about, each in self._known.items() if about[0] != self._whole}

    def contradicted(self, order: Order) -> tuple[str, ...]:
        """Shipments that are said to have ended in another way than they have."""
        return tuple(
            shipment.id
            for shipment in order.shipments
            if shipment.is_final
            and any(
                (shipment.id, kind) in self._known
                for kind, end in _FINAL.items()
                if end is not shipment.status
            )
        )

    def _of(self, reports: Iterable[ShipmentReported]) -> Iterator[Decide]:
        return (partial(self._reported, report) for report in reports)

    def _reported(self, report: ShipmentReported, order: Order, at: datetime) -> Sequence[OrderEvent]:
        if report.shipment_id != self._whole and order.shipment(report.shipment_id) is None:
            return ()
        return report_shipment(order, report.shipment_id, CarrierFactKind(report.kind), at)


def reported(fact: CarrierFact) -> ShipmentReported:
    """What a carrier has said, on its way to the order."""
    return ShipmentReported(
        fact.event_id, fact.shipment_id, fact.kind.value, fact.occurred_at, carrier_actor(fact.carrier)
    )


def is_news(order: Order, report: ShipmentReported) -> bool:
    """True when an order would hear something new in this report, or something that contradicts it."""
    reports = Reports(order.id)
    reports.add(report)
    return bool(reports.meaning(order, report.occurred_at)) or bool(reports.contradicted(order))


def _all_of(decisions: Iterable[Decide], at: datetime, order: Order) -> tuple[OrderEvent, ...]:
    if not order.shipments:
        return ()
    events, current = list[OrderEvent](), order
    for decide in decisions:
        more = decide(current, at)
        current = money.after(current, more)
        events += more
    return tuple(events)


def _overdue(order: Order, at: datetime) -> Sequence[OrderEvent]:
    return overdue_services(order, at) if order.status in _SERVICES_END else ()
