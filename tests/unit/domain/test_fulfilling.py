"""From money to goods: what leaves from where, what is lost on the way, and when the whole has arrived."""

from datetime import timedelta

import pytest

from domain.catalogue.items import Category
from domain.errors import InvalidStateTransitionError, InvalidValueError
from domain.money import Money
from domain.order.cancel import cancel_order
from domain.order.events import OrderCancelled, OrderDelivered, OrderShipped, RefundRequested
from domain.order.fulfil import (
    accept_service,
    change_address,
    overdue_services,
    plan_shipments,
    report_shipment,
)
from domain.order.fulfilment_events import ShipmentCancelled, ShipmentHandedOver
from domain.order.ship import shipment_id
from domain.order.shipments import ShipmentEnd, ShipmentStatus
from domain.order.status import CancelReason, FulfilmentStatus, OrderStatus, PaymentStatus
from domain.payment.facts import FactKind
from domain.ports.carriers import CarrierFactKind
from domain.stock.allocation import AllocatedUnits
from tests.support.builders import HOME, NOON, OrderBuilder, a_fact, an_order, cny

LATER = NOON + timedelta(hours=1)
SERVICE, VIRTUAL = Category.SERVICE, Category.VIRTUAL


def mixed() -> OrderBuilder:
    return (
        an_order()
        .with_line("mug", 3, cny(300))
        .with_line("fit", merchant="shop-9", category=SERVICE)
        .with_line("song", category=VIRTUAL)
        .with_line("tune", merchant="shop-8", category=SERVICE)
        .with_delivery_fee(cny(50))
        .paid()
    )


def two_parcels(*, paid: bool = True) -> OrderBuilder:
    story = an_order().with_line("mug", 3, cny(333)).with_delivery_fee(cny(50))
    story = story.paid() if paid else story.authorised()
    return story.planned((1, 2, "main"), (1, 1, "west"))


def refunds(story: OrderBuilder) -> list[tuple[str, int]]:
    return [
        (event.cause, event.amount.amount) for event in story.events if isinstance(event, RefundRequested)
    ]


def test_parcels_come_first_then_services_by_merchant_then_all_files():
    order = mixed().planned((1, 1, "west"), (1, 2, "main")).order

    plans = [
        (each.id, each.plan.category, each.plan.warehouse_id, each.plan.merchant_id)
        for each in order.shipments
    ]
    assert plans == [
        ("shp_ord_1_1", Category.PHYSICAL, "main", ""),
        ("shp_ord_1_2", Category.PHYSICAL, "west", ""),
        ("shp_ord_1_3", SERVICE, "", "shop-8"),
        ("shp_ord_1_4", SERVICE, "", "shop-9"),
        ("shp_ord_1_5", VIRTUAL, "", ""),
    ]
    assert [bool(each.plan.accept_by) for each in order.shipments] == [False, False, True, True, False]


@pytest.mark.parametrize("quantity", [2, 4])
def test_nothing_is_planned_unless_exactly_all_physical_goods_have_a_place(quantity):
    allocated = [AllocatedUnits(1, "mug", quantity, "main")]

    with pytest.raises(InvalidValueError):
        plan_shipments(mixed().order, allocated, LATER, LATER)


def test_an_order_with_a_parcel_in_the_warehouse_is_never_shipped():
    story = two_parcels().arrived(1)

    assert story.order.status is OrderStatus.PAID
    assert story.order.fulfilment_status is FulfilmentStatus.PARTIALLY_SHIPPED
    assert not any(isinstance(event, OrderShipped) for event in story.events)

    story.handed_over(2)
    assert (story.order.status, story.order.fulfilment_status) == (
        OrderStatus.SHIPPED,
        FulfilmentStatus.SHIPPED,
    )
    assert story.arrived(2).order.fulfilment_status is FulfilmentStatus.DELIVERED


def test_what_arrived_was_handed_over_before():
    story = an_order().paid().planned().arrived()

    kinds = [type(event) for event in story.events[-4:]]
    assert kinds[0] is ShipmentHandedOver
    assert kinds[2:] == [OrderShipped, OrderDelivered]


