"""An order's events as they happen: resumable, bounded, alive while silent, and with an end."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import httpx
import pytest

from tests.support.api_world import ApiWorld, api_world
from tests.support.order_stories import delivered, events_of, placed
from tests.support.problems import is_problem


def told(answer: httpx.Response) -> list[dict[str, str]]:
    """The messages of a stream, comments left out."""
    messages = []
    for block in answer.text.replace("\r\n", "\n").split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if fields:
            messages.append(fields)
    return messages


def a_world(**limits: float) -> ApiWorld:
    world = ApiWorld()
    world.streams = replace(world.streams, **{"seconds": 0.2, **limits})  # type: ignore[arg-type]
    return world


async def test_a_stream_tells_what_the_list_of_events_tells():
    async with api_world(a_world()) as world:
        order_id = await placed(world)

        answer = await world.get(f"/v1/orders/{order_id}/events/stream")

        listed = (await world.get(f"/v1/orders/{order_id}/events")).json()["items"]
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    messages = told(answer)
    assert [json.loads(message["data"]) for message in messages] == listed
    assert [message["event"] for message in messages] == [item["type"] for item in listed]
    assert [int(message["id"]) for message in messages] == [item["version"] for item in listed]


async def test_what_happens_while_somebody_listens_is_told():
    async with api_world(a_world(seconds=5)) as world:
        order_id = await placed(world)
        listening = asyncio.create_task(world.get(f"/v1/orders/{order_id}/events/stream"))
        await asyncio.sleep(0.05)

        await world.post(f"/v1/orders/{order_id}/cancel", {"reason": "buyer"})

        answer = await asyncio.wait_for(listening, 3)  # an unpaid order rests when it is cancelled
        assert [message["event"] for message in told(answer)] == await events_of(world, order_id)


@pytest.mark.parametrize("by", ["header", "query", "both"])
async def test_a_stream_goes_on_after_the_last_id(by):
    async with api_world(a_world()) as world:
        order_id = await placed(world)
        path = f"/v1/orders/{order_id}/events/stream"
        after = "" if by == "header" else "?after=1" if by == "both" else "?after=2"

        answer = await world.get(path + after, **({} if by == "query" else {"Last-Event-ID": "2"}))

        events = await events_of(world, order_id)
    assert [(message["id"], message["event"]) for message in told(answer)] == [("3", events[2])]


async def test_no_event_is_lost_or_doubled_over_reconnections():
    async with api_world(a_world(seconds=0.05)) as world:
        order = await delivered(world)
        seen, last = [], "0"
        for amount in (100, 200, 300):
            answer = await world.get(f"/v1/orders/{order.id}/events/stream", **{"Last-Event-ID": last})
            seen += told(answer)
            last = seen[-1]["id"]
            back = {"amount": {"amount": amount, "currency": "CNY"}}
            await world.post(f"/v1/orders/{order.id}/refunds", back)

    assert [int(message["id"]) for message in seen] == list(range(1, order.version + 3))
    assert [message["event"] for message in seen[-2:]] == ["RefundRequested"] * 2


async def test_after_the_last_event_of_an_order_at_rest_nobody_connects_again(world: ApiWorld):
    order_id = await placed(world)
    await world.post(f"/v1/orders/{order_id}/cancel", {"reason": "buyer"})
    path, head = f"/v1/orders/{order_id}/events/stream", await world.events.head(order_id)

    before = await world.get(path, **{"Last-Event-ID": str(head - 1)})
    after = await world.get(path, **{"Last-Event-ID": str(head)})

    assert [message["event"] for message in told(before)] == ["OrderCancelled"]
    assert (after.status_code, after.content) == (204, b"")


async def test_an_order_whose_money_is_on_its_way_back_does_not_rest():
    async with api_world(a_world()) as world:
        order_id = await placed(world)
        await world.pays(order_id)
        await world.post(f"/v1/orders/{order_id}/cancel", {"reason": "buyer"})
        path, head = f"/v1/orders/{order_id}/events/stream", await world.events.head(order_id)

        waits = await world.get(path, **{"Last-Event-ID": str(head)})
        await world.workflows.refund_goes(order_id)
        rests = await world.get(path, **{"Last-Event-ID": str(await world.events.head(order_id))})

    assert (waits.status_code, rests.status_code) == (200, 204)


async def test_an_order_that_has_not_started_is_waited_for_and_a_refused_one_is_not():
    async with api_world(a_world()) as world:
        world.workflows.away = True
        waiting = (await world.place()).json()["order_id"]
        world.workflows.away = False
        world.workflows.refusal = "out_of_stock"
        refused = (await world.place()).json()["order_id"]
        await world.until(lambda: world.intake._accepted)

        assert (await world.get(f"/v1/orders/{waiting}/events/stream")).status_code == 200
        assert (await world.get(f"/v1/orders/{refused}/events/stream")).status_code == 204


async def test_a_silent_stream_shows_signs_of_life_and_ends_in_time():
    async with api_world(a_world(seconds=0.5, heartbeat_seconds=0.1)) as world:
        order_id = await placed(world)
        began = asyncio.get_running_loop().time()

        answer = await world.get(f"/v1/orders/{order_id}/events/stream", **{"Last-Event-ID": "3"})

        lasted = asyncio.get_running_loop().time() - began
    assert told(answer) == []
    assert answer.text.count(": ping") >= 2
    assert 0.4 < lasted < 5


async def test_of_too_many_streams_the_last_is_asked_to_come_back():
    async with api_world(a_world(streams=2, seconds=0.5)) as world:
        order_id = await placed(world)
        path = f"/v1/orders/{order_id}/events/stream"
        open_ones = [asyncio.create_task(world.get(path)) for _ in range(2)]
        streams = world.services.streams
        await world.until(lambda: streams.running == 2)

        answer = await world.get(path)

        assert is_problem(answer, 429, "too_many_streams")
        assert int(answer.headers["retry-after"]) >= 1
        assert [(await one).status_code for one in open_ones] == [200, 200]
        assert streams.running == 0
        assert (await world.get(path)).status_code == 200


@pytest.mark.parametrize("last", ["-1", "x", "1.5", "９", "9999999999", "0x1"])
async def test_an_id_that_no_event_has_is_a_422(world: ApiWorld, last):
    order_id = await placed(world)
    headers = {b"Last-Event-ID": last.encode()}

    answer = await world.http.get(f"/v1/orders/{order_id}/events/stream", headers=headers)

    is_problem(answer, 422, "invalid_request")


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=3", "after=1&after=2"])
async def test_a_stream_takes_only_what_is_documented(world: ApiWorld, query):
    order_id = await placed(world)

    is_problem(await world.get(f"/v1/orders/{order_id}/events/stream?{query}"), 422, "invalid_request")


async def test_an_order_that_nobody_placed_has_no_stream(world: ApiWorld):
    is_problem(await world.get("/v1/orders/ord_ghost/events/stream"), 404, "order_not_found")
