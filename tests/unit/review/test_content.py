"""What may be proposed: the value objects and the engine's own documents say no, not the review."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.catalogue.items import BasePrice
from domain.errors import DomainError, InvalidValueError
from domain.pricing.promotion import UnknownPromotionKindError
from domain.review.content import Content, NewPrices, Subject
from domain.review.decide import reject
from domain.review.draft import SET_BY_PROPOSAL, Window, draft_proposal, edit_proposal, new_promotion
from domain.review.take_effect import promotion_of
from tests.support.builders import NOON, cny
from tests.support.proposals import (
    DAY,
    HOUR,
    REVIEWER,
    WINDOW,
    WRITER,
    a_promotion,
    a_proposal,
    some_prices,
    terms,
)

A_PRICE = BasePrice(cny(1_200), cny(800))


def broken(error: DomainError) -> tuple[object, object]:
    return error.facts["field"], error.facts["rule"]


def test_prices_are_for_one_sku_and_one_for_each_place():
    for prices in ((), (A_PRICE, BasePrice(cny(1_300), cny(700)))):
        with pytest.raises(InvalidValueError) as caught:
            NewPrices("mug", prices)
        assert broken(caught.value) == ("prices", "one for each currency and region, at least one")
    for sku in ("", "x" * 101):
        with pytest.raises(InvalidValueError):
            NewPrices(sku, (A_PRICE,))
    assert NewPrices("mug", (A_PRICE, BasePrice(cny(1_300), cny(700), region="CN"))).sku == "mug"


def test_a_proposal_is_about_prices_or_a_promotion():
    promotion, prices = a_promotion().promotion, some_prices().prices

    for both_or_neither in ((None, None), (prices, promotion)):
        with pytest.raises(InvalidValueError) as caught:
            Content(WINDOW.starts_at, WINDOW.ends_at, *both_or_neither)
        assert broken(caught.value) == ("subject", "prices or a promotion")
    assert some_prices().subject is Subject.ITEM_PRICE
    assert a_promotion().subject is Subject.PROMOTION


@pytest.mark.parametrize("length", [timedelta(0), -HOUR])
def test_a_window_has_a_length(length):
    with pytest.raises(InvalidValueError) as caught:
        some_prices(window=Window(NOON, NOON + length))

    assert broken(caught.value) == ("ends_at", "later than starts_at")


def test_prices_may_hold_for_good_but_a_promotion_ends():
    assert some_prices(window=Window(NOON, None)).is_over(NOON + 10_000 * DAY) is False
    with pytest.raises(InvalidValueError) as caught:
        a_promotion(window=Window(NOON, None))
    assert broken(caught.value) == ("ends_at", "needed for a promotion")
    with pytest.raises(InvalidValueError):
        Content(NOON, None, promotion=a_promotion().promotion)


@pytest.mark.parametrize("field", sorted(SET_BY_PROPOSAL))
def test_what_the_proposal_says_itself_cannot_stand_in_the_promotion(field):
    with pytest.raises(InvalidValueError) as caught:
        new_promotion("prp_1", "shop-7", {**terms(), field: "x"}, {}, WINDOW)

    assert broken(caught.value) == (f"promotion.{field}", "set by the proposal")


def test_a_promotion_gets_an_id_merchant_and_window_of_its_proposal():
    content = a_promotion("prp_xyz", quotas={"mug": 5})
    assert content.promotion is not None

    promotion = promotion_of(content.promotion, NOON)

    assert (promotion.id, promotion.merchant_id) == ("promo_xyz", "shop-7")
    assert (promotion.starts_at, promotion.ends_at) == (NOON, WINDOW.ends_at)
    assert promotion.has_quota
    assert promotion.skus == content.promotion.skus == frozenset({"mug"})


def test_without_quotas_nothing_is_counted():
    content = a_promotion()
    assert content.promotion is not None

    assert promotion_of(content.promotion, NOON).has_quota is False


@pytest.mark.parametrize(
    ("quotas", "rule"),
    [({"mug": -1}, "not negative"), ({"mug": 1, "pen": 1}, "only for SKUs of the promotion")],
)
def test_quotas_are_units_of_its_goods(quotas, rule):
    with pytest.raises(InvalidValueError) as caught:
        a_promotion(quotas=quotas)

    assert broken(caught.value) == ("quotas", rule)


def test_the_engine_reads_the_terms():
    with pytest.raises(UnknownPromotionKindError):
        a_promotion(kind="seance")
    with pytest.raises(InvalidValueError):
        a_promotion(terms={"prices": {"mug": -5}})
    with pytest.raises(InvalidValueError):
        a_promotion(surprise=True)


def test_only_the_platform_proposes_for_all_shops():
    whole: dict[str, Any] = {
        "kind": "platform_threshold",
        "terms": {"minimum": 80_000, "amount": 8_000},
        "skus": None,
    }

    with pytest.raises(InvalidValueError) as caught:
        a_promotion(**whole)

    assert broken(caught.value)[0] == "promotion.kind"
    assert a_promotion(merchant_id=None, **{**whole, "funder": "platform"}).promotion is not None


def test_comments_have_an_end_and_refusals_a_reason():
    draft, pending = a_proposal().proposal, a_proposal().submitted().proposal

    with pytest.raises(InvalidValueError):
        draft_proposal("prp_1", None, some_prices(), "x" * 1_001, by=WRITER, at=NOON)
    with pytest.raises(InvalidValueError):
        edit_proposal(draft, some_prices(), "x" * 1_001, by=WRITER, at=NOON)
    with pytest.raises(InvalidValueError):
        reject(pending, REVIEWER, "  ", NOON)


def test_an_edit_moves_the_start():
    later = Window(NOON + 2 * DAY, NOON + 3 * DAY)

    proposal = a_proposal().edited(some_prices(900, window=later)).proposal

    assert proposal.starts_at == later.starts_at
    assert proposal.comment == "better"
    assert proposal.content.prices == some_prices(900).prices
