"""When a shown price still holds, why it does not, and how soon an offer ends (B25, B28-B31, B45)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import CurrencyMismatchError
from domain.money import Money
from domain.pricing.breakdown import Funder, Layer
from domain.pricing.calculation import AppliedPromotion
from domain.pricing.consistency import (
    PriceCheck,
    Today,
    Urgency,
    Verdict,
    compare,
    expiration_warnings,
    honoured_claims,
    honoured_unseen,
    urgency_of,
)
from domain.pricing.request import LIFETIME, Scene
from domain.pricing.snapshot import NotAFinalPriceError, PriceSnapshot
from domain.stock.allowance import Allowance, Claim
from tests.support.builders import cny
from tests.support.snapshots import QUOTED_AT, a_calculation, a_component, frozen

TOLERANCE = cny(100)
MOMENT = timedelta(milliseconds=1)
NOW = timedelta(0)
AT_EXPIRY = LIFETIME[Scene.CHECKOUT]


def check(snapshot: PriceSnapshot, today: int, after: timedelta = NOW) -> PriceCheck:
    return compare(snapshot, a_calculation(goods=[today]), TOLERANCE, Today(QUOTED_AT + after))


def shown(total: int = 10_000, scene: Scene = Scene.CHECKOUT) -> PriceSnapshot:
    return frozen(a_calculation(goods=[total]), scene=scene)


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
@pytest.mark.parametrize("scene", [Scene.CHECKOUT, Scene.ORDER])
def test_a_valid_snapshot_is_honoured_within_the_tolerance(scene, today, expected):
    found = check(shown(scene=scene), today)

    assert found.verdict is expected
    assert (found.old_total, found.new_total, found.difference) == (
        cny(10_000),
        cny(today),
        cny(today - 10_000),
    )


@pytest.mark.parametrize(
    ("today", "expected"),
    [(10_000, Verdict.RECALCULATED), (10_001, Verdict.CHANGED), (9_999, Verdict.CHANGED)],
)
def test_an_expired_snapshot_goes_on_only_when_its_total_is_still_the_same(today, expected):
    found = check(shown(), today, AT_EXPIRY)

    assert (found.verdict, found.expired) == (expected, True)


def test_a_snapshot_is_honoured_until_just_before_its_expiry():
    found = check(shown(), 10_050, AT_EXPIRY - MOMENT)

    assert (found.verdict, found.expired) == (Verdict.HONOURED, False)


@pytest.mark.parametrize("scene", [Scene.DISPLAY, Scene.CART])
@pytest.mark.parametrize(
    ("today", "expected"),
    [(10_000, Verdict.RECALCULATED), (10_001, Verdict.CHANGED), (9_999, Verdict.CHANGED)],
)
def test_a_price_that_is_only_shown_is_never_honoured(scene, today, expected):
    assert check(shown(scene=scene), today).verdict is expected


@pytest.mark.parametrize(("today", "expected"), [(10_000, Verdict.HONOURED), (20_000, Verdict.CHANGED)])
def test_a_valid_snapshot_warns_in_its_last_two_minutes_whatever_was_found(today, expected):
    two_minutes = AT_EXPIRY - timedelta(minutes=2)

    early, late = check(shown(), today, two_minutes), check(shown(), today, two_minutes + MOMENT)

    assert (early.verdict, early.expiring_soon) == (expected, False)
    assert (late.verdict, late.expiring_soon) == (expected, True)


def test_a_shown_price_that_is_confirmed_by_a_checkout_warns_too():
    found = check(shown(scene=Scene.CART), 10_000, LIFETIME[Scene.CART] - timedelta(seconds=100))

    assert (found.verdict, found.expiring_soon) == (Verdict.RECALCULATED, True)


def test_an_expired_snapshot_does_not_warn():
    assert not check(shown(), 10_000, AT_EXPIRY).expiring_soon


@pytest.mark.parametrize("scene", list(Scene))
def test_a_degraded_price_is_no_price_to_order_by(scene):
    degraded = replace(shown(scene=scene), degraded=True)

    with pytest.raises(NotAFinalPriceError):
        check(degraded, 10_000)
    with pytest.raises(NotAFinalPriceError):
        honoured_unseen(degraded, QUOTED_AT)


def test_a_tolerance_in_another_currency_is_refused():
    with pytest.raises(CurrencyMismatchError):
        compare(shown(), a_calculation(), Money(100, "USD"), Today(QUOTED_AT))


def test_no_reason_is_given_for_no_difference():
    assert check(shown(), 10_000).reason is None
    assert check(shown(), 10_000, AT_EXPIRY).reason is None


@pytest.mark.parametrize("scene", [Scene.CHECKOUT, Scene.ORDER])
def test_a_valid_snapshot_is_honoured_when_todays_price_cannot_be_read(scene):
    snapshot = shown(scene=scene)

    found = honoured_unseen(snapshot, snapshot.expires_at - MOMENT)

    assert found == PriceCheck(
        Verdict.HONOURED, cny(10_000), cny(10_000), expiring_soon=True, today_known=False
    )


@pytest.mark.parametrize(
    ("scene", "after"),
    [(Scene.CHECKOUT, AT_EXPIRY), (Scene.DISPLAY, NOW), (Scene.CART, NOW)],
)
def test_nobody_guesses_without_a_valid_final_price(scene, after):
    assert honoured_unseen(shown(scene=scene), QUOTED_AT + after) is None


@pytest.mark.parametrize(
    ("old", "new", "basis_points"),
    [
        (10_000, 10_000, 0),
        (10_000, 11_000, 1_000),
        (10_000, 9_000, 1_000),
        (100_000, 110_009, 1_000),
        (100_000, 110_010, 1_001),
        (3, 4, 3_333),
        (0, 1, 10_000),
        (0, 0, 0),
    ],
)
def test_the_size_of_a_difference_is_told_in_basis_points(old, new, basis_points):
    assert PriceCheck(Verdict.CHANGED, cny(old), cny(new)).difference_basis_points == basis_points


@given(
    old=st.integers(0, 10**9),
    change=st.integers(-(10**4), 10**4),
    seconds=st.integers(0, 3_600),
    tolerance=st.integers(0, 10**4),
    scene=st.sampled_from(Scene),
)
def test_whatever_goes_on_without_asking_costs_what_was_shown(old, change, seconds, tolerance, scene):
    """The buyer is asked, or pays exactly the old total while it is valid, or the equal new one."""
    new = max(0, old + change)
    snapshot = shown(old, scene)
    now = QUOTED_AT + timedelta(seconds=seconds)

    found = compare(snapshot, a_calculation(goods=[new]), cny(tolerance), Today(now))

    if found.verdict is Verdict.HONOURED:
        assert now < snapshot.expires_at
        assert abs(new - old) <= tolerance
        assert scene in {Scene.ORDER, Scene.CHECKOUT}
    if found.verdict is Verdict.RECALCULATED:
        assert new == old
    assert (found.reason is None) is (new == old)
    assert not (found.expired and found.expiring_soon)


def ending(in_seconds: float, name: str = "pro_1") -> AppliedPromotion:
    ends_at = QUOTED_AT + timedelta(seconds=in_seconds)
    return AppliedPromotion(name, "Flash", "flash_sale", ends_at, cny(100), Funder.PLATFORM, ("sku-0",))


@pytest.mark.parametrize(
    ("seconds", "urgency"),
    [
        (0.001, Urgency.CRITICAL),
        (119.999, Urgency.CRITICAL),
        (120, Urgency.HIGH),
        (299.999, Urgency.HIGH),
        (300, Urgency.MEDIUM),
        (899.999, Urgency.MEDIUM),
        (900, Urgency.LOW),
    ],
)
def test_a_promotion_that_ends_within_fifteen_minutes_warns_by_its_urgency(seconds, urgency):
    (warning,) = expiration_warnings([ending(seconds)], QUOTED_AT)

    assert (warning.urgency, warning.time_left) == (urgency, timedelta(seconds=seconds))
    assert urgency_of(warning.time_left) is urgency
    assert (warning.promotion_id, warning.name) == ("pro_1", "Flash")


@pytest.mark.parametrize("seconds", [-1, 0, 900.001, 3_600])
def test_a_promotion_that_has_ended_or_lasts_longer_does_not_warn(seconds):
    assert expiration_warnings([ending(seconds)], QUOTED_AT) == ()


def test_the_soonest_end_warns_first():
    warnings = expiration_warnings([ending(200, "b"), ending(100, "c"), ending(200, "a")], QUOTED_AT)

    assert [warning.promotion_id for warning in warnings] == ["c", "a", "b"]


def test_the_components_of_a_price_do_not_matter_to_its_verdict():
    split = a_calculation(a_component("delivery_fee", Layer.CHARGE, [1_000]), goods=[9_000])

    assert compare(shown(), split, TOLERANCE, Today(QUOTED_AT)).verdict is Verdict.HONOURED


PROMOTION = Allowance.of_promotion("pro_1", "sku-0")
BUYER = Allowance.of_promotion_for("pro_1", "sku-0", "buyer-1")


@pytest.mark.parametrize(
    ("claim", "left", "claimed"),
    [
        (Claim(PROMOTION, 2), {PROMOTION: 2}, True),
        (Claim(PROMOTION, 2), {PROMOTION: 1}, False),
        (Claim(PROMOTION, 2), {}, False),
        (Claim(BUYER, 2, limit=2), {}, True),
        (Claim(BUYER, 2, limit=2), {BUYER: 1}, False),
        (Claim(Allowance.of_voucher("SPRING"), 1), {Allowance.of_voucher("SPRING"): 0}, True),
        (Claim(Allowance.of_voucher_for("SPRING", "buyer-1"), 1, limit=1), {}, True),
        (Claim(Allowance.of_points("buyer-1"), 100), {Allowance.of_points("buyer-1"): 0}, True),
    ],
)
def test_an_honoured_price_claims_promised_units_while_there_are_some_and_what_is_spent_always(
    claim, left, claimed
):
    snapshot = frozen(a_calculation(claims=[claim]))

    assert honoured_claims(snapshot, left) == ((claim,) if claimed else ())
