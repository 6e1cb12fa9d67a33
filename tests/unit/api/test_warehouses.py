"""Counting stock over HTTP: what lies where, whose it is, and which counts are refused."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from domain.stock.allocation import WantedUnits
from domain.stock.hold import StockLine
from tests.support.api_world import ApiWorld, an_item, api_world
from tests.support.problems import is_problem

KEYS = "everything,merchant@shop-7:tea,merchant@shop-8:books,operator:boss,finance:books-of-account"
LARGEST = 1_000_000_000


@pytest.fixture
async def keyed() -> AsyncIterator[ApiWorld]:
    async with api_world(ApiWorld(api_keys=KEYS)) as made:
        yield made


async def put(
    world: ApiWorld, body: object, sku: str = "mug", place: str = "east", key: str = ""
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return await world.http.put(f"/v1/warehouses/{place}/stock/{sku}", json=body, headers=headers)


async def test_what_is_counted_on_a_shelf_is_for_sale(world: ApiWorld) -> None:
    for _ in range(2):
        assert (await put(world, {"on_shelf": 7})).status_code == 204

    assert (await world.get("/v1/stock/mug")).json() == {
        "sku": "mug",
        "available": 107,
        "held": 0,
        "sold": 0,
        "shelves": [
            {"warehouse_id": "east", "on_shelf": 7, "allocated": 0},
            {"warehouse_id": "main", "on_shelf": 100, "allocated": 0},
        ],
    }


async def test_what_is_sold_and_stands_ready_is_shown(world: ApiWorld) -> None:
    await world.stock.take_holds("ord_1", [StockLine("mug", 3)], world.clock.now())
    await world.stock.confirm_holds("ord_1", world.clock.now())
    await world.stock.take_holds("ord_2", [StockLine("mug", 2)], world.clock.now())
    await world.warehouses.allocate("ord_1", [WantedUnits(1, "mug", 3)])

    shown = (await world.get("/v1/stock/mug")).json()

    assert (shown["available"], shown["held"], shown["sold"]) == (95, 2, 3)
    assert shown["shelves"] == [{"warehouse_id": "main", "on_shelf": 97, "allocated": 3}]


async def test_an_item_that_was_never_counted_has_nothing(world: ApiWorld) -> None:
    await world.http.put("/v1/catalogue/items", json={"items": [an_item("tin", stock=None)]})

    shown = (await world.get("/v1/stock/tin")).json()

    assert shown == {"sku": "tin", "available": 0, "held": 0, "sold": 0, "shelves": []}


async def test_less_than_was_promised_cannot_lie_there(world: ApiWorld) -> None:
    await world.stock.take_holds("ord_1", [StockLine("mug", 30)], world.clock.now())

    answer = await put(world, {"on_shelf": 29}, place="main")

    assert is_problem(answer, 422, "invalid_value")["field"] == "on_shelf"
    assert (await put(world, {"on_shelf": 30}, place="main")).status_code == 204
    assert (await world.get("/v1/stock/mug")).json()["available"] == 0


async def test_a_stock_list_cannot_take_what_lies_in_another_warehouse(world: ApiWorld) -> None:
    await put(world, {"on_shelf": 50})

    answer = await world.http.put(
        "/v1/catalogue/items", json={"items": [an_item("tin", stock=1), an_item("mug", stock=49)]}
    )

    assert is_problem(answer, 422, "invalid_value")["field"] == "stock"
    assert (await world.get("/v1/stock/mug")).json()["available"] == 150
    is_problem(await world.get("/v1/stock/tin"), 404, "item_not_found")


@pytest.mark.parametrize("sku", ["yeti", "no/such/thing"])
async def test_what_nobody_sells_has_no_stock(world: ApiWorld, sku: str) -> None:
    is_problem(await put(world, {"on_shelf": 7}, sku), 404, "item_not_found")
    is_problem(await world.get(f"/v1/stock/{sku}"), 404, "item_not_found")
    assert await world.stock.level(sku) is None


async def test_any_name_of_an_item_can_be_asked_for(world: ApiWorld) -> None:
    await world.http.put("/v1/catalogue/items", json={"items": [an_item("茶/oo %2F?")]})

    answer = await world.get("/v1/stock/%E8%8C%B6%2Foo%20%252F%3F")

    assert answer.json()["sku"] == "茶/oo %2F?"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"on_shelf": -1},
        {"on_shelf": LARGEST + 1},
        {"on_shelf": 1.5},
        {"on_shelf": "1"},
        {"on_shelf": True},
        {"on_shelf": None},
        {"on_shelf": 1, "allocated": 1},
        [],
    ],
)
async def test_a_count_that_is_not_as_documented_changes_nothing(world: ApiWorld, body: object) -> None:
    is_problem(await put(world, body), 422, "invalid_request")

    assert len((await world.get("/v1/stock/mug")).json()["shelves"]) == 1


@pytest.mark.parametrize("place", ["a%20b", "%C3%A9", "x" * 101, "a%00"])
async def test_a_warehouse_has_a_plain_name(world: ApiWorld, place: str) -> None:
    is_problem(await put(world, {"on_shelf": 1}, place=place), 404, "not_found")


@pytest.mark.parametrize("sku", ["x" * 101, "%00", "%20"])
async def test_an_item_has_a_name_that_can_be_seen(world: ApiWorld, sku: str) -> None:
    is_problem(await put(world, {"on_shelf": 1}, sku), 404, "not_found")


@pytest.mark.parametrize(("key", "status"), [("tea", 204), ("boss", 204), ("everything", 204)])
async def test_merchants_count_their_own_and_operators_everything(
    keyed: ApiWorld, key: str, status: int
) -> None:
    assert (await put(keyed, {"on_shelf": 5}, key=key)).status_code == status


async def test_of_another_merchants_stock_nobody_hears(keyed: ApiWorld) -> None:
    is_problem(await put(keyed, {"on_shelf": 5}, key="books"), 404, "merchant_not_found")
    is_problem(await keyed.get("/v1/stock/mug", Authorization="Bearer books"), 404, "merchant_not_found")
    assert (await keyed.get("/v1/stock/mug", Authorization="Bearer tea")).json()["available"] == 100


async def test_finance_neither_counts_nor_looks(keyed: ApiWorld) -> None:
    is_problem(await put(keyed, {"on_shelf": 5}, key="books-of-account"), 403, "wrong_scope")
    answer = await keyed.get("/v1/stock/mug", Authorization="Bearer books-of-account")
    is_problem(answer, 403, "wrong_scope")