@pytest.mark.parametrize("first", CarrierFactKind)
@pytest.mark.parametrize("second", CarrierFactKind)
def test_the_first_end_of_a_parcel_stays_whatever_is_said_later(first, second):
    story = two_parcels()
    parcel = story.parcel(1)
    story._happened(report_shipment(story.order, parcel, first, LATER))

    later = report_shipment(story.order, parcel, second, LATER)

    if first is not CarrierFactKind.HANDED_OVER or second is first:
        assert later == ()
    else:
        assert later


def test_one_report_for_all_parcels_leaves_services_that_nobody_accepted_alone():
    story = mixed().planned().issued().accepted("shop-9")

    story._happened(report_shipment(story.order, shipment_id("ord_1"), CarrierFactKind.DELIVERED, LATER))

    by_id = {each.plan.merchant_id or each.plan.warehouse_id: each.status for each in story.order.shipments}
    assert by_id["main"] is by_id["shop-9"] is ShipmentStatus.DELIVERED
    assert by_id["shop-8"] is ShipmentStatus.PLANNED
    assert story.order.status is OrderStatus.PAID


@pytest.mark.parametrize("end", ["lost", "came_back"])
def test_a_parcel_that_does_not_arrive_is_paid_back_at_once_and_the_others_go_on(end):
    story = two_parcels()
    getattr(story, end)(1)

    assert refunds(story) == [("shp_ord_1_1", 666)]
    assert story.order.refund("ref_pay_ord_1_1_shp_ord_1_1") is not None
    assert story.arrived(2).order.fulfilment_status is FulfilmentStatus.DELIVERED
    assert story.order.status is OrderStatus.SHIPPED


def test_with_the_last_parcel_everything_goes_back_and_then_the_order_ends():
    story = two_parcels().lost(1).lost(2)

    assert refunds(story) == [("shp_ord_1_1", 666), ("shp_ord_1_2", 383)]
    assert (story.order.status, story.order.fulfilment_status) == (
        OrderStatus.PAID,
        FulfilmentStatus.RETURNED,
    )

    story.refunded(cny(666), "ref_pay_ord_1_1_shp_ord_1_1").refunded(cny(383), "ref_pay_ord_1_1_shp_ord_1_2")
    assert (story.order.status, story.order.cancel_reason) == (OrderStatus.CANCELLED, CancelReason.REFUNDED)
    assert story.order.payment_status is PaymentStatus.REFUNDED


def test_the_parts_of_a_line_in_several_parcels_sum_up_to_it():
    story = an_order().with_line("mug", 3, cny(333)).agreed_at(cny(333)).paid()
    story.planned((1, 1, "a"), (1, 1, "b"), (1, 1, "c")).lost(1).lost(2).lost(3)

    assert sum(amount for _, amount in refunds(story)) == 999


def test_money_that_is_only_authorised_is_taken_for_what_leaves():
    story = two_parcels(paid=False).lost(1)
    assert refunds(story) == []

    story.handed_over(2).capture_asked()

    assert story.order.capture_asked is not None
    assert story.order.capture_asked.asked == cny(333 + 50)
    assert story.captured().order.captured == cny(383)
    assert story.arrived(2).completed().order.status is OrderStatus.COMPLETED


def test_a_parcel_that_is_lost_while_its_money_is_being_taken_is_paid_back_after_it_came():
    story = two_parcels(paid=False).handed_over(1).capture_asked().lost(2)
    assert refunds(story) == []

    story.captured()

    assert story.order.captured == cny(1_049)
    assert refunds(story) == [("shp_ord_1_2", 333)]


def test_nothing_is_asked_for_before_something_leaves_and_nothing_twice():
    story = two_parcels(paid=False)
    before = len(story.events)

    assert len(story.capture_asked().events) == before
    story.handed_over(1).capture_asked()
    asked = len(story.events)
    assert len(story.capture_asked().events) == asked


def test_an_order_whose_money_is_only_authorised_is_not_completed():
    story = an_order().authorised().planned().arrived()

    with pytest.raises(InvalidStateTransitionError):
        story.completed()

    assert story.capture_asked().captured().completed().order.status is OrderStatus.COMPLETED


