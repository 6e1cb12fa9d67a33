"""Journeys over HTTP through the running product; each scenario itself checks what must be true in it.

The events of its order are compared with those of its page in docs/stories.
"""

import pytest

from ops.scenarios import (
    after_sale,
    fulfilment,
    messages,
    outages,
    payments,
    prices,
    records,
    rivalry,
    settlement,
)
from ops.scenarios.shop import PRICE

pytestmark = pytest.mark.timeout(120)


async def test_a_paid_order_is_shipped_delivered_and_completed(tell):
    story = await tell(payments.happy_path)
    assert (story.order["status"], story.order["fulfilment_status"]) == ("completed", "delivered")


async def test_a_declined_payment_can_be_followed_by_another(tell):
    story = await tell(payments.declined_then_paid)
    assert (story.order["status"], story.order["payment_status"]) == ("paid", "captured")


async def test_an_order_that_nobody_pays_is_cancelled_and_its_goods_are_free_again(tell):
    story = await tell(payments.never_paid)
    assert (story.order["status"], story.order["captured"]["amount"]) == ("cancelled", 0)


async def test_callbacks_that_are_repeated_and_reordered_have_one_effect(tell):
    story = await tell(payments.told_three_times)
    assert story.order["refunded"]["amount"] == 0


async def test_the_same_request_ten_times_at_once_is_one_order(tell):
    story = await tell(rivalry.same_request_ten_times)
    assert story.order["lines"][0]["quantity"] == 1


async def test_a_worker_killed_right_after_the_charge_does_not_charge_again(tell):
    story = await tell(outages.worker_killed)
    assert story.order["status"] == "paid"


async def test_of_two_buyers_for_the_last_unit_one_gets_it_and_one_is_refused(tell):
    story = await tell(rivalry.last_unit)
    assert story.order["status"] == "paid"


async def test_a_cancel_while_the_payment_runs_gives_the_money_back_once(tell):
    story = await tell(payments.cancelled_while_paying)
    assert story.order["captured"] == story.order["refunded"] == story.order["total"]


async def test_orders_that_arrive_while_temporal_is_away_are_accepted_and_started_once(tell):
    story = await tell(outages.temporal_stopped)
    assert story.order["version"] >= 1


async def test_orders_work_without_the_cache(tell):
    story = await tell(outages.valkey_stopped)
    assert story.order["status"] == "paid"


async def test_a_price_that_rose_is_asked_about_and_charged_when_the_buyer_agrees(tell):
    story = await tell(prices.price_changed_confirmed)
    assert story.order["captured"] == story.order["total"]


async def test_a_price_that_rose_and_is_declined_costs_nothing_and_holds_nothing(tell):
    story = await tell(prices.price_changed_declined)
    assert (story.order["status"], story.order["captured"]["amount"]) == ("cancelled", 0)


async def test_a_flash_sale_that_ends_between_quote_and_order_is_told_and_not_charged(tell):
    story = await tell(prices.flash_sale_ends)
    assert story.order["total"]["amount"] == PRICE


async def test_the_second_buyer_of_a_quota_of_one_is_asked_for_the_daily_price(tell):
    story = await tell(prices.promotion_sold_out)
    assert story.order["total"]["amount"] == PRICE


async def test_a_new_buyers_offer_is_over_on_day_8(tell):
    story = await tell(prices.new_buyer_on_day_8)
    assert story.order["total"]["amount"] == PRICE


async def test_bundle_threshold_voucher_points_and_fees_make_one_price_that_is_charged(tell):
    story = await tell(prices.everything_at_once)
    assert story.picture[-1].endswith("waterfall.svg")


async def test_money_that_is_authorised_first_is_taken_when_the_parcel_leaves(tell):
    story = await tell(fulfilment.captured_with_the_parcel)
    assert story.order["captured"] == story.order["total"]


async def test_an_order_of_two_parcels_is_shipped_with_the_second(tell):
    story = await tell(fulfilment.two_warehouses)
    assert (story.order["status"], story.order["fulfilment_status"]) == ("completed", "delivered")


async def test_a_service_that_nobody_accepts_is_cancelled_and_paid_back(tell):
    story = await tell(fulfilment.service_not_accepted)
    assert (story.order["status"], story.order["payment_status"]) == ("cancelled", "refunded")


async def test_one_of_three_units_goes_back_for_a_third_of_the_money(tell):
    story = await tell(after_sale.partly_returned)
    assert (story.order["after_sale_status"], story.order["refunded"]["amount"]) == ("done", PRICE)


async def test_a_charge_back_is_shown_and_nothing_is_refunded_on_top(tell):
    story = await tell(after_sale.charged_back)
    assert (story.order["payment_status"], story.order["refunded"]["amount"]) == ("charged_back", 0)


async def test_the_goods_of_a_lost_parcel_are_paid_back_and_the_rest_is_completed(tell):
    story = await tell(fulfilment.parcel_lost)
    assert (story.order["status"], story.order["payment_status"]) == ("completed", "partially_refunded")


async def test_the_money_of_an_order_is_divided_to_the_penny_and_stated(tell):
    story = await tell(settlement.settled)
    assert story.picture[-1].startswith("the merchant is owed")


async def test_an_order_can_be_seen_as_it_was_and_a_refund_tells_who_asked_for_it(tell):
    story = await tell(records.looked_back)
    assert (story.order["status"], story.order["payment_status"]) == ("cancelled", "refunded")


async def test_a_forgotten_buyer_leaves_an_order_without_an_address(tell):
    story = await tell(records.forgotten)
    assert (story.order["status"], story.order["address"]["street"]) == ("completed", None)


async def test_a_command_that_comes_three_times_by_message_and_once_over_http_is_one_order(tell):
    story = await tell(messages.ordered_by_message)
    assert (story.order["status"], story.order["captured"]) == ("completed", story.order["total"])
