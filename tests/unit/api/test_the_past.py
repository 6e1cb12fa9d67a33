"""Orders and proposals as they were: at a version, at a moment; and what the past does not answer."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from api.schemas.orders import OrderView
from domain.events import EventMetadata
from domain.ports.aggregate_snapshots import AggregateSnapshot
from tests.support.api_world import ApiWorld, api_world
from tests.support.builders import an_order
from tests.support.problems import is_problem
from tests.unit.api.proposing import ann, bob, mug_at, proposed

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def sold() -> AsyncIterator[tuple[ApiWorld, str]]:
    """An order that was paid a minute after it was placed, and cancelled another minute later."""
    async with api_world() as world:
        order_id = await world.placed()
        world.clock.passes(MINUTE)
        await world.pays(order_id)
        world.clock.passes(MINUTE)
        await world.post(f"/v1/orders/{order_id}/cancel", {"reason": "buyer"})
        yield world, order_id


async def test_an_order_is_shown_as_it_was_at_each_version(sold):
    world, order_id = sold
    events = (await world.get(f"/v1/orders/{order_id}/events")).json()["items"]

    for event in events:
        version = event["version"]
        answer = await world.get(f"/v1/orders/{order_id}?version={version}")
        shown = OrderView.model_validate_json(answer.content)
        assert (shown.version, answer.headers["etag"]) == (version, f'"{version}"')
    states = [
        (await world.get(f"/v1/orders/{order_id}?version={version}")).json()["status"]
        for version in (1, 2, 4)
    ]
    assert states == ["draft", "created", "paid"]


async def test_an_order_is_shown_as_it_was_known_at_a_moment(sold):
    world, order_id = sold
    events = (await world.get(f"/v1/orders/{order_id}/events")).json()["items"]
    paid = next(event for event in events if event["type"] == "PaymentConfirmed")

    then = await world.http.get(f"/v1/orders/{order_id}", params={"at": paid["recorded_at"]})
    now = await world.http.get(f"/v1/orders/{order_id}", params={"at": "2199-01-01T00:00:00+08:00"})

    assert (then.json()["status"], then.json()["version"]) == ("paid", paid["version"])
    assert (now.json()["status"], now.json()["version"]) == ("cancelled", events[-1]["version"])


async def test_the_past_offers_nothing_to_do(sold):
    world, order_id = sold
    path = f"/v1/orders/{order_id}"

    created = (await world.get(f"{path}?version=2")).json()

    assert (created["allowed_actions"], created["pay_url"]) == ([], None)
    assert created["links"] == {
        "self": f"{path}?version=2",
        "events": f"{path}/events?version=2",
        "now": path,
    }
    for link in created["links"].values():
        assert (await world.get(link)).status_code == 200


@pytest.mark.parametrize("part", ["", "/events"])
async def test_a_version_later_than_the_newest_is_refused(sold, part):
    world, order_id = sold
    head = await world.events.head(order_id)

    refused = is_problem(
        await world.get(f"/v1/orders/{order_id}{part}?version={head + 1}"), 404, "version_not_reached"
    )

    assert (refused["version"], refused["head"]) == (head + 1, head)


@pytest.mark.parametrize("part", ["", "/events"])
async def test_a_time_before_the_order_is_refused(sold, part):
    world, order_id = sold
    first = (await world.events.read(order_id))[0]

    refused = is_problem(
        await world.get(f"/v1/orders/{order_id}{part}?at=2000-01-01T00:00:00Z"), 404, "not_yet_there"
    )

    assert refused["began_at"].startswith(f"{first.recorded_at:%Y-%m-%dT%H:%M:%S}")


@pytest.mark.parametrize(
    "query",
    [
        *("version=0", "version=-1", "version=x", "version=1.5", "version=", "version=99999999999"),
        *("at=yesterday", "at=2026-01-01T00:00:00", "at=", "at=0001-01-01T00:00:00Z"),
        *("version=1&version=2", "version=1&at=2026-01-05T12:00:00Z", "until=3"),
    ],
)
async def test_a_past_that_cannot_be_meant_is_refused(sold, query):
    world, order_id = sold

    is_problem(await world.get(f"/v1/orders/{order_id}?{query}"), 422, "invalid_request")


@pytest.mark.parametrize(
    ("query", "code"), [("version=1", "version_not_reached"), ("at=2026-01-05T12:00:00Z", "not_yet_there")]
)
@pytest.mark.parametrize("part", ["", "/events"])
async def test_an_order_without_events_has_no_past(world: ApiWorld, query, code, part):
    world.workflows.away = True
    order_id = (await world.place()).json()["order_id"]

    is_problem(await world.get(f"/v1/orders/{order_id}{part}?{query}"), 404, code)


@pytest.mark.parametrize("query", ["version=1", "at=2026-01-05T12:00:00Z"])
async def test_what_nobody_placed_has_no_past(world: ApiWorld, query):
    is_problem(await world.get(f"/v1/orders/ord_ghost?{query}"), 404, "order_not_found")
    is_problem(await world.get(f"/v1/orders/price:x?{query}"), 404, "order_not_found")


async def test_another_merchants_past_is_not_shown():
    async with api_world(ApiWorld(api_keys="everything,merchant@shop-8:books")) as keyed:
        keyed.http.headers["Authorization"] = "Bearer everything"
        order_id = await keyed.placed()

        answer = await keyed.get(f"/v1/orders/{order_id}?version=1", Authorization="Bearer books")

        is_problem(answer, 404, "order_not_found")


async def test_a_proposal_is_shown_as_it_was(world: ApiWorld):
    path = (await proposed(world, mug_at(800)))["links"]["self"]
    begun = world.clock.now()
    world.clock.passes(MINUTE)
    await ann(world, "POST", f"{path}/submit")
    world.clock.passes(MINUTE)
    await bob(world, "POST", f"{path}/approve", {"comment": "fine"})

    states = [(await world.get(f"{path}?version={version}")).json()["status"] for version in (1, 2, 3)]
    then = await world.http.get(path, params={"at": begun.isoformat()})

    assert states == ["draft", "pending_review", "approved"]
    assert (then.json()["status"], then.headers["etag"]) == ("draft", '"1"')
    is_problem(await world.get(f"{path}?version=4"), 404, "version_not_reached")
    is_problem(await world.get(f"{path}/events?version=4"), 404, "version_not_reached")
    is_problem(await world.get(f"{path}?at=2000-01-01T00:00:00Z"), 404, "not_yet_there")
    is_problem(await world.get(f"{path}?version=0"), 422, "invalid_request")
    shown = (await world.get(f"{path}/events?version=2")).json()["items"]
    assert [event["version"] for event in shown] == [1, 2]


async def long_order(world: ApiWorld) -> str:
    """Ten attempts to pay, over half an hour: 23 events."""
    story = an_order("ord_long")
    for _ in range(10):
        story.declined()
    for version, record in enumerate(story.cancelled().records):
        world.clock.passes(MINUTE)
        await world.events.append("ord_long", version, f"step-{version}", [record], EventMetadata())
    return "ord_long"


async def test_a_long_stream_is_kept_as_a_snapshot_by_whoever_folds_it(world: ApiWorld):
    order_id = await long_order(world)

    shown = (await world.get(f"/v1/orders/{order_id}")).json()
    await world.services.background.drain(5)

    kept = await world.aggregate_snapshots.newest(order_id)
    assert kept is not None
    assert kept.version == shown["version"] == await world.events.head(order_id)
    world.cache._entries.clear()
    assert (await world.get(f"/v1/orders/{order_id}")).json() == shown


async def test_a_short_stream_is_not(world: ApiWorld):
    order_id = await world.paid()

    await world.get(f"/v1/orders/{order_id}")
    await world.services.background.drain(5)

    assert await world.aggregate_snapshots.page() == ()


async def test_a_reader_that_cannot_keep_a_snapshot_answers_all_the_same(world: ApiWorld, caplog):
    order_id = await long_order(world)

    async def fails(_snapshot: AggregateSnapshot) -> None:
        raise OSError

    world.aggregate_snapshots.keep = fails  # type: ignore[method-assign,assignment]
    with caplog.at_level(logging.WARNING):
        answer = await world.get(f"/v1/orders/{order_id}")
        await world.services.background.drain(5)

    assert answer.status_code == 200
    assert "take a snapshot" in caplog.text
