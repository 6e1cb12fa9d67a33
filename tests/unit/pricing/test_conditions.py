"""Conditions on a shopper: what they mean, and their JSON."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from domain.catalogue.buyers import Buyer
from domain.errors import InvalidValueError
from domain.pricing.conditions import (
    IS_NEW_BUYER,
    PAYMENT_METHOD,
    REGION,
    REGISTERED_AT,
    TOTAL_ORDERS,
    InSegment,
    condition_document,
    condition_from,
    qualifies,
)
from domain.pricing.promotion import Shopper
from domain.specification import AllOf, AnyOf, Specification
from tests.support.price_pages import BUYER, NEWCOMER, NOW

SHOPPER = Shopper(replace(BUYER, segments=frozenset({"vip"})), "CN", "card", NOW)
NOBODY = Shopper(None, "CN", "card", NOW)
NEW = Shopper(NEWCOMER, "", "", NOW)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"all": []}, True),
        ({"any": []}, False),
        ({"attribute": "region", "one_of": ["US", "CN"]}, True),
        ({"attribute": "region", "one_of": ["US"]}, False),
        ({"not": {"attribute": "region", "one_of": ["US"]}}, True),
        ({"attribute": "payment_method", "one_of": ["card"]}, True),
        ({"attribute": "segments", "contains": "vip"}, True),
        ({"attribute": "segments", "contains": "gold"}, False),
        ({"attribute": "is_new_buyer", "one_of": [True]}, False),
        ({"attribute": "is_new_buyer", "one_of": [False]}, True),
        ({"attribute": "total_orders", "at_least": 3}, True),
        ({"attribute": "total_orders", "greater_than": 3}, False),
        ({"attribute": "total_orders", "at_most": 3}, True),
        ({"attribute": "total_orders", "less_than": 3}, False),
        ({"attribute": "total_orders", "one_of": [1, 3]}, True),
        ({"attribute": "registered_at", "less_than": "2026-01-01T00:00:00Z"}, True),
        ({"attribute": "registered_at", "at_least": "2026-01-01T08:00:00+08:00"}, False),
        ({"any": [{"any": []}, {"all": [{"attribute": "region", "one_of": ["CN"]}]}]}, True),
    ],
)
def test_a_document_means_what_it_says_and_survives(document, expected):
    condition = condition_from(document)

    assert qualifies(condition, SHOPPER) is expected
    assert condition_from(condition_document(condition)) == condition


@pytest.mark.parametrize(
    "condition",
    [
        AllOf((REGION.equals("CN"), PAYMENT_METHOD.one_of("card", "wallet"))),
        AnyOf((IS_NEW_BUYER.equals(value=True), ~InSegment("vip"))),
        TOTAL_ORDERS.at_least(3) & TOTAL_ORDERS.less_than(9),
        REGISTERED_AT.greater_than(NOW - timedelta(days=3, microseconds=1)),
    ],
)
def test_a_condition_survives_its_document(condition):
    assert condition_from(condition_document(condition)) == condition


@pytest.mark.parametrize(
    "condition",
    [
        InSegment("vip"),
        ~InSegment("vip"),
        IS_NEW_BUYER.equals(value=False),
        TOTAL_ORDERS.at_most(5),
        REGISTERED_AT.less_than(NOW),
        REGION.equals("CN") & TOTAL_ORDERS.at_least(0),
        REGION.equals("CN") | ~(REGION.equals("US") & InSegment("x")),
    ],
)
def test_nothing_about_the_buyer_holds_for_an_unknown_one(condition):
    assert qualifies(condition, NOBODY) is False


def test_what_is_not_about_the_buyer_holds_for_an_unknown_one():
    assert qualifies(REGION.equals("CN") & PAYMENT_METHOD.equals("card"), NOBODY)


def test_nothing_about_a_registration_holds_when_nobody_told_us_of_it():
    untold = replace(NEW, buyer=Buyer("b"))

    assert not qualifies(REGISTERED_AT.less_than(NOW), untold)
    assert not qualifies(~REGISTERED_AT.greater_than(NOW), untold)
    assert qualifies(TOTAL_ORDERS.at_most(0), untold)


def test_a_newcomer_is_new():
    assert qualifies(IS_NEW_BUYER.equals(value=True), NEW)


def test_a_segment_alone_is_not_met_by_nobody():
    assert not InSegment("vip").is_satisfied_by(NOBODY)


def nested(depth) -> dict[str, Any]:
    document: dict[str, Any] = {"attribute": "region", "one_of": ["CN"]}
    for _ in range(depth - 1):
        document = {"not": document}
    return document


def test_conditions_are_at_most_eight_deep():
    assert condition_document(condition_from(nested(8))) == nested(8)
    with pytest.raises(InvalidValueError):
        condition_from(nested(9))


def test_conditions_have_at_most_a_hundred_parts():
    part = {"attribute": "region", "one_of": ["CN"]}
    assert len(condition_document(condition_from({"all": [part] * 99}))["all"]) == 99
    with pytest.raises(InvalidValueError):
        condition_from({"all": [part] * 100})


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "all",
        {},
        {"all": {}},
        {"all": [], "any": []},
        {"any": [], "x": 1},
        {"not": {"all": []}, "x": 1},
        {"attribute": "region"},
        {"attribute": "region", "one_of": []},
        {"attribute": "region", "one_of": "CN"},
        {"attribute": "region", "one_of": ["CN"] * 101},
        {"attribute": "region", "one_of": [5]},
        {"attribute": "region", "one_of": ["x" * 101]},
        {"attribute": "region", "at_least": "CN"},
        {"attribute": "region", "one_of": ["CN"], "at_least": 1},
        {"attribute": "segments", "contains": 5},
        {"attribute": "segments", "contains": "x" * 101},
        {"attribute": "segments", "one_of": ["vip"]},
        {"attribute": "segments", "contains": "vip", "x": 1},
        {"attribute": "is_new_buyer", "one_of": [1]},
        {"attribute": "total_orders", "at_least": "3"},
        {"attribute": "total_orders", "at_least": True},
        {"attribute": "total_orders", "at_least": 10**10},
        {"attribute": "total_orders", "near": 3},
        {"attribute": "registered_at", "at_least": "2026-01-01"},
        {"attribute": "registered_at", "at_least": 5},
        {"attribute": "shoe_size", "one_of": [42]},
        {"attribute": 5, "one_of": [42]},
    ],
)
def test_everything_else_is_refused(document):
    with pytest.raises(InvalidValueError) as refused:
        condition_from(document)

    assert refused.value.facts["field"] == "condition"


@dataclass(frozen=True)
class Whim(Specification[Shopper]):
    """A condition of somebody's own."""

    def is_satisfied_by(self, candidate: Shopper) -> bool:
        return True


def test_a_condition_of_ones_own_works_but_has_no_document():
    assert qualifies(Whim(), NOBODY)
    with pytest.raises(InvalidValueError):
        condition_document(Whim())
