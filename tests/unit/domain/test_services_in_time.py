"""Services at the very moment of their deadline, and whoever else has something to say about them."""

from datetime import datetime, timedelta
from functools import partial

import pytest

from domain.catalogue.items import Category
from domain.errors import InvalidStateTransitionError
from domain.order.errors import OrderChangedError
from domain.order.fulfil import accept_service, decline_service, overdue_services, report_shipment
from domain.order.order import Order, fold
from domain.order.seen import if_seen
from domain.order.ship import shipment_id
from domain.order.shipments import ShipmentEnd, ShipmentStatus
from domain.ports.carriers import CarrierFactKind
from tests.support.builders import an_order, cny

A_MOMENT = timedelta(milliseconds=1)


def a_service() -> tuple[Order, datetime]:
    """A paid order of one service, and until when its merchant may accept it."""
    story = an_order().with_line("setup", 1, cny(3_000), category=Category.SERVICE)
    order = story.drafted().created().paid().planned().order
    until = order.shipments[0].plan.accept_by
    assert until is not None
    return order, until


@pytest.mark.parametrize("late", [-A_MOMENT, timedelta(), A_MOMENT])
def test_at_every_moment_a_service_is_either_in_time_or_overdue(late):
    order, until = a_service()

    overdue = overdue_services(order, until + late)
    try:
        accepted = accept_service(order, "shop-7", "anna", until + late)
    except InvalidStateTransitionError:
        accepted = ()

    assert bool(overdue) != bool(accepted)
    assert bool(accepted) == (late < timedelta())


def test_an_overdue_service_may_be_declined_and_is_paid_back_once():
    order, until = a_service()

    declined = decline_service(order, "shop-7", "anna", until)
    after = fold(declined, onto=order)

    assert after.shipments[0].end is ShipmentEnd.DECLINED
    assert overdue_services(after, until) == ()
    assert len(after.refunds) == 1


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("kind", CarrierFactKind)
def test_nobody_but_its_merchant_hands_a_service_over(kind, whole):
    order, until = a_service()
    about = shipment_id(order.id) if whole else order.shipments[0].id

    assert report_shipment(order, about, kind, until - A_MOMENT) == ()
    dropped = fold(overdue_services(order, until), onto=order)
    assert report_shipment(dropped, about, kind, until) == ()


def test_an_accepted_service_is_delivered_by_report():
    order, until = a_service()
    accepted = fold(accept_service(order, "shop-7", "anna", until - A_MOMENT), onto=order)

    done = fold(
        report_shipment(accepted, order.shipments[0].id, CarrierFactKind.DELIVERED, until), onto=accepted
    )

    assert done.shipments[0].status is ShipmentStatus.DELIVERED
    assert done.fulfilment_status == "delivered"


def test_a_decision_on_an_older_version_is_refused_only_if_it_would_change_something():
    order, until = a_service()
    at = until - A_MOMENT
    after = fold(accept_service(order, "shop-7", "anna", at), onto=order)

    assert if_seen(order, order.version, lambda: accept_service(order, "shop-7", "anna", at))
    assert if_seen(after, order.version, lambda: accept_service(after, "shop-7", "anna", at)) == ()
    for shown in (after, order):
        with pytest.raises(OrderChangedError) as refused:
            if_seen(after, order.version, partial(decline_service, shown, "shop-7", "anna", at))
        assert refused.value.facts["version"] == after.version
    with pytest.raises(InvalidStateTransitionError):
        if_seen(after, None, lambda: decline_service(after, "shop-7", "anna", at))
