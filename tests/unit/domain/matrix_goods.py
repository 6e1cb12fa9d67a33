"""The commands about parcels, captures, reviews, refunds and returns, and the states that allow them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from domain.errors import DomainError
from domain.order import after_sale, capture, fulfil, plan, refund, review_money
from domain.order.errors import (
    NotInReviewError,
    NotReturnableError,
    PaymentAmountMismatchError,
    ReturnClosedError,
    ReturnNotFoundError,
    ShipmentNotFoundError,
)
from domain.order.order import Order
from domain.order.refund_policy import RefundPolicy
from domain.order.returns import ReturnReason
from domain.order.shipments import ShipmentEnd, Units
from domain.payment.review import ReviewDecision
from domain.ports.carriers import CarrierFactKind
from domain.stock.allocation import AllocatedUnits
from tests.support.builders import HOME, cny
from tests.unit.domain.matrix_money import AFTER_PAYMENT, ALL, CREATED, LATER, THERE, VOUCHED_FOR
from tests.unit.domain.states import STORIES

ONE = [Units(1, 1)]
KEEP = RefundPolicy()
IN_REVIEW = frozenset({"created, in review", "shipped, capture refused", "completed, charged back"})
PROMISED_BACK = frozenset({"paid, everything lost", "shipped, returned"})
PLANNED = frozenset(state for state in STORIES if STORIES[state]().shipments)
SERVICE = frozenset({"paid, service waits"})
LEFT = PLANNED - {"paid, planned", "paid, service waits", "paid, everything lost"}
RETURNS = frozenset({"shipped, return asked", "shipped, return agreed", "shipped, returned"})
PAY_BACK = (THERE | {"shipped", "shipped, by parcel", "completed"}) - VOUCHED_FOR
WITH_UNITS = THERE | {"completed", "completed, charged back"}


def _first(order: Order) -> str:
    return order.shipments[0].id if order.shipments else "shp_none"


def _key(order: Order) -> str:
    return order.attempts[-1] if order.attempts else "pay_never_made"


def _soon(order: Order) -> Any:
    return (order.updated_at or LATER) + timedelta(seconds=1)


def _plan(order: Order) -> Any:
    line = order.lines[0]
    allocated = [AllocatedUnits(1, line.sku, line.quantity, "main")]
    return plan.plan_shipments(order, allocated, LATER, LATER)


def _decide(decision: ReviewDecision) -> Callable[[Order], Any]:
    return lambda order: review_money.settle_review(order, _key(order), decision, "finance", LATER)


def _report(kind: CarrierFactKind) -> Callable[[Order], Any]:
    return lambda order: fulfil.report_shipment(order, _first(order), kind, LATER)


def _answer(approved: bool) -> Callable[[Order], Any]:
    return lambda order: after_sale.decide_return(order, "ret_1", approved, True, "shop-7", "", KEEP, LATER)


MATRIX: dict[
    str, tuple[Any, Callable[[Order], Any], frozenset[str], dict[frozenset[str], type[DomainError]]]
] = {
    "ask for the capture": (
        capture.request_capture,
        lambda order: capture.request_capture(order, LATER),
        ALL,
        {},
    ),
    "hear that the capture was refused": (
        capture.capture_refused,
        lambda order: capture.capture_refused(order, LATER),
        ALL,
        {},
    ),
    "accept doubtful money": (
        review_money.settle_review,
        _decide(ReviewDecision.ACCEPT),
        frozenset(),
        {
            ALL - IN_REVIEW: NotInReviewError,
            IN_REVIEW - {"completed, charged back"}: PaymentAmountMismatchError,
        },
    ),
    "send doubtful money back": (
        review_money.settle_review,
        _decide(ReviewDecision.SEND_BACK),
        # What was promised back and has not gone is asked for again.
        (IN_REVIEW - {"completed, charged back"}) | PROMISED_BACK,
        {ALL - IN_REVIEW - PROMISED_BACK: NotInReviewError},
    ),
    "leave doubtful money": (
        review_money.settle_review,
        _decide(ReviewDecision.DISMISS),
        IN_REVIEW,
        {ALL - IN_REVIEW: NotInReviewError},
    ),
    "plan": (plan.plan_shipments, _plan, frozenset({"paid", "paid, authorised"}), {}),
    "book": (
        fulfil.book_shipment,
        lambda order: fulfil.book_shipment(order, _first(order), "sandbox", "track", LATER),
        PLANNED,
        {ALL - PLANNED: ShipmentNotFoundError},
    ),
    "issue files": (fulfil.deliver_virtual, lambda order: fulfil.deliver_virtual(order, LATER), ALL, {}),
    "accept a service": (
        fulfil.accept_service,
        lambda order: fulfil.accept_service(order, "shop-7", "shop-7", _soon(order)),
        SERVICE,
        {ALL - SERVICE: ShipmentNotFoundError},
    ),
    "decline a service": (
        fulfil.decline_service,
        lambda order: fulfil.decline_service(order, "shop-7", "shop-7", _soon(order)),
        SERVICE,
        {ALL - SERVICE: ShipmentNotFoundError},
    ),
    "end what nobody accepted": (
        fulfil.overdue_services,
        lambda order: fulfil.overdue_services(order, LATER),
        ALL,
        {},
    ),
    **{
        f"hear that a parcel is {kind.value}": (
            fulfil.report_shipment,
            _report(kind),
            PLANNED,
            {ALL - PLANNED: ShipmentNotFoundError},
        )
        for kind in CarrierFactKind
    },
    "drop a parcel": (
        fulfil.drop_shipment,
        lambda order: fulfil.drop_shipment(order, _first(order), ShipmentEnd.NOT_BOOKED, "system", LATER),
        PLANNED - LEFT,
        {ALL - PLANNED: ShipmentNotFoundError},
    ),
    "send elsewhere": (
        fulfil.change_address,
        lambda order: fulfil.change_address(order, HOME, "buyer", LATER),
        CREATED | SERVICE | {"draft", "paid", "paid, authorised", "paid, planned"},
        {},
    ),
    "pay units back": (
        refund.refund_units,
        lambda order: refund.refund_units(order, "rfd_1", ONE, "goodwill", KEEP, LATER),
        PAY_BACK | {"paid, half handed over"},
        {},
    ),
    "pay an amount back": (
        refund.refund_amount,
        lambda order: refund.refund_amount(order, "rfd_1", cny(1), "goodwill", LATER),
        PAY_BACK | {"paid, half handed over"},
        {},
    ),
    "pay the rest back": (
        refund.refund_rest,
        lambda order: refund.refund_rest(order, "rfd_1", "goodwill", LATER),
        PAY_BACK,
        {},
    ),
    "ask for a return": (
        after_sale.request_return,
        lambda order: after_sale.request_return(
            order, "ret_2", ONE, ReturnReason.DAMAGED, False, "buyer", LATER
        ),
        WITH_UNITS,
        {AFTER_PAYMENT - WITH_UNITS - VOUCHED_FOR: NotReturnableError},
    ),
    "agree to a return": (
        after_sale.decide_return,
        _answer(approved=True),
        RETURNS,
        {ALL - RETURNS: ReturnNotFoundError},
    ),
    "reject a return": (
        after_sale.decide_return,
        _answer(approved=False),
        frozenset({"shipped, return asked"}),
        {ALL - RETURNS: ReturnNotFoundError, RETURNS: ReturnClosedError},
    ),
    "receive a return": (
        after_sale.receive_return,
        lambda order: after_sale.receive_return(order, "ret_1", ONE, True, "main", KEEP, LATER),
        RETURNS - {"shipped, return asked"},
        {ALL - RETURNS: ReturnNotFoundError, RETURNS: ReturnClosedError},
    ),
    "wait for a return in vain": (
        after_sale.expire_return,
        lambda order: after_sale.expire_return(order, "ret_1", LATER),
        RETURNS,
        {ALL - RETURNS: ReturnNotFoundError},
    ),
    "link an exchange": (
        after_sale.link_exchange,
        lambda order: after_sale.link_exchange(order, "ret_1", "ord_2", LATER),
        RETURNS,
        {ALL - RETURNS: ReturnNotFoundError},
    ),
}
