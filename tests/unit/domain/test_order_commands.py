"""Status × command: every command in every state either decides events that fold, or refuses by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from domain.errors import DomainError, InvalidStateTransitionError
from domain.order import cancel, pay, place, ship
from domain.order.errors import (
    PaymentAmountMismatchError,
    PaymentNotPendingError,
    RefundExceedsCapturedError,
    UnknownAttemptError,
)
from domain.order.events import OrderEvent
from domain.order.order import Order, fold
from domain.order.status import CancelReason, OrderStatus
from domain.payment.facts import FactKind
from domain.payment.outcome import judge_attempt
from tests.support.builders import NOON, PROVIDER, a_fact, cny
from tests.unit.domain.states import STORIES

LATER = NOON + timedelta(hours=1)
ALL = frozenset(STORIES)
CREATED = frozenset(state for state in STORIES if state.startswith("created"))
BEFORE_SHIPMENT = CREATED | {"draft", "paid"}
ASKED = ALL - {"draft", "created", "cancelled"}
WITH_MONEY = frozenset({"paid", "shipped", "shipped, delivered", "completed"})


def _attempt(order: Order) -> str:
    return order.attempts[-1] if order.attempts else "pay_never_made"


def _settle(kind: FactKind, amount: int = 1_000) -> Callable[[Order], Any]:
    def settled(order: Order) -> Any:
        key = _attempt(order)
        outcome = judge_attempt(cny(1_000), [a_fact(key, kind, cny(amount))])
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
        frozenset({"paid"}),
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
        frozenset({"shipped, delivered"}),
        {},
    ),
    "cancel": (
        cancel.cancel_order,
        lambda order: cancel.cancel_order(order, CancelReason.BUYER, "buyer", LATER),
        BEFORE_SHIPMENT,
        {},
    ),
}
CELLS = list(product(MATRIX, STORIES))


def _refusal(command: str, state: str) -> type[DomainError]:
    named = MATRIX[command][3]
    return next((error for states, error in named.items() if state in states), InvalidStateTransitionError)


def _events(decision: Any) -> tuple[OrderEvent, ...]:
    return decision if isinstance(decision, tuple) else (decision,)


@pytest.mark.parametrize(("command", "state"), [c for c in CELLS if c[1] in MATRIX[c[0]][2]])
def test_an_allowed_command_decides_events_that_fold(command, state):
    order = STORIES[state]()

    events = _events(MATRIX[command][1](order))

    assert fold(events, onto=order).version == order.version + len(events)


@pytest.mark.parametrize(("command", "state"), [c for c in CELLS if c[1] not in MATRIX[c[0]][2]])
def test_any_other_command_is_refused_by_name_with_what_it_was_about(command, state):
    order = STORIES[state]()

    with pytest.raises(_refusal(command, state)) as refused:
        MATRIX[command][1](order)

    assert refused.type is _refusal(command, state)
    assert refused.value.facts
    if refused.type is InvalidStateTransitionError:
        assert set(refused.value.facts) == {"current", "wanted"}
        assert refused.value.facts["current"] in {order.status.value, order.fulfilment_status.value}


def test_the_matrix_knows_every_command():
    helpers = {
        pay.payment_key,
        pay.refund_key,
        pay.free_of_charge,
        pay.money_back,
        ship.shipment_id,
        ship.is_all_virtual,
        place.draft_order,
    }
    found = {
        function
        for module in (place, pay, ship, cancel)
        for name, function in vars(module).items()
        if inspect.isfunction(function) and function.__module__ == module.__name__ and name[0] != "_"
    }

    assert found - helpers == {row[0] for row in MATRIX.values()}


def test_the_matrix_knows_every_status():
    assert {STORIES[state]().status for state in STORIES} == set(OrderStatus)
