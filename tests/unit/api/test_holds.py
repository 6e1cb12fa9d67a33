"""Holds of carts: what is held, for whom, for how long, and every refusal."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from api.schemas.holds import HoldView
from domain.ports.stock import HoldRequest
from domain.pricing.conditions import REGION
from domain.stock.hold import HoldKind, StockLine
from tests.support.api_world import ApiWorld
from tests.support.builders import NOON
from tests.support.price_api import FLASH_MUGS, HOUR, MUGS, counts, holds, knows, promotes, quota_left
from tests.support.problems import is_problem


async def test_a_cart_holds_goods_for_five_minutes(world: ApiWorld):
    answer = await holds(world)

    held = HoldView.model_validate_json(answer.content).model_dump(mode="json")
    assert answer.status_code == 201
    assert answer.headers["location"] == held["links"]["self"]
    assert (held["kind"], held["status"], held["buyer_id"]) == ("cart", "active", "buyer-1")
    assert held["lines"] == [{**MUGS, "promotion_id": None}]
    assert held["expires_at"] == "2026-01-05T12:05:00.000Z"
    assert await counts(world) == (98, 2)


async def test_a_hold_reads_as_it_was_given_out(world: ApiWorld):
    await promotes(world, quotas={"mug": 10})
    held = (await holds(world, FLASH_MUGS, {"sku": "card", "quantity": 1})).json()

    again = (await world.get(held["links"]["self"])).json()

    assert {**again, "lines": None} == {**held, "lines": None}
    assert sorted(again["lines"], key=str) == sorted(held["lines"], key=str)


async def test_units_of_a_promotion_are_held_with_the_goods(world: ApiWorld):
    await promotes(world, quotas={"mug": 3})

    held = (await holds(world, FLASH_MUGS, minutes=1)).json()

    assert held["lines"][0]["promotion_id"] == "pro_1"
    assert held["expires_at"] == "2026-01-05T12:01:00.000Z"
    assert (await counts(world), await quota_left(world)) == ((98, 2), 1)


async def test_a_quote_that_names_the_hold_counts_its_units_as_free(world: ApiWorld):
    await promotes(world, quotas={"mug": 2})
    hold_id = (await holds(world, FLASH_MUGS)).json()["id"]

    with_it = await world.quote(hold_ids=[hold_id])
    without = await world.quote(buyer_id="buyer-2")

    assert [quote["lines"][0]["unit_price"]["amount"] for quote in (with_it, without)] == [800, 1_000]


@pytest.mark.parametrize("buyer", ["buyer-2", None])
async def test_a_quote_cannot_name_somebody_elses_hold(world: ApiWorld, buyer):
    hold_id = (await holds(world)).json()["id"]
    body = {
        "scene": "checkout",
        "currency": "CNY",
        "buyer_id": buyer,
        "lines": [MUGS],
        "hold_ids": [hold_id],
    }

    is_problem(await world.http.post("/v1/quotes", json=body), 404, "hold_not_found")


async def test_the_same_key_holds_once(world: ApiWorld):
    first = await holds(world, key="same")
    again = await holds(world, key="same")

    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    assert await counts(world) == (98, 2)


async def test_a_second_add_holds_more(world: ApiWorld):
    await promotes(world, quotas={"mug": 10}, per_buyer_limit=4)

    assert (await holds(world, FLASH_MUGS)).status_code == 201
    assert (await holds(world, FLASH_MUGS)).status_code == 201

    assert (await counts(world), await quota_left(world)) == ((96, 4), 6)
    is_problem(await holds(world, FLASH_MUGS), 409, "promotion_limit_reached")


async def test_a_hundred_carts_at_once_hold_what_there_is_and_no_unit_more(world: ApiWorld):
    await promotes(world, quotas={"mug": 7})
    one = {"sku": "mug", "quantity": 1, "promotion_id": "pro_1"}

    answers = await asyncio.gather(*(holds(world, one, buyer_id=f"buyer-{n}") for n in range(100)))

    assert sum(answer.status_code == 201 for answer in answers) == 7
    assert {answer.json()["code"] for answer in answers if answer.status_code != 201} == {
        "promotion_sold_out"
    }
    assert (await counts(world), await quota_left(world)) == ((93, 7), 0)


# Giving back.


async def test_what_is_given_back_is_free_again_and_only_once(world: ApiWorld):
    await promotes(world, quotas={"mug": 3})
    path = (await holds(world, FLASH_MUGS)).json()["links"]["self"]

    first, again = await world.http.delete(path), await world.http.delete(path)

    assert (first.status_code, again.status_code, first.content) == (204, 204, b"")
    assert (await counts(world), await quota_left(world)) == ((100, 0), 3)
    assert (await world.get(path)).json()["status"] == "released"


async def test_a_hold_whose_time_is_over_is_given_back_already(world: ApiWorld):
    path = (await holds(world)).json()["links"]["self"]
    world.clock.passes(timedelta(minutes=5))
    await world.stock.expire_holds(world.clock.now(), 10)

    assert (await world.http.delete(path)).status_code == 204
    assert (await world.get(path)).json()["status"] == "expired"
    assert await counts(world) == (100, 0)


async def test_a_hold_that_became_an_orders_is_not_given_back(world: ApiWorld):
    hold = (await holds(world)).json()
    lines, until = (StockLine("mug", 2),), NOON + HOUR
    taken = await world.stock.take(HoldRequest("ord_1", lines, until, "buyer-1", converts=(hold["id"],)))
    assert not taken.refused

    answer = await world.http.delete(hold["links"]["self"])

    is_problem(answer, 409, "hold_not_active")
    assert await counts(world) == (98, 2)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("hold_id", ["hold_none", "ord_1"])
async def test_a_hold_that_is_unknown_or_an_orders_own_is_not_found(world: ApiWorld, method, hold_id):
    await world.stock.take(HoldRequest("ord_1", (StockLine("mug", 2),), NOON + HOUR, kind=HoldKind.ORDER))

    is_problem(await world.http.request(method, f"/v1/holds/{hold_id}"), 404, "hold_not_found")
    assert await counts(world) == (98, 2)


async def test_who_meets_the_condition_has_their_hold(world: ApiWorld):
    await promotes(world, condition=REGION.equals("HK"), segments=frozenset({"vip", "staff"}))
    await knows(world, segments=frozenset({"vip"}))

    assert (await holds(world, FLASH_MUGS, region="HK")).status_code == 201
