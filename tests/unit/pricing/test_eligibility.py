"""Whom a promotion is for, whatever it covers and whenever it is active."""

from dataclasses import replace

import pytest

from domain.pricing.conditions import PAYMENT_METHOD
from domain.pricing.eligibility import is_for, meets_conditions
from domain.pricing.kinds import rule_of
from domain.pricing.promotion import Shopper
from tests.support.offers import a_promotion
from tests.support.price_pages import BUYER, NEWCOMER, NOW

VIP = Shopper(replace(BUYER, segments=frozenset({"vip"})), "", "", NOW)
PLAIN = Shopper(BUYER, "", "", NOW)
NEW = Shopper(NEWCOMER, "", "", NOW)
NOBODY = Shopper(None, "", "", NOW)
PRICES = {"prices": {"tea": 100}}
FOR_VIPS = a_promotion(kind="vip_price", rule=rule_of("vip_price", PRICES))
FOR_GOLD = replace(FOR_VIPS, segments=frozenset({"gold"}))
FOR_NEW = a_promotion(kind="new_buyer_price", rule=rule_of("new_buyer_price", PRICES))
BY_CARD = a_promotion(condition=PAYMENT_METHOD.equals("card"))


@pytest.mark.parametrize(
    ("promotion", "shopper", "expected"),
    [
        (a_promotion(), NOBODY, True),
        (a_promotion(per_buyer_limit=2), NOBODY, False),
        (a_promotion(per_buyer_limit=2), PLAIN, True),
        (a_promotion(segments=frozenset({"vip"})), PLAIN, False),
        (a_promotion(segments=frozenset({"gold", "vip"})), VIP, True),
        (FOR_VIPS, VIP, True),
        (FOR_VIPS, PLAIN, False),
        (FOR_VIPS, NOBODY, False),
        (FOR_GOLD, VIP, False),
        (FOR_NEW, NEW, True),
        (FOR_NEW, PLAIN, False),
        (BY_CARD, NOBODY, False),
        (BY_CARD, replace(NOBODY, payment_method="card"), True),
    ],
)
def test_it_is_for_those_in_its_segments_who_meet_every_condition(promotion, shopper, expected):
    assert is_for(promotion, shopper) is expected


def test_conditions_are_met_whatever_the_segments():
    assert meets_conditions(FOR_VIPS, PLAIN)
    assert not meets_conditions(replace(FOR_NEW, segments=frozenset({"vip"})), VIP)
