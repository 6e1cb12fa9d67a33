"""Prices that move between quote and order, over HTTP and a real workflow (B25, B28, B34, B46)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.ports.catalogue import Author
from domain.pricing.book import FeeRules, PlatformFee
from domain.pricing.kinds import rule_of
from tests.integration.api.conftest import RealApi
from tests.integration.api.price_stage import Stage, now

SOON = timedelta(seconds=2)


@pytest.fixture
async def stage(real_api: RealApi) -> Stage:
    stage = Stage(real_api)
    await stage.sells()
    return stage


# Why a price may be another one (B25, B29).


async def test_a_promotion_that_ended_asks_at_the_price_without_it(stage: Stage):
    await stage.flash(ends_in=SOON)
    quote = await stage.quote()
    await stage.quote_until(lambda view: view["total"]["amount"] == 12_000)

    order, message = await stage.asked(quote)

    assert quote["total"]["amount"] == 10_000
    assert (message["code"], message["reason"]) == ("price_changed", "promotion_ended")
    assert message["reason_text"]["zh"] == "促销活动已结束"
    assert (message["old_total"]["amount"], message["new_total"]["amount"]) == (10_000, 12_000)
    assert message["difference"]["amount"] == 2_000
    confirmed = await stage.confirms(order, message["snapshot_id"])
    assert confirmed.json()["order"]["total"]["amount"] == 12_000


async def test_a_promotion_that_is_sold_out_asks_and_a_decline_keeps_nothing(stage: Stage):
    promotion = await stage.flash(price=8_000, quota=1)
    await stage.sells(price=10_000)
    quote = await stage.quote()
    other = Stage(stage.api, sku=stage.sku)
    await other.placed(await other.quote())

    order, message = await stage.asked(quote)

    assert message["reason"] == "promotion_sold_out"
    assert (message["old_total"]["amount"], message["new_total"]["amount"]) == (8_000, 10_000)
    declined = await stage.declines(order)
    assert declined.json()["order"]["cancel_reason"] == "price_declined"
    level = await stage.api.ports.stock.level(stage.sku)
    assert level is not None
    assert (level.available, level.held) == (99, 1)
    assert promotion.has_quota


async def test_a_price_from_a_page_that_lags_is_never_charged(stage: Stage):
    shown = await stage.quote(scene="display")
    await stage.sells(price=15_000)

    _, message = await stage.asked(shown)

    assert (message["reason"], message["new_total"]["amount"]) == ("price_adjusted", 15_000)


async def test_a_buyer_who_lost_a_segment_is_asked(stage: Stage):
    await stage.knows_the_buyer(now() - timedelta(days=100), "vip")
    await stage.promotes("vip_price", {"prices": {stage.sku: 9_000}}, segments=frozenset({"vip"}))
    quote = await stage.quote()
    await stage.knows_the_buyer(now() - timedelta(days=100))

    _, message = await stage.asked(quote)

    assert quote["total"]["amount"] == 9_000
    assert (message["reason"], message["new_total"]["amount"]) == ("identity_changed", 12_000)


async def test_a_new_buyer_offer_is_over_on_day_eight(stage: Stage):
    await stage.knows_the_buyer(now() - timedelta(days=7) + SOON)
    await stage.promotes("new_buyer_price", {"prices": {stage.sku: 6_000}})
    quote = await stage.quote()
    await stage.quote_until(lambda view: view["total"]["amount"] == 12_000)

    order, message = await stage.asked(quote)

    assert quote["total"]["amount"] == 6_000
    assert (message["reason"], message["new_total"]["amount"]) == ("new_buyer_offer_over", 12_000)
    confirmed = await stage.confirms(order, message["snapshot_id"])
    assert confirmed.json()["order"]["total"]["amount"] == 12_000


async def test_a_promotion_with_other_terms_asks_because_the_rules_are_others(stage: Stage):
    promotion = await stage.flash(price=8_000)
    quote = await stage.quote()
    dearer = rule_of("flash_sale", {"prices": {stage.sku: 11_000}})
    await stage.changes(replace(promotion, rule=dearer, version=2), {})

    _, message = await stage.asked(quote)

    assert (message["reason"], message["new_total"]["amount"]) == ("rules_changed", 11_000)


async def test_other_fee_rules_ask_because_the_rule_version_is_another(stage: Stage):
    quote = await stage.quote()
    rules = FeeRules(platform=PlatformFee(amount=500))
    await stage.api.ports.catalogue.put_fee_rules("CNY", rules, Author("test"))
    try:
        _, message = await stage.asked(quote)
    finally:
        await stage.api.ports.catalogue.put_fee_rules("CNY", FeeRules(), Author("test"))

    assert (message["reason"], message["difference"]["amount"]) == ("rules_changed", 500)


# What a check finds (B28), and what creating an order answers (B34).


async def test_a_price_that_moved_within_the_tolerance_is_charged_as_it_was_shown(stage: Stage):
    await stage.sells(price=10_000)
    quote = await stage.quote()
    await stage.sells(price=10_100)

    placed = await stage.placed(quote)

    assert placed["order"]["total"]["amount"] == 10_000
    assert placed["messages"] == []


@pytest.mark.parametrize("today", [10_101, 9_899])
async def test_a_price_that_moved_further_asks_whether_it_rose_or_fell(stage: Stage, today: int):
    await stage.sells(price=10_000)
    quote = await stage.quote()
    await stage.sells(price=today)

    _, message = await stage.asked(quote)

    assert (message["reason"], message["new_total"]["amount"]) == ("price_adjusted", today)


async def test_a_price_about_to_expire_is_charged_with_a_warning(stage: Stage):
    quote = await stage.aged(await stage.quote(), left=timedelta(seconds=100))

    placed = await stage.placed(quote)

    assert placed["order"]["status"] == "created"
    assert [message["code"] for message in placed["messages"]] == ["expiring_soon"]


async def test_an_expired_price_that_is_still_the_same_goes_on_with_a_fresh_snapshot(stage: Stage):
    quote = await stage.aged(await stage.quote(), left=-timedelta(seconds=1))

    placed = await stage.placed(quote)

    (message,) = placed["messages"]
    assert message["code"] == "price_recalculated"
    assert message["snapshot_id"] != quote["id"]
    assert placed["order"]["total"] == quote["total"]


async def test_an_expired_price_that_moved_by_one_fen_asks(stage: Stage):
    quote = await stage.aged(await stage.quote(), left=-timedelta(seconds=1))
    await stage.sells(price=12_001)

    _, message = await stage.asked(quote)

    assert (message["code"], message["difference"]["amount"]) == ("price_changed", 1)
    assert message["new_total"]["amount"] == 12_001


async def test_a_price_about_to_expire_that_changed_asks_and_warns(stage: Stage):
    quote = await stage.aged(await stage.quote(), left=timedelta(seconds=100))
    await stage.sells(price=15_000)

    answer = (await stage.orders(quote)).json()

    assert answer["order"]["status"] == "draft"
    assert {message["code"] for message in answer["messages"]} == {"price_changed", "expiring_soon"}


async def test_a_confirmation_must_name_the_new_snapshot(stage: Stage):
    quote = await stage.quote()
    await stage.sells(price=15_000)
    order, message = await stage.asked(quote)

    wrong = await stage.confirms(order, quote["id"])
    right = await stage.confirms(order, message["snapshot_id"])

    assert (wrong.status_code, wrong.json()["code"]) == (422, "snapshot_mismatch")
    assert right.json()["order"]["status"] == "created"


async def test_a_price_that_changes_again_before_the_confirmation_asks_again(stage: Stage):
    quote = await stage.quote()
    await stage.sells(price=15_000)
    order, first = await stage.asked(quote)
    await stage.sells(price=18_000)

    again = (await stage.confirms(order, first["snapshot_id"])).json()

    assert again["order"]["status"] == "draft"
    second = again["messages"][0]
    assert (second["old_total"]["amount"], second["new_total"]["amount"]) == (15_000, 18_000)
    done = (await stage.confirms(order, second["snapshot_id"])).json()["order"]
    assert (done["status"], done["total"]["amount"]) == ("created", 18_000)
    assert sum(line["amount"]["amount"] for line in done["lines"]) == done["goods"]["amount"]


async def test_the_history_of_an_orders_prices_tells_every_check(stage: Stage):
    quote = await stage.quote()
    await stage.sells(price=15_000)
    order, message = await stage.asked(quote)
    await stage.confirms(order, message["snapshot_id"])

    history = (await stage.api.http.get(f"/v1/orders/{order['id']}/prices")).json()["items"]

    assert [entry["verdict"] for entry in history] == ["changed", "honoured"]
    assert history[0]["snapshot_id"] == quote["id"]
    assert history[0]["reason"] == "price_adjusted"
