"""Names on the wire never change: running orders and stored histories know them."""

from unittest.mock import MagicMock

import pytest

from domain.errors import InvalidValueError
from tests.architecture import wire_names
from workflows import names
from workflows.after_sale import AfterSaleWorkflow
from workflows.late_payment import LatePaymentWorkflow
from workflows.order import OrderWorkflow
from workflows.schedules import PLANS
from workflows.workers import order_activities, payment_activities

AFTER_SALE = {
    "request_return",
    "decide_return",
    "receive_return",
    "request_refund",
    "link_exchange",
    "settle_review",
}


def test_an_order_and_its_workflow_name_each_other() -> None:
    workflow_id = names.order_workflow_id("ord_1")

    assert workflow_id == "order:ord_1"
    assert names.order_of_workflow_id(workflow_id) == "ord_1"


@pytest.mark.parametrize("strange", ["late-payment:pay_1", "order:", "ord_1"])
def test_an_id_of_something_else_names_no_order(strange: str) -> None:
    with pytest.raises(InvalidValueError):
        names.order_of_workflow_id(strange)


def test_late_money_has_one_workflow_for_each_attempt() -> None:
    assert names.late_payment_workflow_id("pay_1") == "late-payment:pay_1"


def test_a_schedule_and_its_turns_belong_to_one_installation() -> None:
    assert names.schedule_id("sweep-holds", "orders") == "sweep-holds:orders"
    assert names.housekeeping_workflow_id("sweep-holds", "orders") == "housekeeping:sweep-holds:orders"


def test_every_schedule_has_its_activity() -> None:
    known = set(wire_names.found()["activities"])

    assert {"expire_holds", "watch_prices", "advance_proposals"} <= _chores()
    assert {plan.chore.activity for plan in PLANS} <= known


def test_workflows_and_their_messages_keep_their_names() -> None:
    order = OrderWorkflow.__temporal_workflow_definition  # type: ignore[attr-defined]
    late = LatePaymentWorkflow.__temporal_workflow_definition  # type: ignore[attr-defined]

    assert (order.name, late.name) == ("Order", "LatePayment")
    assert set(order.updates) == {
        "checkout",
        "confirm_price",
        "decline_price",
        "cancel_order",
        "pay_again",
        "change_address",
        "accept_service",
        *AFTER_SALE,
    }
    assert set(order.signals) == {"payment_reported", "shipment_reported"}
    assert set(order.queries) == {"status", "price_breakdown", "timeline", "allowed_actions"}
    assert set(late.signals) == {"payment_reported"}


def test_after_sale_hears_the_same_messages_as_the_order() -> None:
    later = AfterSaleWorkflow.__temporal_workflow_definition  # type: ignore[attr-defined]

    assert later.name == "AfterSale"
    assert set(later.updates) == AFTER_SALE


def test_activities_keep_their_names() -> None:
    ports = MagicMock()
    local = {call.__temporal_activity_definition.name for call in order_activities(ports)}  # type: ignore[attr-defined]
    regular = {call.__temporal_activity_definition.name for call in payment_activities(ports)}  # type: ignore[attr-defined]

    assert local - _chores() == {
        "check_price_snapshot",
        "take_holds",
        "confirm_holds",
        "release_holds",
        "restock",
        "allocate_goods",
        "hand_over_goods",
        "cancel_goods",
        "deliver_digital",
        "revoke_digital",
        "book_shipment",
        "recall_shipment",
        "readdress_shipment",
        "track_shipment",
        "take_back_goods",
        "give_back_allowances",
        "price_what_is_kept",
        "record_events",
        "load_order",
        "raise_alert",
        "notify_buyer",
    }
    assert regular == {
        "request_payment",
        "query_payment",
        "capture_payment",
        "cancel_payment",
        "refund_payment",
    }


def _chores() -> set[str]:
    return {plan.chore.activity for plan in PLANS}
