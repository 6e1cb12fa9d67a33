"""The transition table is the one that was designed, and nothing goes around it (A21, A24)."""

from itertools import product
from typing import Any, cast

import pytest

from domain.errors import InvalidStateTransitionError
from domain.order.status import TRANSITIONS, OrderStatus, check_transition

DESIGNED = {
    "draft": {"created", "cancelled"},
    "created": {"paid", "cancelled"},
    "paid": {"shipped", "cancelled"},
    "shipped": {"completed", "cancelled"},
    "completed": {"cancelled"},
    "cancelled": set(),
}
PAIRS = list(product(OrderStatus, repeat=2))


def test_the_table_is_the_designed_one():
    assert {status.value: {to.value for to in targets} for status, targets in TRANSITIONS.items()} == DESIGNED


def test_the_table_is_read_only():
    with pytest.raises(TypeError):
        cast("Any", TRANSITIONS)[OrderStatus.CANCELLED] = frozenset(OrderStatus)


@pytest.mark.parametrize(("current", "wanted"), [p for p in PAIRS if p[1].value in DESIGNED[p[0].value]])
def test_a_designed_arrow_is_allowed(current, wanted):
    check_transition(current, wanted)


@pytest.mark.parametrize(("current", "wanted"), [p for p in PAIRS if p[1].value not in DESIGNED[p[0].value]])
def test_any_other_arrow_is_refused_with_both_states(current, wanted):
    with pytest.raises(InvalidStateTransitionError) as refused:
        check_transition(current, wanted)

    assert refused.value.facts == {"current": current.value, "wanted": wanted.value}
