"""Journeys over HTTP through the running product; each scenario itself checks what must be true in it."""

import pytest

from ops.scenarios import outages, payments, prices, rivalry
from ops.scenarios.shop import PRICE

pytestmark = pytest.mark.timeout(120)


async def test_a_paid_order_is_shipped_delivered_and_completed(shop, stack):
    story = await payments.happy_path(shop, stack)
    assert (story.order["status"], story.order["fulfilment_status"]) == ("completed", "delivered")


async def test_a_declined_payment_can_be_followed_by_another(shop, stack):
    story = await payments.declined_then_paid(shop, stack)
    assert (story.order["status"], story.order["payment_status"]) == ("paid", "captured")


async def test_an_order_that_nobody_pays_is_cancelled_and_its_goods_are_free_again(shop, stack):
    story = await payments.never_paid(shop, stack)
    assert (story.order["status"], story.order["captured"]["amount"]) == ("cancelled", 0)


async def test_callbacks_that_are_repeated_and_reordered_have_one_effect(shop, stack):
    story = await payments.told_three_times(shop, stack)
    assert story.order["refunded"]["amount"] == 0


async def test_the_same_request_ten_times_at_once_is_one_order(shop, stack):
    story = await rivalry.same_request_ten_times(shop, stack)
    assert story.order["lines"][0]["quantity"] == 1


async def test_a_worker_killed_right_after_the_charge_does_not_charge_again(shop, stack):
    story = await outages.worker_killed(shop, stack)
    assert story.order["status"] == "paid"


async def test_of_two_buyers_for_the_last_unit_one_gets_it_and_one_is_refused(shop, stack):
    story = await rivalry.last_unit(shop, stack)
    assert story.order["status"] == "paid"


async def test_a_cancel_while_the_payment_runs_gives_the_money_back_once(shop, stack):
    story = await payments.cancelled_while_paying(shop, stack)
    assert story.order["captured"] == story.order["refunded"] == story.order["total"]


async def test_orders_that_arrive_while_temporal_is_away_are_accepted_and_started_once(shop, stack):
    story = await outages.temporal_stopped(shop, stack)
    assert story.order["version"] >= 1


async def test_orders_work_without_the_cache(shop, stack):
    story = await outages.valkey_stopped(shop, stack)
    assert story.order["status"] == "paid"


async def test_a_price_that_rose_is_asked_about_and_charged_when_the_buyer_agrees(shop, stack):
    story = await prices.price_changed_confirmed(shop, stack)
    assert story.order["captured"] == story.order["total"]


async def test_a_price_that_rose_and_is_declined_costs_nothing_and_holds_nothing(shop, stack):
    story = await prices.price_changed_declined(shop, stack)
    assert (story.order["status"], story.order["captured"]["amount"]) == ("cancelled", 0)


async def test_a_flash_sale_that_ends_between_quote_and_order_is_told_and_not_charged(shop, stack):
    story = await prices.flash_sale_ends(shop, stack)
    assert story.order["total"]["amount"] == PRICE


async def test_the_second_buyer_of_a_quota_of_one_is_asked_for_the_daily_price(shop, stack):
    story = await prices.promotion_sold_out(shop, stack)
    assert story.order["total"]["amount"] == PRICE


async def test_a_new_buyers_offer_is_over_on_day_8(shop, stack):
    story = await prices.new_buyer_on_day_8(shop, stack)
    assert story.order["total"]["amount"] == PRICE


async def test_bundle_threshold_voucher_points_and_fees_make_one_price_that_is_charged(shop, stack):
    story = await prices.everything_at_once(shop, stack)
    assert story.picture[-1].endswith("waterfall.svg")
