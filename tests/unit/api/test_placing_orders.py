"""POST /v1/orders: who gets which answer, and what happens behind it."""

from __future__ import annotations

import asyncio

from api.schemas.orders import OrderAnswer
from domain.stock.hold import Shortage
from tests.support.api_world import ADDRESS, ApiWorld
from workflows.contracts import CancelOrder
from workflows.starting import order_start


async def test_an_order_waits_for_payment_at_the_price_of_its_snapshot(world: ApiWorld):
    answer = await world.place()

    assert answer.status_code == 201
    body = OrderAnswer.model_validate_json(answer.content).model_dump(mode="json")
    order = body["order"]
    assert order["status"] == "created"
    assert order["total"] == {"amount": 3_200, "currency": "CNY"}
    assert order["payment_key"] == body["payment"]["key"]
    assert body["payment"]["pay_url"].startswith("http://pay.invalid/")
    assert answer.headers["location"] == f"/v1/orders/{order['id']}"
    assert body["messages"] == []


async def test_the_first_answer_shows_the_order_exactly_as_reading_it_does(world: ApiWorld):
    placed = (await world.place()).json()["order"]

    assert (await world.get(f"/v1/orders/{placed['id']}")).json() == placed


async def test_the_order_runs_by_the_deadlines_of_the_settings_and_starts_at_its_acceptance(world: ApiWorld):
    order_id = await world.placed()

    start = world.workflows.started[order_id]
    assert start.policies.payment_window.total_seconds() == world.settings.payment_window_seconds
    assert start.accepted_at == world.clock.now()
    assert (start.total.amount, start.line_count, start.merchants) == (3_200, 1, ("shop-7",))


async def test_a_repeated_request_gets_the_first_answer_and_starts_nothing(world: ApiWorld):
    body = await world.order_body()
    first = await world.post("/v1/orders", body, "same")
    await world.until(lambda: any(a.entry.answer for a in world.intake._accepted.values()))

    again = await world.post("/v1/orders", body, "same")

    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert sum(world.workflows.checkouts.values()) == 1


