"""GET /v1/orders and below: what callers see, and that it is never old."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from pydantic_core import to_json

from api.schemas.lists import AlertPageView, EventPageView, OrderPageView, SalesView
from api.schemas.orders import OrderView, PendingOrderView
from domain.order.document import order_document
from domain.ports.notices import Alert, AlertLevel
from tests.support.api_world import ApiWorld
from tests.support.problems import is_problem
from workflows.starting import order_start


async def test_an_order_shows_its_version_as_etag_and_its_documented_form(world: ApiWorld):
    order_id = await world.placed()

    answer = await world.get(f"/v1/orders/{order_id}")

    assert answer.headers["etag"] == '"3"'
    shown = OrderView.model_validate_json(answer.content)
    assert (shown.version, shown.status) == (3, "created")
    assert shown.allowed_actions == ["pay", "cancel", "change_address"]
    assert shown.pay_url == f"http://pay.invalid/{shown.payment_key}"
    assert shown.links["cancel"] == f"/v1/orders/{order_id}/cancel"


async def test_who_has_the_newest_version_gets_304(world: ApiWorld):
    order_id = await world.placed()

    answer = await world.get(f"/v1/orders/{order_id}", **{"If-None-Match": '"3"'})

    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", '"3"')


async def test_a_paid_order_has_its_money_and_no_pay_page(world: ApiWorld):
    order_id = await world.paid()

    shown = (await world.get(f"/v1/orders/{order_id}")).json()

    assert (shown["status"], shown["captured"]["amount"], shown["pay_url"]) == ("paid", 3_200, None)


async def test_an_accepted_order_is_shown_before_it_has_started(world: ApiWorld):
    world.workflows.away = True
    order_id = (await world.place()).json()["order_id"]

    answer = await world.get(f"/v1/orders/{order_id}")

    shown = PendingOrderView.model_validate_json(answer.content)
    assert (shown.id, shown.status, shown.total.amount, shown.version) == (order_id, "accepted", 3_200, 0)
    assert shown.allowed_actions == []


async def test_an_old_cache_entry_is_not_believed(world: ApiWorld):
    order_id = await world.placed()
    old = await world.workflows.order(order_id)
    await world.pays(order_id)
    world.cache._entries[order_id] = (old.version, to_json(order_document(old)))

    assert (await world.get(f"/v1/orders/{order_id}")).json()["status"] == "paid"


async def test_a_cache_entry_of_the_newest_version_spares_reading_the_stream(world: ApiWorld):
    order_id = await world.paid()
    first = await world.get(f"/v1/orders/{order_id}")
    await world.until(lambda: order_id in world.cache._entries)

    async def unreadable(*_: object, **__: object) -> None:
        raise AssertionError("the stream was read")

    world.events.read = unreadable  # type: ignore[method-assign, assignment] # must not be asked
    again = await world.get(f"/v1/orders/{order_id}")

    assert again.content == first.content


@pytest.mark.parametrize("content", [b"", b"{}", b"not json", b"[]", b'{"id": 1}'])
async def test_a_damaged_cache_entry_does_no_harm(world: ApiWorld, content):
    order_id = await world.placed()
    world.cache._entries[order_id] = (3, content)

    assert (await world.get(f"/v1/orders/{order_id}")).json()["status"] == "created"


async def test_waiting_for_an_accepted_order_ends_as_soon_as_it_has_started(world: ApiWorld):
    body = await world.order_body()
    order_id = (await world.post("/v1/orders", body, "same", Prefer="respond-async")).json()["order_id"]
    waiting = asyncio.create_task(world.get(f"/v1/orders/{order_id}?wait=20s"))
    await asyncio.sleep(0)

    await world.post("/v1/orders", body, "same")

    async with asyncio.timeout(5):
        assert (await waiting).json()["status"] == "created"


async def test_waiting_with_a_version_ends_with_the_next_one(world: ApiWorld):
    order_id = await world.placed()
    waiting = asyncio.create_task(world.get(f"/v1/orders/{order_id}?wait=20s", **{"If-None-Match": '"3"'}))
    await asyncio.sleep(0.05)
    assert not waiting.done()

    await world.pays(order_id)

    async with asyncio.timeout(5):
        assert (await waiting).json()["status"] == "paid"


async def test_waiting_ends_when_its_time_is_over(world: ApiWorld):
    order_id = await world.placed()

    async with asyncio.timeout(5):
        answer = await world.get(f"/v1/orders/{order_id}?wait=1s", **{"If-None-Match": '"3"'})

    assert answer.status_code == 304


async def test_nobody_waits_for_an_order_that_has_started(world: ApiWorld):
    order_id = await world.placed()

    async with asyncio.timeout(1):
        assert (await world.get(f"/v1/orders/{order_id}?wait=30s")).json()["status"] == "created"


async def test_the_pay_page_of_an_order_that_the_relay_started_is_asked_for(world: ApiWorld):
    world.workflows.away = True
    order_id = (await world.place()).json()["order_id"]
    world.workflows.away = False
    entry = await world.intake.find(order_id)
    assert entry is not None
    await world.workflows.checkout(order_start(entry, world.settings))  # as the relay does
    shown = (await world.get(f"/v1/orders/{order_id}")).json()

    assert shown["pay_url"] == f"http://pay.invalid/{shown['payment_key']}"


async def test_the_pay_page_of_a_second_attempt_is_asked_for(world: ApiWorld):
    order_id = await world.placed()
    await world.reports(order_id, "failed")
    again = (await world.post(f"/v1/orders/{order_id}/payments", {})).json()["payment"]

    shown = (await world.get(f"/v1/orders/{order_id}")).json()

    assert (shown["payment_key"], shown["pay_url"]) == (again["key"], again["pay_url"])


async def test_without_temporal_an_order_is_shown_without_the_page_that_only_its_workflow_knows(
    world: ApiWorld,
):
    order_id = await world.placed()
    await world.reports(order_id, "failed")
    await world.post(f"/v1/orders/{order_id}/payments", {})
    world.workflows.away = True

    shown = (await world.get(f"/v1/orders/{order_id}")).json()

    assert (shown["status"], shown["pay_url"]) == ("created", None)


async def test_a_cancelled_order_shows_why_and_allows_nothing(world: ApiWorld):
    order_id = await world.placed()
    await world.post(f"/v1/orders/{order_id}/cancel", {"reason": "buyer"})

    shown = (await world.get(f"/v1/orders/{order_id}")).json()

    assert (shown["status"], shown["cancel_reason"], shown["allowed_actions"]) == ("cancelled", "buyer", [])


async def test_events_are_listed_in_order_with_who_and_why(world: ApiWorld):
    order_id = await world.placed()

    answer = await world.get(f"/v1/orders/{order_id}/events")

    EventPageView.model_validate_json(answer.content)
    events = answer.json()["items"]
    assert [event["type"] for event in events] == ["OrderDrafted", "OrderCreated", "PaymentRequested"]
    assert [event["version"] for event in events] == [1, 2, 3]
    assert (await world.get(f"/v1/orders/{order_id}/events?after=2")).json()["items"] == events[2:]


async def test_events_can_be_read_as_far_as_a_version_or_a_moment(world: ApiWorld):
    order_id = await world.placed()
    path = f"/v1/orders/{order_id}/events"
    events = (await world.get(path)).json()["items"]
    world.clock.passes(timedelta(minutes=1))
    await world.post(f"/v1/orders/{order_id}/cancel", {"reason": "buyer"})
    then = events[-1]["recorded_at"]

    everything = (await world.get(path)).json()["items"]
    assert [event["type"] for event in everything[3:]] == ["OrderCancelled"]
    assert (await world.http.get(path, params={"at": then})).json()["items"] == events
    for version in range(1, 5):
        shown = (await world.http.get(path, params={"version": version})).json()["items"]
        assert shown == everything[:version]
    shown = (await world.http.get(path, params={"version": 2, "after": 1})).json()["items"]
    assert shown == everything[1:2]


@pytest.mark.parametrize(
    "query", ["version=0", "version=x", "version=1.5", "at=yesterday", "at=2026-01-01T00:00:00", "until=3"]
)
async def test_a_version_or_moment_that_cannot_be_is_refused(world: ApiWorld, query: str):
    order_id = await world.placed()

    is_problem(await world.get(f"/v1/orders/{order_id}/events?{query}"), 422, "invalid_request")


async def test_an_order_that_has_not_started_has_no_events(world: ApiWorld):
    world.workflows.away = True
    order_id = (await world.place()).json()["order_id"]

    assert (await world.get(f"/v1/orders/{order_id}/events")).json() == {"items": []}


async def test_pages_lead_from_one_to_the_next_and_show_each_order_once(world: ApiWorld):
    placed = {await world.placed() for _ in range(3)}

    first = await world.get("/v1/orders?limit=2&status=created&created_from=2026-01-01T00:00:00Z")
    cursor = first.json()["cursor"]
    second = (
        await world.get("/v1/orders")
        if cursor is None
        else await world.http.get("/v1/orders", params={"limit": 2, "cursor": cursor})
    )

    OrderPageView.model_validate_json(first.content)
    assert (first.json()["has_more"], second.json()["has_more"], second.json()["cursor"]) == (
        True,
        False,
        None,
    )
    shown = [order["id"] for page in (first, second) for order in page.json()["items"]]
    assert (len(shown), set(shown)) == (3, placed)


async def test_sales_are_summed_apart_by_status_and_currency(world: ApiWorld):
    await world.placed()
    await world.paid()

    answer = await world.get("/v1/sales?merchant_id=shop-7")

    sales = SalesView.model_validate_json(answer.content)
    assert (sales.orders, sales.lines) == (2, 2)
    assert {(part.status, part.captured.amount) for part in sales.by} == {("created", 0), ("paid", 3_200)}


async def test_alerts_are_listed(world: ApiWorld):
    await world.notices.raise_alert(
        Alert("k", AlertLevel.HIGH, "payment_in_review", "ord_1", (("amount", "5"),))
    )

    answer = await world.get("/v1/alerts")

    AlertPageView.model_validate_json(answer.content)
    assert answer.json()["items"][0]["facts"] == {"amount": "5"}


async def test_a_quote_is_read_back_as_it_was_given_out(world: ApiWorld):
    quote = await world.quote()
    world.clock.passes(timedelta(hours=1))

    assert (await world.get(f"/v1/quotes/{quote['id']}")).json() == quote
