"""What may be told of a buyer."""

from datetime import timedelta
from typing import Any

import pytest

from domain.catalogue.buyers import MOST_SEGMENTS, NEW_BUYER, Buyer
from domain.errors import InvalidValueError
from tests.support.builders import NOON

AN_INSTANT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"id": ""}, "id"),
        ({"id": "b" * 101}, "id"),
        ({"total_orders": -1}, "total_orders"),
        ({"segments": frozenset(str(number) for number in range(MOST_SEGMENTS + 1))}, "segments"),
    ],
)
def test_what_no_buyer_can_be_is_refused(facts: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidValueError) as refused:
        Buyer(**{"id": "b-1", **facts})

    assert refused.value.facts["field"] == field


def test_a_buyer_may_be_in_twenty_segments() -> None:
    assert Buyer("b-1", segments=frozenset(str(number) for number in range(MOST_SEGMENTS))).segments


@pytest.mark.parametrize(
    ("buyer", "expected"),
    [
        (Buyer("b-1", NOON - NEW_BUYER), True),
        (Buyer("b-1", NOON - NEW_BUYER - AN_INSTANT), False),
        (Buyer("b-1", NOON, total_orders=1), False),
        (Buyer("b-1"), False),
    ],
)
def test_a_buyer_is_new_for_seven_days_and_until_the_first_order(buyer: Buyer, expected: bool) -> None:
    assert buyer.is_new(NOON) is expected
