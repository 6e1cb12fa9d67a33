"""A snapshot holds as long as it said, for whom it said, at the price it said (B26-B28, B45)."""

from dataclasses import FrozenInstanceError
from datetime import timedelta

import pytest

from domain.errors import CurrencyMismatchError
from domain.money import Money
from domain.pricing.breakdown import Component, Funder, Layer, PriceBreakdown
from domain.pricing.calculate import Calculation, RequestedLine
from domain.pricing.snapshot import LIFETIME, PriceSnapshot, Scene, Verdict, check_snapshot, take_snapshot
from tests.support.builders import NOON, a_line, cny

TOLERANCE = cny(100)
MOMENT = timedelta(milliseconds=1)


def a_snapshot(
    goods: int = 10_000, fee: int = 0, buyer: str | None = "buyer-1", scene: Scene = Scene.CHECKOUT
):
    parts = [Component("base", Layer.BASE, "goods", cny(goods), Funder.BUYER, "price_book", (cny(goods),))]
    if fee:
        parts.append(
            Component("d", Layer.CHARGE, "delivery_fee", cny(fee), Funder.BUYER, "shop-7", (cny(fee),))
        )
    made = Calculation((a_line("mug", 2, cny(goods // 2)),), PriceBreakdown("CNY", tuple(parts)), "rules")
    return take_snapshot("snap_1", scene, buyer, made, NOON)


def verdict(snapshot: PriceSnapshot, today: int, after: timedelta = timedelta(0)) -> Verdict:
    return check_snapshot(snapshot, cny(today), TOLERANCE, NOON + after)


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (10_000, Verdict.HONOURED),
        (10_050, Verdict.HONOURED),
        (9_950, Verdict.HONOURED),
        (10_100, Verdict.HONOURED),
        (9_900, Verdict.HONOURED),
        (10_101, Verdict.CHANGED),
        (9_899, Verdict.CHANGED),
        (10_500, Verdict.CHANGED),
        (9_800, Verdict.CHANGED),
    ],
)
def test_a_valid_snapshot_is_honoured_within_the_tolerance(today, expected):
    assert verdict(a_snapshot(), today) is expected


@pytest.mark.parametrize(
    ("today", "expected"),
    [(10_000, Verdict.RECALCULATED), (10_001, Verdict.CHANGED), (9_999, Verdict.CHANGED)],
)
def test_an_expired_snapshot_goes_on_only_when_its_total_is_still_the_same(today, expected):
    assert verdict(a_snapshot(), today, LIFETIME[Scene.CHECKOUT]) is expected


def test_a_snapshot_is_expired_at_its_expiry_instant_and_not_before():
    snapshot = a_snapshot()

    assert snapshot.is_expired(snapshot.expires_at)
    assert not snapshot.is_expired(snapshot.expires_at - MOMENT)
    assert verdict(snapshot, 10_050, LIFETIME[Scene.CHECKOUT] - MOMENT) is Verdict.HONOURED


def test_the_last_two_minutes_warn():
    snapshot = a_snapshot()
    two_minutes = snapshot.expires_at - timedelta(minutes=2)

    assert not snapshot.is_expiring_soon(two_minutes)
    assert snapshot.is_expiring_soon(two_minutes + MOMENT)
    assert snapshot.is_expiring_soon(snapshot.expires_at - MOMENT)
    assert not snapshot.is_expiring_soon(snapshot.expires_at)


def test_a_tolerance_in_another_currency_is_refused():
    with pytest.raises(CurrencyMismatchError):
        check_snapshot(a_snapshot(), cny(10_000), Money(100, "USD"), NOON)


def test_todays_price_in_another_currency_is_refused():
    with pytest.raises(CurrencyMismatchError):
        check_snapshot(a_snapshot(), Money(10_000, "USD"), TOLERANCE, NOON)


@pytest.mark.parametrize(
    ("scene", "minutes"),
    [(Scene.DISPLAY, 10), (Scene.CART, 10), (Scene.ORDER, 30), (Scene.CHECKOUT, 15)],
)
def test_each_scene_has_its_lifetime(scene, minutes):
    assert a_snapshot(scene=scene).expires_at == NOON + timedelta(minutes=minutes)


def test_every_scene_has_a_lifetime():
    assert set(LIFETIME) == set(Scene)


def test_a_snapshot_serves_its_buyer_and_an_open_one_serves_anybody():
    assert a_snapshot().serves("buyer-1")
    assert not a_snapshot().serves("buyer-2")
    assert a_snapshot(buyer=None).serves("buyer-2")


@pytest.mark.parametrize(
    ("wanted", "same"),
    [
        ([("mug", 2)], True),
        ([("mug", 1)], False),
        ([("pen", 2)], False),
        ([], False),
        ([("mug", 1), ("mug", 1)], False),
    ],
)
def test_a_snapshot_prices_its_own_lines_only(wanted, same):
    assert a_snapshot().prices([RequestedLine(sku, quantity) for sku, quantity in wanted]) is same


def test_goods_and_charges_make_the_total():
    snapshot = a_snapshot(goods=10_000, fee=1_000)

    assert (snapshot.goods, snapshot.charges, snapshot.total) == (cny(10_000), cny(1_000), cny(11_000))


def test_a_snapshot_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        a_snapshot().rule_version = "other"