def test_a_service_that_nobody_accepts_in_time_ends_an_order_of_nothing_else():
    story = an_order().with_line("fit", category=SERVICE).authorised().planned().accepted_too_late()

    assert (story.order.status, story.order.cancel_reason) == (OrderStatus.CANCELLED, CancelReason.MERCHANT)
    assert story.order.authorisation is None
    assert story.order.shipments[0].end is ShipmentEnd.NOT_ACCEPTED


def test_a_declined_service_is_paid_back_and_its_goods_go_on():
    story = mixed().planned().issued().not_accepted("shop-9")

    assert refunds(story) == [("shp_ord_1_3", 1_000)]
    assert story.order.status is OrderStatus.PAID
    assert story.accepted("shop-8").handed_over(1).order.status is OrderStatus.SHIPPED


def test_a_service_is_accepted_until_its_time_and_not_at_it():
    story = an_order().with_line("fit", category=SERVICE).paid().planned()
    until = story.order.shipments[0].plan.accept_by
    assert until is not None

    assert accept_service(story.order, "shop-7", "shop-7", until - timedelta(microseconds=1))
    with pytest.raises(InvalidStateTransitionError):
        accept_service(story.order, "shop-7", "shop-7", until)
    assert not overdue_services(story.order, until - timedelta(microseconds=1))
    assert overdue_services(story.order, until)


def test_the_buyer_cancels_until_something_leaves_and_the_parcels_stay_here():
    story = two_parcels().booked(1)
    events = cancel_order(story.order, CancelReason.BUYER, "buyer", LATER)

    assert [type(event) for event in events[:3]] == [OrderCancelled, ShipmentCancelled, ShipmentCancelled]
    with pytest.raises(InvalidStateTransitionError) as refused:
        cancel_order(story.handed_over(1).order, CancelReason.BUYER, "buyer", LATER)
    assert refused.value.facts == {"current": "partially_shipped", "wanted": "cancelled"}


@pytest.mark.parametrize("done", ["accepted", "issued"])
def test_an_accepted_service_and_delivered_files_count_as_handed_over(done):
    category = SERVICE if done == "accepted" else VIRTUAL
    story = an_order().with_line("mug").with_line("other", category=category).paid().planned()
    getattr(story, done)()

    with pytest.raises(InvalidStateTransitionError):
        story.cancelled()


def test_cancelling_authorised_money_gives_it_up():
    order = two_parcels(paid=False).cancelled().order

    assert (order.status, order.authorisation, order.refunds) == (OrderStatus.CANCELLED, None, ())


def test_what_travels_after_the_end_is_recorded_and_pays_nothing_twice():
    story = two_parcels().cancelled().handed_over(1).came_back(1)

    assert story.order.shipments[0].status is ShipmentStatus.RETURNED
    assert story.order.shipments[0].end is ShipmentEnd.RECALLED
    assert refunds(story) == [("", 1_049)]


def test_goods_of_a_charged_back_order_are_lost_without_paying_twice():
    story = an_order().paid().planned()
    story.reported(a_fact(story.attempt), a_fact(story.attempt, FactKind.CHARGED_BACK))

    story.lost()

    assert refunds(story) == [("shp_ord_1_1", 0)]
    assert (story.order.status, story.order.payment_status) == (
        OrderStatus.CANCELLED,
        PaymentStatus.CHARGED_BACK,
    )


def test_the_address_changes_until_the_first_parcel_leaves():
    elsewhere = type(HOME)("2 Mill Lane", "Leeds", "LS1 4AP", "GB")
    story = two_parcels().moved_to(elsewhere)
    assert story.order.address == elsewhere
    before = len(story.events)
    assert len(story.moved_to(elsewhere).events) == before

    with pytest.raises(InvalidStateTransitionError):
        change_address(story.handed_over(1).order, HOME, "buyer", LATER)


def test_a_free_order_that_is_lost_ends_without_money():
    story = an_order().with_line("gift", 1, Money(0, "CNY")).paid().planned().lost()

    assert story.order.status is OrderStatus.CANCELLED
    assert story.order.due_refunds == ()
