"""The later part of a builder's story: parcels, services, captures, returns. Decided by the domain itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Self

from domain.address import Address
from domain.catalogue.items import Category
from domain.money import Money
from domain.order.after_sale import (
    decide_return,
    expire_return,
    link_exchange,
    receive_return,
    request_return,
)
from domain.order.events import OrderEvent
from domain.order.fulfil import (
    accept_service,
    book_shipment,
    change_address,
    decline_service,
    deliver_virtual,
    overdue_services,
    plan_shipments,
    report_shipment,
)
from domain.order.order import Order
from domain.order.pay import capture_refused, request_capture, settle_review
from domain.order.refund import refund_amount, refund_rest, refund_units
from domain.order.refund_policy import RefundPolicy
from domain.order.returns import ReturnReason
from domain.order.shipments import Units, shipment_number
from domain.payment.review import ReviewDecision
from domain.ports.carriers import CarrierFactKind
from domain.stock.allocation import AllocatedUnits

ACCEPTANCE = timedelta(minutes=5)
KEEP = RefundPolicy()


class GoodsStory(ABC):
    """What may happen to an order once it is paid."""

    @property
    @abstractmethod
    def order(self) -> Order:
        """The order after all that happened so far."""

    @abstractmethod
    def _happened(self, events: Iterable[OrderEvent]) -> Self: ...

    @abstractmethod
    def _tick(self) -> datetime: ...

    def parcel(self, number: int = 1) -> str:
        """The id of a shipment by its number."""
        return shipment_number(self.order.id, number)

    def planned(self, *places: tuple[int, int, str]) -> Self:
        """Shipments are planned: line, quantity and warehouse each, all in `main` when nothing is said."""
        at, lines = self._tick(), self.order.lines
        physical = [line for line in lines if line.category is Category.PHYSICAL]
        chosen = places or tuple((line.line, line.quantity, "main") for line in physical)
        allocated = tuple(
            AllocatedUnits(line, lines[line - 1].sku, quantity, warehouse)
            for line, quantity, warehouse in chosen
        )
        return self._happened([plan_shipments(self.order, allocated, at + ACCEPTANCE, at)])

    def booked(self, number: int = 1) -> Self:
        """The carrier will fetch a parcel."""
        shipment = self.parcel(number)
        return self._happened(book_shipment(self.order, shipment, "sandbox", f"track-{number}", self._tick()))

    def handed_over(self, number: int = 1) -> Self:
        """The carrier has a parcel."""
        return self._reported_goods(number, CarrierFactKind.HANDED_OVER)

    def arrived(self, number: int = 1) -> Self:
        """The buyer has a parcel."""
        return self._reported_goods(number, CarrierFactKind.DELIVERED)

    def lost(self, number: int = 1) -> Self:
        """The carrier has lost a parcel."""
        return self._reported_goods(number, CarrierFactKind.LOST)

    def came_back(self, number: int = 1) -> Self:
        """The carrier has brought a parcel back."""
        return self._reported_goods(number, CarrierFactKind.RETURNED)

    def issued(self) -> Self:
        """The buyer has the files."""
        return self._happened(deliver_virtual(self.order, self._tick()))

    def accepted(self, merchant: str = "shop-7") -> Self:
        """A merchant will do its services."""
        return self._happened(accept_service(self.order, merchant, merchant, self._tick()))

    def not_accepted(self, merchant: str = "shop-7") -> Self:
        """A merchant will not do its services."""
        return self._happened(decline_service(self.order, merchant, merchant, self._tick()))

    def accepted_too_late(self) -> Self:
        """Nobody has accepted any service in time."""
        return self._happened(overdue_services(self.order, self._tick() + ACCEPTANCE))

    def moved_to(self, address: Address) -> Self:
        """The goods go elsewhere."""
        return self._happened(change_address(self.order, address, "buyer", self._tick()))

    def capture_asked(self) -> Self:
        """What was authorised is to be taken."""
        return self._happened(request_capture(self.order, self._tick()))

    def capture_denied(self) -> Self:
        """The provider will not give what it vouched for."""
        return self._happened(capture_refused(self.order, self._tick()))

    def asked_to_return(self, *units: tuple[int, int], name: str = "ret_1", exchange: bool = False) -> Self:
        """The buyer does not want to keep units: line and quantity each."""
        wanted = [Units(*each) for each in units or ((1, 1),)]
        reason = ReturnReason.CHANGED_MIND
        return self._happened(
            request_return(self.order, name, wanted, reason, exchange, "buyer", self._tick())
        )

    def return_agreed(
        self, name: str = "ret_1", *, goods_back: bool = True, claw_back: Money | None = None
    ) -> Self:
        """The merchant agrees."""
        at = self._tick()
        return self._happened(
            decide_return(self.order, name, True, goods_back, "shop-7", "", KEEP, at, claw_back)
        )

    def return_rejected(self, name: str = "ret_1") -> Self:
        """The merchant does not agree."""
        at = self._tick()
        return self._happened(decide_return(self.order, name, False, True, "shop-7", "no", KEEP, at))

    def goods_returned(
        self,
        *units: tuple[int, int],
        name: str = "ret_1",
        policy: RefundPolicy = KEEP,
        claw_back: Money | None = None,
    ) -> Self:
        """The goods of a return are back: line and quantity each, one of the first line when none is said."""
        back = [Units(*each) for each in units or ((1, 1),)]
        at = self._tick()
        return self._happened(receive_return(self.order, name, back, True, "main", policy, at, claw_back))

    def never_came(self, name: str = "ret_1") -> Self:
        """What was promised back did not come in time."""
        return self._happened(expire_return(self.order, name, self._tick()))

    def exchanged(self, new_order_id: str, name: str = "ret_1") -> Self:
        """The buyer got another order instead."""
        return self._happened(link_exchange(self.order, name, new_order_id, self._tick()))

    def units_paid_back(
        self, *units: tuple[int, int], name: str = "rfd_1", policy: RefundPolicy = KEEP
    ) -> Self:
        """Units are paid back and stay with the buyer."""
        wanted = [Units(*each) for each in units]
        return self._happened(refund_units(self.order, name, wanted, "goodwill", policy, self._tick()))

    def amount_paid_back(self, amount: Money, name: str = "rfd_1") -> Self:
        """An amount is paid back."""
        return self._happened(refund_amount(self.order, name, amount, "goodwill", self._tick()))

    def all_paid_back(self, name: str = "rfd_1") -> Self:
        """Everything that is left is paid back."""
        return self._happened(refund_rest(self.order, name, "goodwill", self._tick()))

    def review_settled(self, decision: ReviewDecision, key: str = "") -> Self:
        """A person has decided about money in review."""
        name = key or self.order.attempts[-1]
        return self._happened(settle_review(self.order, name, decision, "finance", self._tick()))

    def _reported_goods(self, number: int, kind: CarrierFactKind) -> Self:
        return self._happened(report_shipment(self.order, self.parcel(number), kind, self._tick()))
