"""Holds that are refused: each for its reason, and nothing is held by any of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.pricing.conditions import PAYMENT_METHOD, REGION, TOTAL_ORDERS
from tests.support.api_world import ApiWorld
from tests.support.builders import NOON
from tests.support.price_api import FLASH_MUGS, MUGS, counts, holds, knows, promotes, quota_left
from tests.support.problems import is_problem

pytestmark = pytest.mark.usefixtures("untouched")


@pytest.fixture
async def untouched(world: ApiWorld):
    yield
    assert await counts(world) == (100, 0)
    assert await counts(world, "card") == (100, 0)


async def test_goods_that_are_not_there_are_refused_with_what_is_left(world: ApiWorld):
    answer = await holds(world, {"sku": "card", "quantity": 1}, {"sku": "mug", "quantity": 101})

    shortages = is_problem(answer, 409, "out_of_stock")["shortages"]
    assert shortages == [{"sku": "mug", "wanted": 101, "available": 100}]


async def test_goods_that_nobody_has_are_out_of_stock(world: ApiWorld):
    is_problem(await holds(world, {"sku": "yeti", "quantity": 1}), 409, "out_of_stock")


async def test_an_unknown_promotion_is_not_found(world: ApiWorld):
    document = is_problem(await holds(world, FLASH_MUGS), 404, "promotion_not_found")
    assert document["promotion_id"] == "pro_1"


async def test_a_promotion_that_begins_later_is_refused(world: ApiWorld):
    await promotes(world, starts_at=NOON + timedelta(milliseconds=1))

    document = is_problem(await holds(world, FLASH_MUGS), 409, "promotion_not_started")
    assert document["starts_at"] == "2026-01-05T12:00:00.001Z"


async def test_a_promotion_is_over_at_the_instant_of_its_end(world: ApiWorld):
    await promotes(world, ends_at=NOON)

    is_problem(await holds(world, FLASH_MUGS), 409, "promotion_ended")


async def test_a_promotion_that_is_sold_out_says_what_is_left(world: ApiWorld):
    await promotes(world, quotas={"mug": 1})

    shortages = is_problem(await holds(world, FLASH_MUGS), 409, "promotion_sold_out")["shortages"]
    assert shortages == [
        {"allowance": "promotion", "promotion_id": "pro_1", "sku": "mug", "wanted": 2, "available": 1}
    ]
    assert await quota_left(world) == 1


async def test_a_buyer_has_a_limit(world: ApiWorld):
    await promotes(world, per_buyer_limit=1)

    answer = await holds(world, FLASH_MUGS)

    (short,) = is_problem(answer, 409, "promotion_limit_reached")["shortages"]
    assert (short["allowance"], short["available"]) == ("promotion_buyer", 1)


@pytest.mark.parametrize("scope", [{"skus": frozenset({"card"})}, {"merchant_id": "shop-8", "skus": None}])
async def test_a_promotion_for_other_goods_is_refused(world: ApiWorld, scope):
    await promotes(world, **scope)

    answer = await holds(world, FLASH_MUGS)

    assert is_problem(answer, 422, "promotion_not_for_item")["sku"] == "mug"


async def test_an_item_that_is_in_no_catalogue_is_in_no_promotion(world: ApiWorld):
    await promotes(world, skus=None)
    yeti = {"sku": "yeti", "quantity": 1, "promotion_id": "pro_1"}

    is_problem(await holds(world, yeti), 422, "promotion_not_for_item")


async def test_a_price_for_members_is_not_for_others(world: ApiWorld):
    await promotes(world, "vip_price", {"prices": {"mug": 700}})

    is_problem(await holds(world, FLASH_MUGS), 422, "promotion_not_for_buyer")


async def test_a_price_for_new_buyers_is_not_for_old_ones(world: ApiWorld):
    await promotes(world, "new_buyer_price", {"prices": {"mug": 700}})
    await knows(world, registered_at=NOON - timedelta(days=8))

    is_problem(await holds(world, FLASH_MUGS), 422, "promotion_not_for_buyer")


@pytest.mark.parametrize(
    "condition", [TOTAL_ORDERS.at_least(1), REGION.equals("HK"), PAYMENT_METHOD.equals("card")]
)
async def test_a_condition_that_is_not_met_is_refused(world: ApiWorld, condition):
    await promotes(world, condition=condition)

    is_problem(await holds(world, FLASH_MUGS), 422, "promotion_not_for_buyer")


async def test_one_refused_line_refuses_all(world: ApiWorld):
    card = {"sku": "card", "quantity": 1}

    is_problem(await holds(world, card, FLASH_MUGS), 404, "promotion_not_found")


async def test_a_sku_stands_on_one_line(world: ApiWorld):
    is_problem(await holds(world, MUGS, MUGS), 422, "invalid_value")


async def test_a_hold_needs_a_key(world: ApiWorld):
    answer = await world.http.post("/v1/holds", json={"buyer_id": "buyer-1", "lines": [MUGS]})

    is_problem(answer, 400, "idempotency_key_missing")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"minutes": 0}, "/minutes"),
        ({"minutes": 6}, "/minutes"),
        ({"minutes": 2.5}, "/minutes"),
        ({"minutes": True}, "/minutes"),
        ({"lines": []}, "/lines"),
        ({"lines": [{**MUGS, "quantity": 0}]}, "/lines/0/quantity"),
        ({"lines": [{**MUGS, "quantity": "1"}]}, "/lines/0/quantity"),
        ({"lines": [{**MUGS, "unit_price": 1}]}, "/lines/0/unit_price"),
        ({"status": "active"}, "/status"),
        ({"expires_at": "2027-01-01T00:00:00Z"}, "/expires_at"),
        ({"kind": "order"}, "/kind"),
        ({"region": "China"}, "/region"),
    ],
)
async def test_a_wish_that_is_not_as_documented_is_refused(world: ApiWorld, change, pointer):
    answer = await world.post("/v1/holds", {"buyer_id": "buyer-1", "lines": [MUGS], **change})

    assert is_problem(answer, 422, "invalid_request")["errors"][0]["pointer"] == pointer
