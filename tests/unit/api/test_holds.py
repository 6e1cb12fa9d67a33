"""Holds of carts: what is held, for whom, for how long, and every refusal."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from api.schemas.holds import HoldView
from domain.ports.stock import HoldRequest
from domain.pricing.conditions import PAYMENT_METHOD, REGION, TOTAL_ORDERS
from domain.stock.allowance import Allowance
from domain.stock.hold import HoldKind, StockLine
from tests.support.api_world import ApiWorld
from tests.support.builders import NOON
from tests.support.price_api import HOUR, knows, promotes
from tests.support.problems import is_problem

MUGS = {"sku": "mug", "quantity": 2}
FLASH_MUGS = {**MUGS, "promotion_id": "pro_1"}
QUOTA = Allowance.of_promotion("pro_1", "mug")


async def holds(world: ApiWorld, *lines, key: str = "", **changes):
    body = {"buyer_id": "buyer-1", "lines": lines or (MUGS,), **changes}
    return await world.post("/v1/holds", body, key)


async def counts(world: ApiWorld, sku: str = "mug") -> tuple[int, int]:
    level = await world.stock.level(sku)
    assert level is not None
    return level.available, level.held


async def quota_left(world: ApiWorld) -> int:
    level = await world.stock.allowance(QUOTA)
    assert level is not None
    return level.available


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


# Refusals: nothing is held by any of them.


@pytest.fixture
async def untouched(world: ApiWorld):
    yield
    assert await counts(world) == (100, 0)
    assert await counts(world, "card") == (100, 0)


@pytest.mark.usefixtures("untouched")
class TestRefusals:
    async def test_goods_that_are_not_there_are_refused_with_what_is_left(self, world: ApiWorld):
        answer = await holds(world, {"sku": "card", "quantity": 1}, {"sku": "mug", "quantity": 101})

        shortages = is_problem(answer, 409, "out_of_stock")["shortages"]
        assert shortages == [{"sku": "mug", "wanted": 101, "available": 100}]

    async def test_goods_that_nobody_has_are_out_of_stock(self, world: ApiWorld):
        is_problem(await holds(world, {"sku": "yeti", "quantity": 1}), 409, "out_of_stock")

    async def test_an_unknown_promotion_is_not_found(self, world: ApiWorld):
        document = is_problem(await holds(world, FLASH_MUGS), 404, "promotion_not_found")
        assert document["promotion_id"] == "pro_1"

    async def test_a_promotion_that_begins_later_is_refused(self, world: ApiWorld):
        await promotes(world, starts_at=NOON + timedelta(milliseconds=1))

        document = is_problem(await holds(world, FLASH_MUGS), 409, "promotion_not_started")
        assert document["starts_at"] == "2026-01-05T12:00:00.001Z"

    async def test_a_promotion_is_over_at_the_instant_of_its_end(self, world: ApiWorld):
        await promotes(world, ends_at=NOON)

        is_problem(await holds(world, FLASH_MUGS), 409, "promotion_ended")

    async def test_a_promotion_that_is_sold_out_says_what_is_left(self, world: ApiWorld):
        await promotes(world, quotas={"mug": 1})

        shortages = is_problem(await holds(world, FLASH_MUGS), 409, "promotion_sold_out")["shortages"]
        assert shortages == [
            {"allowance": "promotion", "promotion_id": "pro_1", "sku": "mug", "wanted": 2, "available": 1}
        ]
        assert await quota_left(world) == 1

    async def test_a_buyer_has_a_limit(self, world: ApiWorld):
        await promotes(world, per_buyer_limit=1)

        answer = await holds(world, FLASH_MUGS)

        (short,) = is_problem(answer, 409, "promotion_limit_reached")["shortages"]
        assert (short["allowance"], short["available"]) == ("promotion_buyer", 1)

    @pytest.mark.parametrize(
        "scope", [{"skus": frozenset({"card"})}, {"merchant_id": "shop-8", "skus": None}]
    )
    async def test_a_promotion_for_other_goods_is_refused(self, world: ApiWorld, scope):
        await promotes(world, **scope)

        answer = await holds(world, FLASH_MUGS)

        assert is_problem(answer, 422, "promotion_not_for_item")["sku"] == "mug"

    async def test_an_item_that_is_in_no_catalogue_is_in_no_promotion(self, world: ApiWorld):
        await promotes(world, skus=None)
        yeti = {"sku": "yeti", "quantity": 1, "promotion_id": "pro_1"}

        is_problem(await holds(world, yeti), 422, "promotion_not_for_item")

    async def test_a_price_for_members_is_not_for_others(self, world: ApiWorld):
        await promotes(world, "vip_price", {"prices": {"mug": 700}})

        is_problem(await holds(world, FLASH_MUGS), 422, "promotion_not_for_buyer")

    async def test_a_price_for_new_buyers_is_not_for_old_ones(self, world: ApiWorld):
        await promotes(world, "new_buyer_price", {"prices": {"mug": 700}})
        await knows(world, registered_at=NOON - timedelta(days=8))

        is_problem(await holds(world, FLASH_MUGS), 422, "promotion_not_for_buyer")

    @pytest.mark.parametrize(
        "condition", [TOTAL_ORDERS.at_least(1), REGION.equals("HK"), PAYMENT_METHOD.equals("card")]
    )
    async def test_a_condition_that_is_not_met_is_refused(self, world: ApiWorld, condition):
        await promotes(world, condition=condition)

        is_problem(await holds(world, FLASH_MUGS), 422, "promotion_not_for_buyer")

    async def test_one_refused_line_refuses_all(self, world: ApiWorld):
        card = {"sku": "card", "quantity": 1}

        is_problem(await holds(world, card, FLASH_MUGS), 404, "promotion_not_found")

    async def test_a_sku_stands_on_one_line(self, world: ApiWorld):
        is_problem(await holds(world, MUGS, MUGS), 422, "invalid_value")

    async def test_a_hold_needs_a_key(self, world: ApiWorld):
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
    async def test_a_wish_that_is_not_as_documented_is_refused(self, world: ApiWorld, change, pointer):
        answer = await world.post("/v1/holds", {"buyer_id": "buyer-1", "lines": [MUGS], **change})

        assert is_problem(answer, 422, "invalid_request")["errors"][0]["pointer"] == pointer


async def test_who_meets_the_condition_has_their_hold(world: ApiWorld):
    await promotes(world, condition=REGION.equals("HK"), segments=frozenset({"vip", "staff"}))
    await knows(world, segments=frozenset({"vip"}))

    assert (await holds(world, FLASH_MUGS, region="HK")).status_code == 201
