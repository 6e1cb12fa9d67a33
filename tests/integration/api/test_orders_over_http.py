"""One order through HTTP, PostgreSQL, Valkey and Temporal, and what callers see when one of them is away."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from adapters.settings import Settings
from tests.integration.api.conftest import RealApi, api_of
from tests.support.api_world import an_item

NOBODY = "127.0.0.1:1"


async def test_the_first_answer_is_exactly_what_reading_the_order_shows(real_api: RealApi):
    order = await real_api.placed()

    shown = await real_api.http.get(f"/v1/orders/{order['id']}")

    assert shown.json() == order
    assert (order["status"], order["payment_status"], order["version"]) == ("created", "pending", 3)


async def test_the_same_post_ten_times_at_once_makes_one_order(real_api: RealApi):
    body = await real_api.order_body()

    answers = await asyncio.gather(*(real_api.post("/v1/orders", body, "same-ten") for _ in range(10)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["order"]["id"] for answer in answers}) == 1
    assert len({answer.content for answer in answers}) == 1


async def test_a_repeat_is_answered_from_what_was_kept(real_api: RealApi):
    body = await real_api.order_body()
    first = await real_api.post("/v1/orders", body, "kept-answer")
    order_id = first.json()["order"]["id"]
    async with asyncio.timeout(10):
        # The answer is kept in the background, and nobody announces it.
        while (entry := await real_api.ports.intake.find(order_id)) is None or entry.answer is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    again = await real_api.post("/v1/orders", body, "kept-answer")

    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"


async def test_a_second_order_by_the_same_snapshot_is_refused(real_api: RealApi):
    body = await real_api.order_body()
    await real_api.post("/v1/orders", body, "first-use")

    answer = await real_api.post("/v1/orders", body, "second-use")

    assert (answer.status_code, answer.json()["code"]) == (409, "snapshot_already_used")


async def test_a_callback_pays_the_order_and_a_waiting_reader_sees_it(real_api: RealApi):
    order = await real_api.placed()
    path = f"/v1/orders/{order['id']}"
    waiting = asyncio.create_task(real_api.http.get(f"{path}?wait=20s", headers={"If-None-Match": '"3"'}))

    await real_api.calls_back(order["payment_key"])

    async with asyncio.timeout(20):
        paid = (await waiting).json()
    assert (paid["status"], paid["captured"]) == ("paid", order["total"])


async def test_cancelling_twice_gives_the_same_order(real_api: RealApi):
    order = await real_api.placed()
    path = f"/v1/orders/{order['id']}/cancel"

    first = await real_api.post(path, {"reason": "buyer"})
    again = await real_api.post(path, {"reason": "buyer"})

    assert (first.status_code, first.json()["status"]) == (200, "cancelled")
    assert again.json() == first.json()


async def test_short_stock_is_refused_with_what_is_left(real_api: RealApi):
    body = await real_api.order_body()
    await real_api.http.put("/v1/catalogue/items", json={"items": [an_item(stock=1)]})

    answer = await real_api.post("/v1/orders", body)

    assert (answer.status_code, answer.json()["code"]) == (409, "out_of_stock")
    assert answer.json()["shortages"] == [{"sku": "mug", "wanted": 2, "available": 1}]
    shown = (await real_api.http.get(f"/v1/orders/{answer.json()['order_id']}")).json()
    assert (shown["status"], shown["cancel_reason"]) == ("cancelled", "out_of_stock")


async def test_while_temporal_is_away_orders_are_accepted_quickly(values: dict[str, Any]):
    settings = Settings(_env_file=None, **{**values, "temporal_address": NOBODY})
    async with api_of(settings) as api:
        body = await api.order_body()
        begun = time.monotonic()

        answer = await api.post("/v1/orders", body)

        assert answer.status_code == 202
        assert time.monotonic() - begun < settings.first_answer_seconds
        shown = await api.http.get(answer.headers["location"])
        assert shown.json()["status"] == "accepted"
        ready = await api.http.get("/health/ready")
        assert (ready.status_code, ready.json()["checks"]["temporal"]) == (200, "unreachable")


async def test_while_no_worker_runs_callers_wait_no_longer_than_the_bound(values: dict[str, Any]):
    settings = Settings(_env_file=None, **{**values, "first_answer_seconds": 0.5})
    async with api_of(settings) as api:
        begun = time.monotonic()

        answer = await api.post("/v1/orders", await api.order_body())

        assert answer.status_code == 202
        assert 0.5 <= time.monotonic() - begun < 5
        assert (await api.http.get(answer.headers["location"])).json()["status"] == "accepted"


async def test_while_valkey_is_away_orders_work(values: dict[str, Any]):
    settings = Settings(
        _env_file=None, **{**values, "redis_url": f"redis://{NOBODY}/0", "temporal_address": NOBODY}
    )
    async with api_of(settings) as api:
        answer = await api.post("/v1/orders", await api.order_body())

        assert answer.status_code == 202
        assert (await api.http.get(answer.headers["location"])).status_code == 200