async def test_the_same_request_ten_times_at_once_makes_one_order_and_ten_equal_answers(world: ApiWorld):
    body = await world.order_body()

    answers = await asyncio.gather(*(world.post("/v1/orders", body, "same") for _ in range(10)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len(world.workflows.started) == 1


async def test_equal_requests_are_equal_whatever_their_layout(world: ApiWorld):
    body = await world.order_body()
    first = await world.post("/v1/orders", body, "same")

    again = await world.post("/v1/orders", dict(reversed(body.items())), "same")

    assert again.content == first.content


async def test_a_key_that_comes_with_another_request_is_refused(world: ApiWorld):
    snapshot = (await world.quote())["id"]
    await world.place("same", snapshot_id=snapshot)

    answer = await world.place("same", snapshot_id=snapshot, address={**ADDRESS, "city": "York"})

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert len(world.workflows.started) == 1


async def test_an_order_without_a_key_is_refused_and_not_written_down(world: ApiWorld):
    body = await world.order_body()

    for headers in ({}, {"Idempotency-Key": ""}, {"Idempotency-Key": "x" * 256}):
        answer = await world.http.post("/v1/orders", json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")

    assert world.intake._accepted == {}


async def test_while_temporal_is_away_an_order_is_accepted_and_kept_for_the_relay(world: ApiWorld):
    world.workflows.away = True

    answer = await world.place()

    assert answer.status_code == 202
    order_id = answer.json()["order_id"]
    assert answer.json() == {"order_id": order_id, "number": answer.json()["number"], "status": "accepted"}
    assert answer.headers["location"] == f"/v1/orders/{order_id}"
    assert int(answer.headers["retry-after"]) >= 1
    entry = await world.intake.find(order_id)
    assert entry is not None
    assert not entry.started


async def test_a_slow_temporal_does_not_keep_the_caller_longer_than_the_bound(world: ApiWorld):
    world.workflows.slow = asyncio.Event()

    answer = await world.place()

    assert answer.status_code == 202


async def test_repeating_an_accepted_order_later_joins_it_and_gives_its_answer(world: ApiWorld):
    body = await world.order_body()
    world.workflows.away = True
    accepted = (await world.post("/v1/orders", body, "same")).json()
    world.workflows.away = False

    answer = await world.post("/v1/orders", body, "same")

    assert answer.status_code == 201
    assert answer.json()["order"]["id"] == accepted["order_id"]
    assert answer.json()["order"]["number"] == accepted["number"]
    assert answer.headers["idempotent-replayed"] == "true"


async def test_who_prefers_not_to_wait_gets_202_before_anything_is_started(world: ApiWorld):
    body = await world.order_body()

    answer = await world.post("/v1/orders", body, Prefer="respond-async")

    assert answer.status_code == 202
    assert world.workflows.started == {}
    assert await world.intake.find(answer.json()["order_id"]) is not None


async def test_short_stock_is_a_409_that_says_what_is_left(world: ApiWorld):
    world.workflows.shortages = (Shortage("mug", wanted=2, available=1),)

    answer = await world.place()

    assert (answer.status_code, answer.json()["code"]) == (409, "out_of_stock")
    assert answer.json()["shortages"] == [{"sku": "mug", "wanted": 2, "available": 1}]
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_refused_order_is_shown_as_refused_and_its_refusal_replayed(world: ApiWorld):
    world.workflows.shortages = (Shortage("mug", wanted=2, available=1),)
    body = await world.order_body()
    first = await world.post("/v1/orders", body, "same")
    order_id = first.json()["order_id"]
    await world.until(lambda: any(a.entry.answer for a in world.intake._accepted.values()))

    again = await world.post("/v1/orders", body, "same")
    shown = await world.get(f"/v1/orders/{order_id}")

    assert again.content == first.content
    assert again.headers["content-type"] == "application/problem+json"
    assert (shown.json()["status"], shown.json()["refusal"]) == ("refused", "out_of_stock")


async def test_a_snapshot_that_another_order_used_is_a_409(world: ApiWorld):
    world.workflows.refusal = "snapshot_already_used"

    answer = await world.place()

    assert (answer.status_code, answer.json()["code"]) == (409, "snapshot_already_used")


async def test_a_changed_price_is_a_question_to_the_buyer_not_an_error(world: ApiWorld):
    world.workflows.asks_buyer = True

    answer = await world.place()

    assert answer.status_code == 200
    body = answer.json()
    assert body["order"]["status"] == "draft"
    assert body["payment"] is None
    assert body["messages"] == [
        {
            "code": "price_changed",
            "severity": "warning",
            "resolution": "confirm_or_decline_price",
            "old_total": {"amount": 3_200, "currency": "CNY"},
            "new_total": {"amount": 3_700, "currency": "CNY"},
            "difference": {"amount": 500, "currency": "CNY"},
            "reason": "price_adjusted",
            "reason_text": {"en": "The price of an item has changed.", "zh": "商品价格已调整"},
            "snapshot_id": "snap_new",
        }
    ]
    OrderAnswer.model_validate_json(answer.content)


async def test_goods_that_are_carried_need_an_address(world: ApiWorld):
    answer = await world.place(address=None)

    assert (answer.status_code, answer.json()["code"]) == (422, "address_required")
    assert world.intake._accepted == {}


async def test_virtual_goods_need_no_address(world: ApiWorld):
    lines = [{"sku": "card", "quantity": 1}]
    snapshot = (await world.quote(lines=lines))["id"]

    answer = await world.place(snapshot_id=snapshot, lines=lines, address=None)

    assert answer.status_code == 201
    assert answer.json()["order"]["address"] is None


async def test_an_order_that_ended_before_its_answer_was_heard_tells_a_repeat_how_it_ended(world: ApiWorld):
    body = await world.order_body()
    world.workflows.away = True
    order_id = (await world.post("/v1/orders", body, "same")).json()["order_id"]
    world.workflows.away = False
    entry = await world.intake.find(order_id)
    assert entry is not None
    await world.workflows.checkout(order_start(entry, world.settings))  # as the relay does
    await world.workflows.cancel(order_id, CancelOrder("buyer", "buyer"))
    world.workflows.ended = True

    answer = await world.post("/v1/orders", body, "same")

    assert (answer.status_code, answer.json()["order"]["status"]) == (201, "cancelled")


async def test_an_order_that_ended_without_a_trace_is_refused_for_good(world: ApiWorld):
    world.workflows.ended = True

    answer = await world.place()
    shown = await world.get(f"/v1/orders/{answer.json()['order_id']}")

    assert (answer.status_code, answer.json()["code"]) == (409, "order_already_ended")
    assert shown.json()["status"] == "refused"


async def test_an_answer_is_kept_even_when_the_background_has_no_room(world: ApiWorld, monkeypatch):
    monkeypatch.setattr("api.background.Background.start", lambda _self, _what, work, _seconds: work.close())

    order_id = await world.placed()

    entry = await world.intake.find(order_id)
    assert entry is not None
    assert entry.answer is not None


async def test_a_bug_behind_the_api_is_a_500_without_its_text_and_can_be_repeated(world: ApiWorld):
    body = await world.order_body()
    world.workflows.bug = RuntimeError("secret detail")
    answer = await world.post("/v1/orders", body, "same")
    world.workflows.bug = None

    again = await world.post("/v1/orders", body, "same")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "secret" not in answer.text
    assert again.status_code == 201


async def test_a_database_that_is_away_is_a_503_with_retry_after(world: ApiWorld):
    body = await world.order_body()

    async def down(*_: object) -> None:
        raise ConnectionRefusedError

    world.intake.accept = down  # type: ignore[method-assign, assignment] # the database goes away

    answer = await world.post("/v1/orders", body)

    assert (answer.status_code, answer.json()["code"]) == (503, "dependency_unavailable")
    assert int(answer.headers["retry-after"]) >= 1
