"""A snapshot holds as long as it said, for whom it said, at the price it said (B26-B28)."""

from dataclasses import FrozenInstanceError
from datetime import timedelta

import pytest

from domain.catalogue.buyers import Buyer
from domain.pricing.breakdown import Layer
from domain.pricing.request import LIFETIME, RequestedLine, Scene, Wishes
from tests.support.builders import cny
from tests.support.snapshots import QUOTED_AT, a_calculation, a_component, a_snapshot, frozen

MOMENT = timedelta(milliseconds=1)


def test_a_snapshot_is_expired_at_its_expiry_instant_and_not_before():
    snapshot = a_snapshot()

    assert snapshot.is_expired(snapshot.expires_at)
    assert not snapshot.is_expired(snapshot.expires_at - MOMENT)


def test_the_last_two_minutes_warn():
    snapshot = a_snapshot()
    two_minutes = snapshot.expires_at - timedelta(minutes=2)

    assert not snapshot.is_expiring_soon(two_minutes)
    assert snapshot.is_expiring_soon(two_minutes + MOMENT)
    assert snapshot.is_expiring_soon(snapshot.expires_at - MOMENT)
    assert not snapshot.is_expiring_soon(snapshot.expires_at)


@pytest.mark.parametrize(
    ("scene", "minutes"),
    [(Scene.DISPLAY, 10), (Scene.CART, 10), (Scene.ORDER, 30), (Scene.CHECKOUT, 15)],
)
def test_each_scene_has_its_lifetime(scene, minutes):
    assert frozen(a_calculation(), scene=scene).expires_at == QUOTED_AT + timedelta(minutes=minutes)


def test_every_scene_has_a_lifetime():
    assert set(LIFETIME) == set(Scene)


def test_a_snapshot_serves_its_buyer_and_an_open_one_serves_anybody():
    assert a_snapshot().serves("buyer-1")
    assert not a_snapshot().serves("buyer-2")
    assert a_snapshot(buyer_id=None).serves("buyer-2")


@pytest.mark.parametrize(
    ("wanted", "same"),
    [
        ([("sku-0", 1), ("sku-1", 1)], True),
        ([("sku-1", 1), ("sku-0", 1)], False),
        ([("sku-0", 2), ("sku-1", 1)], False),
        ([("sku-0", 1)], False),
        ([], False),
        ([("sku-0", 1), ("pen", 1)], False),
    ],
)
def test_a_snapshot_prices_its_own_lines_only(wanted, same):
    assert a_snapshot().prices([RequestedLine(sku, quantity) for sku, quantity in wanted]) is same


def test_goods_and_charges_make_the_total():
    snapshot = a_snapshot(lines=2, unit=5_000)

    assert (snapshot.goods, snapshot.charges, snapshot.total) == (cny(10_000), cny(1_000), cny(11_000))


def test_promotions_and_deductions_belong_to_the_goods():
    parts = [
        a_component("flash_sale", Layer.PROMOTION, [-1_000]),
        a_component("voucher", Layer.DEDUCTION, [-500]),
        a_component("insurance", Layer.CHARGE, [200]),
    ]

    snapshot = frozen(a_calculation(*parts, goods=[10_000]))

    assert (snapshot.goods, snapshot.charges, snapshot.total) == (cny(8_500), cny(200), cny(8_700))


def test_a_snapshot_remembers_who_its_buyer_was_and_what_they_wished():
    buyer = Buyer("buyer-1", QUOTED_AT - timedelta(days=7), segments=frozenset({"vip", "staff"}))
    wishes = Wishes(region="CN", payment_method="card", voucher_code="SPRING", hold_ids=("hold_1",))

    snapshot = frozen(a_calculation(), buyer=buyer, wishes=wishes)

    assert (snapshot.buyer_id, snapshot.was_new_buyer, snapshot.segments) == (
        "buyer-1",
        True,
        ("staff", "vip"),
    )
    assert snapshot.wishes == wishes
    assert snapshot.requested() == (RequestedLine("sku-0", 1),)


def test_a_snapshot_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        a_snapshot().rule_version = "other"  # type: ignore[misc]
