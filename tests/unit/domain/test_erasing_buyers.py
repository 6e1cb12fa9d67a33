"""When a buyer may be erased, and what is written down of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from domain.buyer.encoding import decode, encode
from domain.buyer.erase import GoodsToBeSentError, erase_buyer, has_goods_to_send
from domain.buyer.events import BuyerErased, buyer_stream, is_buyer_stream
from domain.catalogue.items import Category
from domain.events import EventRecord, is_order_stream
from domain.order.order import Order
from domain.order.shipments import PlannedShipment, Shipment, ShipmentStatus, Units
from domain.upcasting import UnknownEventTypeError
from tests.support.builders import NOON, an_order

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "buyers" / "BuyerErased.v1.json"
ERASED = BuyerErased("buyer-1", ("ord_1", "ord_2"), "operator", NOON)


def with_parcel(status: ShipmentStatus, category: Category = Category.PHYSICAL) -> Order:
    order = an_order().with_line("mug").paid().order
    return replace(order, shipments=(Shipment(PlannedShipment("s1", category, (Units(1, 1),)), status),))


@pytest.mark.parametrize(
    "order",
    [
        an_order().with_line("mug").drafted().order,
        an_order().with_line("mug").created().order,
        an_order().with_line("mug").paid().order,
        with_parcel(ShipmentStatus.PLANNED),
        with_parcel(ShipmentStatus.BOOKED),
    ],
)
def test_goods_that_are_still_here_need_to_know_where_to_go(order: Order):
    assert has_goods_to_send(order)


@pytest.mark.parametrize(
    "order",
    [
        an_order().with_line("mug").paid().shipped().order,
        an_order().with_line("mug").paid().shipped().delivered().completed().order,
        an_order().with_line("mug").created().cancelled().order,
        replace(an_order().with_line("mug").paid().order, address=None),
        an_order().with_line("card", category=Category.VIRTUAL).paid().order,
        with_parcel(ShipmentStatus.HANDED_OVER),
        with_parcel(ShipmentStatus.DELIVERED),
        with_parcel(ShipmentStatus.CANCELLED),
        with_parcel(ShipmentStatus.PLANNED, Category.SERVICE),
    ],
)
def test_goods_that_have_left_or_never_travel_need_no_address(order: Order):
    assert not has_goods_to_send(order)


def test_a_buyer_whose_goods_wait_is_not_erased_and_the_orders_are_named():
    waiting = [an_order(name).with_line("mug").paid().order for name in ("ord_2", "ord_1")]

    with pytest.raises(GoodsToBeSentError) as refused:
        erase_buyer("buyer-1", waiting, by="operator", at=NOON)
    forced = erase_buyer("buyer-1", waiting, by="operator", at=NOON, even_with_open_orders=True)

    assert refused.value.facts == {"orders": ("ord_1", "ord_2")}
    assert forced == ERASED


def test_a_buyer_of_whom_nothing_is_known_may_be_erased():
    assert erase_buyer("b", (), by="operator", at=NOON) == BuyerErased("b", (), "operator", NOON)


def test_an_erasure_is_read_back_as_it_was_written():
    assert decode(encode(ERASED)) == ERASED


def test_every_erasure_ever_written_stays_readable():
    raw = json.loads(GOLDEN.read_text(encoding="utf-8"))

    assert decode(EventRecord(raw["event_type"], raw["schema_version"], raw["data"], NOON)) == ERASED
    assert encode(ERASED).data == raw["data"]


@pytest.mark.parametrize(("name", "version"), [("BuyerForgotten", 1), ("BuyerErased", 2)])
def test_what_nobody_knows_is_not_guessed_at(name: str, version: int):
    with pytest.raises(UnknownEventTypeError):
        decode(EventRecord(name, version, dict(encode(ERASED).data), NOON))


def test_a_buyers_stream_is_nobodys_order():
    assert not is_order_stream(buyer_stream("b"))
    assert is_buyer_stream(buyer_stream("b"))
    assert not is_buyer_stream("ord_1")
