"""Search, sales, stock, prices and settlement lines over HTTP: who may see what, and what a page says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest

from domain.order.whereabouts import Whereabouts
from domain.ports.projections import ParkedStream, ProjectionHealth
from domain.ports.read_models import (
    Narrowed,
    PriceStep,
    ReadPage,
    SalesDay,
    SearchHit,
    SettlementLine,
    StockPlace,
    TermKind,
)
from domain.review.content import Subject
from tests.support.api_world import ApiWorld, api_world
from tests.support.builders import NOON, cny
from tests.support.problems import is_problem

KEYS = "caller:shop-front,merchant@shop-7:tea,operator:boss,finance:books,ops:pager"
EVERY = {
    "/v1/search?q=ord_1": {"boss", "books", "pager"},
    "/v1/sales/daily": {"tea", "boss", "books"},
    "/v1/stock-board": {"boss", "pager"},
    "/v1/price-audit": {"tea", "boss", "books"},
    "/v1/settlement-lines": {"tea", "books"},
    "/v1/projections": {"boss", "pager"},
}
NARROWED = ("/v1/sales/daily", "/v1/price-audit", "/v1/settlement-lines")


@pytest.fixture
async def world() -> AsyncIterator[ApiWorld]:
    async with api_world() as opened:
        yield opened


@pytest.fixture
async def guarded() -> AsyncIterator[ApiWorld]:
    async with api_world(ApiWorld(api_keys=KEYS)) as opened:
        yield opened


async def shown(world: ApiWorld, path: str, *items: Any) -> dict[str, Any]:
    """The first item of a list that holds these."""
    world.read_models.page = ReadPage(items)
    answer = await world.get(path)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["has_more"], answer.json()["cursor"]) == (False, None)
    item: dict[str, Any] = answer.json()["items"][0]
    return item


@pytest.mark.parametrize("path", EVERY)
async def test_each_list_opens_for_those_whom_it_is_for(guarded: ApiWorld, path: str) -> None:
    let_in = set()
    for key in ("shop-front", "tea", "boss", "books", "pager"):
        answer = await guarded.get(path, Authorization=f"Bearer {key}")
        if answer.status_code == 200:
            let_in.add(key)
        else:
            is_problem(answer, 403, "wrong_scope")

    assert let_in == EVERY[path]


@pytest.mark.parametrize("path", NARROWED)
async def test_a_merchants_key_sees_its_own_and_nothing_of_others(guarded: ApiWorld, path: str) -> None:
    own = await guarded.get(path, Authorization="Bearer tea")
    asked = guarded.read_models.asked[0]
    others = await guarded.get(f"{path}?merchant_id=shop-9", Authorization="Bearer tea")

    assert own.status_code == 200
    assert asked.merchant_id == "shop-7"
    is_problem(others, 404, "merchant_not_found")


async def test_a_star_asks_for_a_beginning(world: ApiWorld) -> None:
    await world.get("/v1/search?q=5PQPV*&limit=5")
    beginning = world.read_models.asked
    await world.get("/v1/search?q=5PQPV-QTMKXK")

    assert beginning == ("5PQPV", True, None, 5)
    assert world.read_models.asked == ("5PQPV-QTMKXK", False, None, 20)


async def test_a_hit_says_by_what_the_order_was_found(world: ApiWorld) -> None:
    hit = SearchHit("ord_1", NOON, ((TermKind.TRACKING, "track-1"),))

    item = await shown(world, "/v1/search?q=track-1", hit)

    assert item["found_by"] == [{"kind": "tracking", "term": "track-1"}]
    assert item["links"] == {"order": "/v1/orders/ord_1"}


async def test_a_day_of_sales_is_told_in_money(world: ApiWorld) -> None:
    day = SalesDay("shop-7", date(2026, 1, 5), 2, 4, cny(4_000), cny(1_000))

    item = await shown(world, "/v1/sales/daily?day_from=2026-01-01&day_to=2026-02-01", day)

    assert (item["day"], item["orders"], item["units"]) == ("2026-01-05", 2, 4)
    assert item["refunds"] == {"amount": 1_000, "currency": "CNY"}
    assert world.read_models.asked[0] == Narrowed(day_from=date(2026, 1, 1), day_until=date(2026, 2, 1))


async def test_the_stock_board_names_every_place(world: ApiWorld) -> None:
    item = await shown(world, "/v1/stock-board?sku=mug", StockPlace("mug", Whereabouts(1, 2, 3, 4, 5)))

    assert item == {
        "sku": "mug",
        "reserved": 1,
        "to_send": 2,
        "on_the_way": 3,
        "delivered": 4,
        "returned": 5,
    }


async def test_a_step_of_a_price_leads_to_its_proposal(world: ApiWorld) -> None:
    step = PriceStep(
        "prp_1", 2, 9, "ProposalApproved", Subject.ITEM_PRICE, "shop-7", ("mug",), [], NOON, None, "bob",
        "fine", NOON,
    )  # fmt: skip

    item = await shown(world, "/v1/price-audit?sku=mug", step)

    assert (item["what"], item["by"], item["words"]) == ("ProposalApproved", "bob", "fine")
    assert item["links"] == {"proposal": "/v1/price-proposals/prp_1"}


async def test_a_settlement_line_says_what_went_back(world: ApiWorld) -> None:
    line = SettlementLine(
        "ord_1", 1, "WE4", "shop-7", "mug", "Mug", cny(1_000), 2, cny(2_000), 1, cny(1_000), NOON, NOON
    )

    item = await shown(world, "/v1/settlement-lines?order_id=ord_1", line)

    assert item["goods"] == {"amount": 2_000, "currency": "CNY"}
    assert (item["refunded_quantity"], item["refunded"]["amount"]) == (1, 1_000)


async def test_a_cursor_comes_back_as_it_was_given(world: ApiWorld) -> None:
    key = ("2026-01-05T12:00:00+00:00", "ord_1")
    world.read_models.page = ReadPage((), key)
    page = (await world.get("/v1/search?q=mug")).json()

    await world.get(f"/v1/search?q=mug&cursor={page['cursor']}")

    assert page["has_more"] is True
    assert world.read_models.asked[2] == key


@pytest.mark.parametrize("cursor", ["x", "e30=", "WzFd", "ÿ", "W" * 900])
@pytest.mark.parametrize("path", [path for path in EVERY if path != "/v1/projections"])
async def test_what_is_no_cursor_is_refused(world: ApiWorld, path: str, cursor: str) -> None:
    joint = "&" if "?" in path else "?"

    is_problem(await world.get(f"{path}{joint}cursor={cursor}"), 422, "invalid_request")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/search",
        "/v1/search?q=",
        "/v1/search?q=%00",
        "/v1/search?q=" + "a" * 201,
        "/v1/sales/daily?day_from=yesterday",
        "/v1/stock-board?limit=0",
        "/v1/stock-board?limit=101",
        "/v1/price-audit?colour=red",
        "/v1/settlement-lines?sku=a&sku=b",
    ],
)
async def test_bad_questions_are_refused(world: ApiWorld, path: str) -> None:
    is_problem(await world.get(path), 422, "invalid_request")


async def test_projections_tell_their_lag_and_what_they_have_stopped_at(world: ApiWorld) -> None:
    parked = ParkedStream("orders", "ord_1", 3, 9, "KeyError: 'x'", NOON)
    world.projections.healths = [
        ProjectionHealth("orders", 12, timedelta(seconds=1.5), "host:1", (parked,)),
        ProjectionHealth("stock_board", 12, timedelta(), None),
    ]

    orders, stock = (await world.get("/v1/projections")).json()["items"]

    assert (orders["lag_seconds"], stock["lag_seconds"]) == (1.5, 0)
    assert [(stream["stream_id"], stream["version"]) for stream in orders["parked"]] == [("ord_1", 3)]
    assert orders["links"] == {"resume": "/v1/projections/orders/resume"}
    assert stock["links"] == {}


async def test_a_parked_stream_is_let_on_by_name_or_all_of_them(world: ApiWorld) -> None:
    one = await world.post("/v1/projections/orders/resume", {"stream_id": "ord_1"})
    await world.post("/v1/projections/orders/resume")

    assert one.json() == {"resumed": ["ord_1"]}
    assert world.projections.resumed == [("orders", "ord_1"), ("orders", None)]


async def test_a_projection_that_does_not_exist_is_named_with_those_that_do(world: ApiWorld) -> None:
    answer = await world.post("/v1/projections/dreams/resume")

    is_problem(answer, 404, "projection_not_found")
    assert answer.json()["known"] == ["orders"]


async def test_only_people_on_duty_let_streams_on(guarded: ApiWorld) -> None:
    answer = await guarded.post("/v1/projections/orders/resume", Authorization="Bearer books")

    is_problem(answer, 403, "wrong_scope")
    assert guarded.projections.resumed == []
