"""Cancel, pay again, agree to a price, report a shipment: over HTTP, once per key."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from api.schemas.orders import OrderAnswer, OrderView, PaymentAnswer
from domain.order.status import OrderStatus
from domain.ports.events import VersionConflictError
from domain.stock.hold import Shortage
from tests.support.api_world import ApiWorld, api_world

CANCEL = {"reason": "buyer"}


async def test_a_cancelled_order_is_shown_as_it_is_afterwards(world: ApiWorld):
    order_id = await world.placed()

    answer = await world.post(f"/v1/orders/{order_id}/cancel", CANCEL)

    assert answer.status_code == 200
    shown = OrderView.model_validate_json(answer.content)
    assert (shown.status, shown.cancel_reason) == ("cancelled", "buyer")


async def test_cancelling_twice_gives_the_same_answer_with_the_same_key_or_another(world: ApiWorld):
    order_id = await world.placed()
    first = await world.post(f"/v1/orders/{order_id}/cancel", CANCEL, "one")

    replayed = await world.post(f"/v1/orders/{order_id}/cancel", CANCEL, "one")
    again = await world.post(f"/v1/orders/{order_id}/cancel", CANCEL, "two")

    assert (replayed.status_code, replayed.content) == (200, first.content)
    assert replayed.headers["idempotent-replayed"] == "true"
    assert (again.status_code, again.content) == (200, first.content)
    assert (await world.events.head(order_id)) == first.json()["version"]


async def test_the_same_key_with_another_body_is_refused(world: ApiWorld):
    order_id = await world.placed()
    await world.post(f"/v1/orders/{order_id}/cancel", CANCEL, "one")

    answer = await world.post(f"/v1/orders/{order_id}/cancel", {"reason": "fraud"}, "one")

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


async def test_the_same_key_for_another_order_is_another_request(world: ApiWorld):
    one, two = await world.placed(), await world.placed()
    await world.post(f"/v1/orders/{one}/cancel", CANCEL, "same")

    answer = await world.post(f"/v1/orders/{two}/cancel", CANCEL, "same")

    assert (answer.status_code, answer.json()["id"]) == (200, two)


async def test_a_key_whose_request_still_runs_is_a_409_with_retry_after():
    async with api_world(ApiWorld(first_answer_seconds=5)) as world:
        order_id = await world.placed()
        world.workflows.slow = asyncio.Event()
        running = asyncio.create_task(world.post(f"/v1/orders/{order_id}/cancel", CANCEL, "one"))
        await world.until(lambda: world.requests._requests)

        answer = await world.post(f"/v1/orders/{order_id}/cancel", CANCEL, "one")
        world.workflows.slow.set()

        assert (answer.status_code, answer.json()["code"]) == (409, "request_still_running")
        assert int(answer.headers["retry-after"]) >= 1
        assert (await running).status_code == 200


async def test_an_answer_of_5xx_is_not_kept(world: ApiWorld):
    order_id = await world.placed()
    world.workflows.away = True
    first = await world.post(f"/v1/orders/{order_id}/cancel", CANCEL, "one")
    world.workflows.away = False

    again = await world.post(f"/v1/orders/{order_id}/cancel", CANCEL, "one")

    assert (first.status_code, first.json()["code"]) == (503, "order_process_unavailable")
    assert int(first.headers["retry-after"]) >= 1
    assert again.status_code == 200


@pytest.mark.parametrize("bug", [RuntimeError(), VersionConflictError()])
async def test_a_bug_gives_the_key_back(world: ApiWorld, bug):
    order_id = await world.placed()
    world.workflows.bug = bug
    first = await world.post(f"/v1/orders/{order_id}/cancel", CANCEL, "one")
    world.workflows.bug = None

    assert first.status_code == 500
    assert (await world.post(f"/v1/orders/{order_id}/cancel", CANCEL, "one")).status_code == 200


async def test_a_refusal_is_kept_and_replayed(world: ApiWorld):
    order_id = await world.paid()
    await world.ships(order_id)
    first = await world.post(f"/v1/orders/{order_id}/cancel", CANCEL, "one")

    again = await world.post(f"/v1/orders/{order_id}/cancel", CANCEL, "one")

    assert (again.status_code, again.content) == (409, first.content)
    assert again.headers["content-type"] == "application/problem+json"
    assert again.headers["idempotent-replayed"] == "true"


async def test_an_order_that_has_not_started_cannot_be_cancelled_yet(world: ApiWorld):
    world.workflows.away = True
    order_id = (await world.place()).json()["order_id"]
    world.workflows.away = False

    answer = await world.post(f"/v1/orders/{order_id}/cancel", CANCEL, "one")

    assert (answer.status_code, answer.json()["code"]) == (409, "order_not_started")
    assert int(answer.headers["retry-after"]) >= 1


async def test_an_answer_that_asks_to_come_back_is_not_kept(world: ApiWorld):
    body = await world.order_body()
    world.workflows.away = True
    order_id = (await world.post("/v1/orders", body, "place")).json()["order_id"]
    world.workflows.away = False
    await world.post(f"/v1/orders/{order_id}/cancel", CANCEL, "one")
    await world.post("/v1/orders", body, "place")

    assert (await world.post(f"/v1/orders/{order_id}/cancel", CANCEL, "one")).status_code == 200


async def test_commands_need_a_key(world: ApiWorld):
    order_id = await world.placed()
    for call, body in {"cancel": CANCEL, "payments": {}, "price-decline": {}}.items():
        answer = await world.http.post(f"/v1/orders/{order_id}/{call}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    assert (await world.workflows.order(order_id)).status is OrderStatus.CREATED


async def test_after_a_declined_payment_another_attempt_is_opened_once(world: ApiWorld):
    order_id = await world.placed()
    await world.reports(order_id, "failed")

    first = await world.post(f"/v1/orders/{order_id}/payments", {}, "again")
    second = await world.post(f"/v1/orders/{order_id}/payments", {}, "again")

    assert first.status_code == 201
    payment = PaymentAnswer.model_validate_json(first.content).payment
    assert payment.key.endswith("_2")
    assert payment.pay_url == f"http://pay.invalid/{payment.key}"
    assert second.content == first.content
    assert len((await world.workflows.order(order_id)).attempts) == 2


async def test_an_open_attempt_excludes_another_one(world: ApiWorld):
    order_id = await world.placed()

    answer = await world.post(f"/v1/orders/{order_id}/payments")

    assert (answer.status_code, answer.json()["code"]) == (409, "payment_not_possible")


async def test_the_buyer_agrees_to_the_changed_price(world: ApiWorld):
    world.workflows.asks_buyer = True
    order_id = (await world.place()).json()["order"]["id"]

    answer = await world.post(f"/v1/orders/{order_id}/price-confirmation", {"snapshot_id": "snap_new"})

    assert answer.status_code == 200
    assert OrderAnswer.model_validate_json(answer.content).order.status == "created"


async def test_goods_that_are_gone_when_the_buyer_agrees_are_a_409(world: ApiWorld):
    world.workflows.asks_buyer = True
    order_id = (await world.place()).json()["order"]["id"]
    world.workflows.shortages = (Shortage("mug", wanted=2, available=0),)

    answer = await world.post(f"/v1/orders/{order_id}/price-confirmation", {"snapshot_id": "snap_new"}, "one")
    again = await world.post(f"/v1/orders/{order_id}/price-confirmation", {"snapshot_id": "snap_new"}, "one")

    assert (answer.status_code, answer.json()["code"]) == (409, "out_of_stock")
    assert answer.json()["shortages"] == [{"sku": "mug", "wanted": 2, "available": 0}]
    assert again.content == answer.content


async def test_the_buyer_declines_the_changed_price(world: ApiWorld):
    world.workflows.asks_buyer = True
    order_id = (await world.place()).json()["order"]["id"]

    answer = await world.post(f"/v1/orders/{order_id}/price-decline")

    order = OrderAnswer.model_validate_json(answer.content).order
    assert (order.status, order.cancel_reason) == ("cancelled", "price_declined")


async def test_a_carrier_reports_a_parcel(world: ApiWorld):
    order_id = await world.paid()
    event = {"event_id": "evt-1", "kind": "handed_over", "occurred_at": "2026-01-31T08:15:00Z"}

    answer = await world.http.post(f"/v1/shipments/shp_{order_id}/events", json=event)

    assert answer.status_code == 202
    assert [(said.event_id, said.kind) for said in world.workflows.shipments] == [("evt-1", "handed_over")]


async def test_a_report_after_the_end_of_the_order_has_no_effect(world: ApiWorld):
    order_id = await world.paid()
    await world.workflows.complete(order_id)
    event = {"event_id": "evt-1", "kind": "delivered", "occurred_at": "2026-01-31T08:15:00Z"}

    answer = await world.http.post(f"/v1/shipments/shp_{order_id}/events", json=event)

    assert (answer.status_code, world.workflows.shipments) == (202, [])


async def test_an_unknown_shipment_is_a_404(world: ApiWorld):
    event = {"event_id": "evt-1", "kind": "delivered", "occurred_at": "2026-01-31T08:15:00Z"}

    for shipment in ("shp_ord_unknown", "unknown"):
        answer = await world.http.post(f"/v1/shipments/{shipment}/events", json=event)
        assert (answer.status_code, answer.json()["code"]) == (404, "shipment_not_found")


async def test_a_report_without_a_time_zone_or_of_another_kind_is_refused(world: ApiWorld):
    event = {"event_id": "evt-1", "kind": "eaten", "occurred_at": "2026-01-31T08:15:00"}

    answer = await world.http.post("/v1/shipments/shp_x/events", json=event)

    assert [error["pointer"] for error in answer.json()["errors"]] == ["/kind", "/occurred_at"]


async def test_time_does_not_change_a_kept_answer(world: ApiWorld):
    order_id = await world.placed()
    first = await world.post(f"/v1/orders/{order_id}/cancel", CANCEL, "one")
    world.clock.passes(timedelta(hours=23))

    assert (await world.post(f"/v1/orders/{order_id}/cancel", CANCEL, "one")).content == first.content
