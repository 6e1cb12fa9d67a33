"""Names on the wire never change: histories of running orders hold them, and so do callers."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from ops.servers.temporal import SEARCH_ATTRIBUTES
from tests.architecture import wire_names

# How the dev server's command line calls the kinds of search attributes.
KINDS = {"KEYWORD": "Keyword", "KEYWORD_LIST": "KeywordList", "INT": "Int", "BOOL": "Bool"}


def test_the_names_on_the_wire_are_the_pinned_ones():
    assert wire_names.found() == wire_names.pinned(), (
        "a new name: python -m tests.architecture.wire_names; a changed one breaks running orders"
    )


def test_activity_names_are_unique():
    names = wire_names.found()["activities"]

    assert len(names) == len(set(names))


def test_embedded_servers_know_every_search_attribute():
    attributes = wire_names.found()["search_attributes"]

    assert {name: KINDS[kind] for name, kind in attributes.items()} == SEARCH_ATTRIBUTES


def test_no_search_attribute_holds_personal_data():
    assert set(wire_names.found()["search_attributes"]) == {
        *("OrderStatus", "PaymentStatus", "MerchantIds", "AmountMinor", "Currency", "NeedsReview"),
        "FailedStep",
    }


@pytest.mark.parametrize(
    "rename",
    [
        lambda names: names["activities"].remove("record_events"),
        lambda names: names["workflows"].pop("Order"),
        lambda names: names["workflows"]["Order"]["updates"].remove("checkout"),
        lambda names: names["workflows"]["Order"]["signals"].append("payment_came"),
        lambda names: names["workflows"]["Order"]["queries"].remove("status"),
        lambda names: names["search_attributes"].update(OrderStatus="TEXT"),
    ],
)
def test_a_renamed_name_is_seen(rename: Any):
    renamed = deepcopy(wire_names.found())

    rename(renamed)

    assert renamed != wire_names.pinned()
