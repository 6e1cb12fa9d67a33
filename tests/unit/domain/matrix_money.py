"""The commands that place, pay, ship and end an order, and the states that allow them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from domain.errors import DomainError
from domain.order import cancel, pay, place, ship
from domain.order.errors import (
    PaymentAmountMismatchError,
    PaymentNotPendingError,
    RefundExceedsCapturedError,
    UnknownAttemptError,
)
from domain.order.order import Order
from domain.order.status import CancelReason
from domain.payment.facts import FactKind
from tests.support.builders import NOON, PROVIDER, a_fact, cny
from tests.unit.domain.states import STORIES

LATER = NOON + timedelta(hours=1)
ALL = frozenset(STORIES)
CREATED = frozenset(state for state in STORIES if state.startswith("created"))
BEFORE_SHIPMENT = CREATED | {
    "draft",
    "paid",
    "paid, authorised",
    "paid, planned",
    "paid, service waits",
    "paid, everything lost",
}
ASKED = ALL - {"draft", "created", "cancelled"}
VOUCHED_FOR = frozenset({"paid, authorised", "shipped, money not taken", "shipped, capture refused"})
AFTER_PAYMENT = frozenset(state for state in STORIES if state.startswith(("paid", "shipped", "completed")))
WITH_MONEY = AFTER_PAYMENT - VOUCHED_FOR
THERE = frozenset(
    {
        "shipped, delivered",
        "shipped, parcel there",
        "shipped, return asked",
        "shipped, return agreed",
        "shipped, returned",
    }
)


def _attempt(order: Order) -> str:
    return order.attempts[-1] if order.attempts else "pay_never_made"


def _settle(kind: FactKind, amount: int = 1_000) -> Callable[[Order], Any]:
    def settled(order: Order) -> Any:
        key = _attempt(order)
        outcome = pay.outcome_of(order, key, [a_fact(key, kind, cny(amount))])
        return pay.settle_attempt(order, key, outcome, LATER)

    return settled


def _create(order: Order) -> Any:
    price = place.AgreedPrice("snap_1", cny(1_000), cny(0), cny(1_000))
    return place.create_order(order, price, LATER, LATER)


# For each command the function it tries, the states that allow it, and refusals with a name of their own.
MATRIX: dict[
    str, tuple[Any, Callable[[Order], Any], frozenset[str], dict[frozenset[str], type[DomainError]]]
] = {
    "create": (place.create_order, _create, frozenset({"draft"}), {}),
    "ask for payment": (
        pay.request_payment,
        lambda order: pay.request_payment(order, PROVIDER, LATER),
        frozenset({"created", "created, attempt failed"}),
        {frozenset({"created, attempt open", "created, in review"}): PaymentNotPendingError},
    ),
    "confirm the payment": (
        pay.confirm_payment,
        lambda order: pay.confirm_payment(order, _attempt(order), cny(1_000), LATER),
        CREATED - {"created"},
        {frozenset({"created"}): UnknownAttemptError},
    ),
    "confirm the wrong amount": (
        pay.confirm_payment,
        lambda order: pay.confirm_payment(order, _attempt(order), cny(999), LATER),
        frozenset(),
        {
            CREATED - {"created"}: PaymentAmountMismatchError,
            frozenset({"created"}): UnknownAttemptError,
        },
    ),
    **{
        f"hear of {kind.value}": (
            pay.settle_attempt,
            _settle(kind),
            ASKED,
            {ALL - ASKED: UnknownAttemptError},
        )
        for kind in FactKind
    },
    "hear of a wrong amount": (
        pay.settle_attempt,
        _settle(FactKind.CAPTURED, 1),
        ASKED,
        {ALL - ASKED: UnknownAttemptError},
    ),
    "record a full refund": (
        pay.record_refund,
        lambda order: pay.record_refund(order, "ref_full", _attempt(order), cny(1_000), LATER),
        WITH_MONEY,
        {ALL - WITH_MONEY: RefundExceedsCapturedError},
    ),
    "record a part refund": (
        pay.record_refund,
        lambda order: pay.record_refund(order, "ref_part", _attempt(order), cny(1), LATER),
        WITH_MONEY,
        {ALL - WITH_MONEY: RefundExceedsCapturedError},
    ),
    "record a refund of too much": (
        pay.record_refund,
        lambda order: pay.record_refund(order, "ref_more", _attempt(order), cny(1_001), LATER),
        frozenset(),
        {ALL: RefundExceedsCapturedError},
    ),
    "ship": (
        ship.ship_order,
        lambda order: ship.ship_order(order, LATER),
        frozenset({"paid", "paid, authorised"}),
        {},
    ),
    "deliver": (
        ship.deliver_order,
        lambda order: ship.deliver_order(order, LATER),
        frozenset({"shipped"}),
        {},
    ),
    "complete": (
        ship.complete_order,
        lambda order: ship.complete_order(order, LATER),
        THERE,
        {},
    ),
    "cancel": (
        cancel.cancel_order,
        lambda order: cancel.cancel_order(order, CancelReason.BUYER, "buyer", LATER),
        BEFORE_SHIPMENT,
        {},
    ),
}
