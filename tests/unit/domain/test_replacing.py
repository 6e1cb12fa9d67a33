"""Our `replace` makes what the one of the standard library makes, and refuses what it refuses."""

from __future__ import annotations

import dataclasses

import pytest

from domain.errors import InvalidValueError
from domain.order.shipments import Units
from domain.replacing import replace
from tests.support.builders import an_order, cny

ORDER = an_order().paid().order


@dataclasses.dataclass(frozen=True)
class Loose:
    colour: str
    size: int = 1


@pytest.mark.parametrize(
    "changes", [{}, {"version": 9}, {"total": cny(1), "attempts": ("a",), "shipments": ()}]
)
def test_a_copy_is_that_of_the_standard_library(changes):
    copy = replace(ORDER, **changes)

    assert copy == dataclasses.replace(ORDER, **changes)
    assert copy is not ORDER
    assert hash(copy.total) == hash(dataclasses.replace(ORDER, **changes).total)


def test_the_original_stays_as_it_was():
    before = dataclasses.asdict(ORDER)

    replace(ORDER, version=99)

    assert dataclasses.asdict(ORDER) == before


def test_what_checks_itself_is_checked():
    with pytest.raises(InvalidValueError):
        replace(Units(1, 1), quantity=0)


def test_classes_without_slots_are_copied_too():
    assert replace(Loose("red"), size=2) == Loose("red", 2)


@pytest.mark.parametrize("value", [ORDER, Loose("red")])
def test_a_field_that_there_is_not_is_refused(value):
    with pytest.raises(TypeError, match="weight"):
        replace(value, weight=1)
