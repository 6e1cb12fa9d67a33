"""Random lives of an order: whatever is asked and whatever anybody says, the invariants hold."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from domain.address import Address
from domain.catalogue.items import Category
from domain.money import Money
from domain.order.after_sale import (
    decide_return,
    expire_return,
    link_exchange,
    receive_return,
    request_return,
    returnable,
)
from domain.order.document import order_document, order_from
from domain.order.encoding import decode, encode
from domain.order.events import RefundRequested
from domain.order.fulfil import (
    accept_service,
    book_shipment,
    change_address,
    decline_service,
    deliver_virtual,
    drop_shipment,
    overdue_services,
    plan_shipments,
    report_shipment,
)
from domain.order.order import fold
from domain.order.refund import refund_amount, refund_rest, refund_units
from domain.order.refund_policy import DeliveryFeePolicy, RefundPolicy
from domain.order.returns import ReturnReason
from domain.order.shares import line_goods
from domain.order.ship import complete_order, deliver_order, ship_order, shipment_id
from domain.order.shipments import ShipmentEnd, ShipmentStatus, Units
from domain.order.status import FulfilmentStatus, OrderStatus
from domain.ports.carriers import CarrierFactKind
from domain.stock.allocation import AllocatedUnits
from tests.support.builders import HOME, cny
from tests.unit.domain.order_life import MoneyLife

NAMES = st.sampled_from(["a", "b", "c", "d"])
POLICIES = st.builds(RefundPolicy, delivery_fee=st.sampled_from(DeliveryFeePolicy))
CLAW_BACKS = st.none() | st.sampled_from([cny(0), cny(10), cny(5_000)])
SOON = timedelta(seconds=1)
ELSEWHERE = Address("2 Mill Lane", "Leeds", "LS1 4AP", "GB")


class OrderLife(MoneyLife):
    """Money, goods and complaints together."""

    starts = (5, 6, 3, 4, 2, 5, 3, 5, 1, 0)

    def goes_on(self, steps: int, data: st.DataObject) -> None:
        super().goes_on(steps, data)
        if steps > 2 and self.order.status is OrderStatus.PAID:
            self.is_planned(data)
            self.files_are_issued()
        services = [each for each in self.order.shipments if each.plan.category is Category.SERVICE]
        for each in services if steps > 3 else []:
            merchant = each.plan.merchant_id
            until = each.plan.accept_by or self.now()
            self.happened(accept_service(self.order, merchant, merchant, until - SOON))
        for kind in [CarrierFactKind.HANDED_OVER, CarrierFactKind.DELIVERED][: max(0, steps - 3)]:
            for name in self._shipments():
                self.happened(report_shipment(self.order, name, kind, self.now()))
        if steps > 4:
            self.capture_is_asked()
            if self.order.authorisation and self.order.authorisation.asked:
                self.is_captured_as_asked()

    @precondition(lambda self: self.order.status is OrderStatus.PAID and not self.order.shipments)
    @rule(data=st.data())
    def is_planned(self, data: st.DataObject) -> None:
        places = st.sampled_from(["main", "west"])
        split = [
            (line, data.draw(places))
            for line in self.order.lines
            if line.category is Category.PHYSICAL
            for _ in range(line.quantity)
        ]
        allocated = [AllocatedUnits(line.line, line.sku, 1, place) for line, place in split]
        until = self.now() + timedelta(seconds=data.draw(st.integers(1, 20)))
        self.happened((plan_shipments(self.order, allocated, until, self.now()),))

    @precondition(lambda self: self.order.shipments)
    @rule(data=st.data())
    def is_booked(self, data: st.DataObject) -> None:
        shipment = self._any_shipment(data)
        self.said(lambda: book_shipment(self.order, shipment, "sandbox", "track", self.now()))

    @precondition(lambda self: self.order.shipments)
    @rule(data=st.data(), kind=st.sampled_from(CarrierFactKind))
    def carrier_says(self, data: st.DataObject, kind: CarrierFactKind) -> None:
        name = data.draw(st.sampled_from([*self._shipments(), shipment_id(self.order.id)]))
        # Not tried: nothing that a carrier says of a known shipment may ever be refused.
        self.happened(report_shipment(self.order, name, kind, self.now()))
        assert report_shipment(self.order, name, kind, self.now()) == ()

    @precondition(lambda self: self.order.shipments)
    @rule(data=st.data(), end=st.sampled_from(ShipmentEnd))
    def is_dropped(self, data: st.DataObject, end: ShipmentEnd) -> None:
        shipment = self._any_shipment(data)
        self.said(lambda: drop_shipment(self.order, shipment, end, "system", self.now()))

    @rule()
    def files_are_issued(self) -> None:
        self.happened(deliver_virtual(self.order, self.now()))
        assert deliver_virtual(self.order, self.now()) == ()

    @rule(merchant=st.sampled_from(["shop-7", "shop-9"]), accepts=st.booleans())
    def merchant_answers(self, merchant: str, accepts: bool) -> None:
        answer = accept_service if accepts else decline_service
        self.said(lambda: answer(self.order, merchant, merchant, self.now()))

    @rule()
    def services_are_overdue(self) -> None:
        self.happened(overdue_services(self.order, self.now()))

    @rule(address=st.sampled_from([HOME, ELSEWHERE]))
    def goes_elsewhere(self, address: Address) -> None:
        self.said(lambda: change_address(self.order, address, "buyer", self.now()))

    @rule()
    def is_shipped_in_one(self) -> None:
        self.attempted(lambda: ship_order(self.order, self.now()))

    @rule()
    def is_delivered_in_one(self) -> None:
        self.attempted(lambda: deliver_order(self.order, self.now()))

    @rule()
    def is_completed(self) -> None:
        self.attempted(lambda: complete_order(self.order, self.now()))

    @precondition(lambda self: self.order.payment)
    @rule(data=st.data(), name=NAMES, policy=POLICIES, claw_back=CLAW_BACKS)
    def units_are_paid_back(
        self, data: st.DataObject, name: str, policy: RefundPolicy, claw_back: Money | None
    ) -> None:
        units = self._some_units(data)
        self.said(lambda: refund_units(self.order, name, units, "goodwill", policy, self.now(), claw_back))

    @precondition(lambda self: self.order.payment)
    @rule(name=NAMES, amount=st.sampled_from([cny(0), cny(1), cny(400), cny(2_000)]))
    def an_amount_is_paid_back(self, name: str, amount: Money) -> None:
        self.said(lambda: refund_amount(self.order, name, amount, "goodwill", self.now()))

    @precondition(lambda self: self.order.payment)
    @rule(name=NAMES)
    def the_rest_is_paid_back(self, name: str) -> None:
        self.said(lambda: refund_rest(self.order, name, "goodwill", self.now()))

    @precondition(lambda self: bool(returnable(self.order)))
    @rule(data=st.data(), name=NAMES, exchange=st.booleans())
    def a_return_is_asked(self, data: st.DataObject, name: str, exchange: bool) -> None:
        units = self._some_units(data)
        reason = ReturnReason.CHANGED_MIND
        name = f"ret_{name}"
        self.said(lambda: request_return(self.order, name, units, reason, exchange, "buyer", self.now()))

    @precondition(lambda self: self.order.returns)
    @rule(data=st.data(), approved=st.booleans(), goods_back=st.booleans(), claw_back=CLAW_BACKS)
    def a_return_is_decided(
        self, data: st.DataObject, approved: bool, goods_back: bool, claw_back: Money | None
    ) -> None:
        name, policy = self._any_return(data), data.draw(POLICIES)
        self.said(
            lambda: decide_return(
                self.order, name, approved, goods_back, "shop-7", "", policy, self.now(), claw_back
            )
        )

    @precondition(lambda self: self.order.returns)
    @rule(data=st.data(), claw_back=CLAW_BACKS)
    def a_return_is_received(self, data: st.DataObject, claw_back: Money | None) -> None:
        name, policy, units = self._any_return(data), data.draw(POLICIES), self._some_units(data)
        self.said(
            lambda: receive_return(self.order, name, units, True, "main", policy, self.now(), claw_back)
        )

    @precondition(lambda self: self.order.returns)
    @rule(data=st.data())
    def a_return_never_comes(self, data: st.DataObject) -> None:
        name = self._any_return(data)
        self.said(lambda: expire_return(self.order, name, self.now()))

    @precondition(lambda self: self.order.returns)
    @rule(data=st.data(), other=st.sampled_from(["ord_8", "ord_9"]))
    def an_exchange_is_linked(self, data: st.DataObject, other: str) -> None:
        name = self._any_return(data)
        self.said(lambda: link_exchange(self.order, name, other, self.now()))

    @invariant()
    def money_stays_within_its_bounds(self) -> None:
        order = self.order
        assert order.total >= cny(0)
        if order.payment:
            assert order.payment.amount <= order.total
        assert order.refunded + order.promised_back <= order.captured
        for receipt in (order.payment, *order.unwanted):
            if receipt:
                promised = order.promised_of(receipt.payment_key)
                assert cny(0) <= receipt.refunded <= receipt.refunded + promised <= receipt.amount
        assert order.refundable >= cny(0)

    @invariant()
    def no_unit_is_paid_back_twice_nor_for_more_than_it_cost(self) -> None:
        units: Counter[int] = Counter()
        amounts: Counter[int] = Counter()
        for refund in self.order.refunds:
            for part in refund.units:
                units[part.line] += part.quantity
                amounts[part.line] += part.amount
        for name in self.order.uncharged:
            shipment = self.order.shipment(name)
            assert shipment is not None
            units.update({part.line: part.quantity for part in shipment.plan.units})
        goods = line_goods(self.order) if self.order.status is not OrderStatus.DRAFT else ()
        for line, paid in zip(self.order.lines, goods, strict=False):
            assert units[line.line] <= line.quantity
            assert 0 <= amounts[line.line] <= paid
            if units[line.line] == line.quantity and not self.order.uncharged:
                assert amounts[line.line] == paid

    @invariant()
    def nobodys_money_is_kept_when_the_order_has_ended(self) -> None:
        if self.order.status is not OrderStatus.CANCELLED:
            return
        assert self.order.authorisation is None
        for receipt in (self.order.payment, *self.order.unwanted):
            if receipt and not self.order.is_charged_back(receipt.payment_key):
                assert receipt.kept == self.order.promised_of(receipt.payment_key)

    @invariant()
    def partial_failure_never_counts_as_complete(self) -> None:
        order = self.order
        if order.status in {OrderStatus.SHIPPED, OrderStatus.COMPLETED}:
            assert all(shipment.is_handed_over for shipment in order.live_shipments)
        if order.fulfilment_status is FulfilmentStatus.DELIVERED and order.shipments:
            assert {each.status for each in order.live_shipments} == {ShipmentStatus.DELIVERED}
        if order.status is OrderStatus.COMPLETED:
            assert order.authorisation is None

    @invariant()
    def identity_never_changes(self) -> None:
        first = fold(self.events[:1])
        assert (self.order.id, self.order.number, self.order.created_at, self.order.lines) == (
            first.id,
            first.number,
            first.created_at,
            first.lines,
        )

    @invariant()
    def replay_of_what_was_stored_gives_the_same_order(self) -> None:
        assert fold(decode(encode(event)) for event in self.events) == self.order
        assert self.order.version == len(self.events)
        assert order_from(json.loads(json.dumps(order_document(self.order)))) == self.order

    @invariant()
    def each_cause_has_at_most_one_way_back(self) -> None:
        asked = [event for event in self.events if isinstance(event, RefundRequested)]
        assert len(asked) == len({event.refund_key for event in asked})
        own = [event.cause for event in asked if event.cause]
        assert len(own) == len(set(own))

    def _shipments(self) -> list[str]:
        return [shipment.id for shipment in self.order.shipments]

    def _any_shipment(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(self._shipments()))

    def _any_return(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from([case.id for case in self.order.returns]))

    def _some_units(self, data: st.DataObject) -> list[Units]:
        lines: Any = st.sampled_from(self.order.lines)
        chosen = data.draw(st.lists(lines, min_size=1, max_size=2, unique=True))
        return [Units(line.line, data.draw(st.integers(1, line.quantity))) for line in chosen]


TestOrderLife = OrderLife.TestCase
TestOrderLife.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
