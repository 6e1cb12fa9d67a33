"""Status × command: every command in every state either decides events that fold, or refuses by name."""

from __future__ import annotations

import inspect
from itertools import product
from typing import Any

import pytest

from domain.errors import DomainError, InvalidStateTransitionError
from domain.order import after_sale, cancel, capture, fulfil, pay, place, plan, refund, review_money, ship
from domain.order.events import OrderEvent
from domain.order.order import fold
from domain.order.status import OrderStatus
from tests.unit.domain import matrix_goods, matrix_money
from tests.unit.domain.states import STORIES

MATRIX = {**matrix_money.MATRIX, **matrix_goods.MATRIX}
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
        shown = {order.status.value, order.fulfilment_status.value, order.payment_status.value}
        shown |= {shipment.status.value for shipment in order.shipments}
        assert refused.value.facts["current"] in shown


def test_the_matrix_knows_every_command():
    helpers = {
        pay.free_of_charge,
        pay.money_back,
        pay.outcome_of,
        pay.is_unwanted,
        ship.shipment_id,
        ship.is_all_virtual,
        place.draft_order,
        capture.captured_later,
        capture.authorisation_ended,
        refund.check_units,
        refund.may_refund,
        refund.refund_dropped,
        refund.refund_returned,
        refund.refund_surplus,
    }
    found = {
        function
        for module in (place, pay, capture, review_money, ship, cancel, plan, fulfil, refund, after_sale)
        for name, function in vars(module).items()
        if inspect.isfunction(function) and function.__module__ == module.__name__ and name[0] != "_"
    }

    assert found - helpers == {row[0] for row in MATRIX.values()}


def test_the_matrix_knows_every_status():
    assert {STORIES[state]().status for state in STORIES} == set(OrderStatus)
