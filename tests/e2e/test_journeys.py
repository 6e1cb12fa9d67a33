"""Journeys over HTTP through the running product; each scenario itself checks what must be true in it."""

import pytest

from ops.scenarios import outages, payments, rivalry

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
