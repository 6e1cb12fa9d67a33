"""Personal data is sealed where it comes in and opened where it goes out; in between nobody can read it."""

from __future__ import annotations

import json
from dataclasses import asdict

import httpx
import pytest

from api.opening import keeping_sealed
from api.schemas.notes import NoteView
from api.schemas.orders import OrderView
from domain.events import EventMetadata
from domain.order.document import order_document
from tests.support.api_world import ADDRESS, ApiWorld
from tests.support.builders import an_order
from tests.support.order_stories import delivered, returned
from tests.support.problems import is_problem

SHOWN = {**ADDRESS, "erased": False}
ERASED = {"street": None, "city": None, "zip_code": None, "country": "GB", "erased": True}
ELSEWHERE = {"street": "2 Harbour Road", "city": "Bristol", "zip_code": "BS1 5TY", "country": "GB"}
PLAIN = ("Mill Lane", "Leeds", "LS1 4AP", "Harbour Road", "Bristol", "BS1 5TY", "Mrs Miller", "Ring twice")


async def erase(world: ApiWorld, buyer_id: str = "buyer-1") -> None:
    assert await world.personal.erase(buyer_id, "operator", world.clock.now())


async def kept(world: ApiWorld, order_id: str) -> str:
    """All that is stored of an order and of the requests about it."""
    entry = await world.intake.find(order_id)
    order = await world.workflows.order(order_id)
    assert entry is not None
    return json.dumps(
        [
            asdict(entry),
            order_document(order),
            asdict(world.workflows.started[order_id]),
            [event.data for event in await world.events.read(order_id)],
            [asdict(note) for note in await world.notes.of_order(order_id, limit=100)],
            [asdict(known) for known in world.requests._requests.values() if known.answer],
            str(await world.cache.get(order_id)),
        ],
        default=str,
    )


async def change_address(world: ApiWorld, order_id: str, body: dict[str, str]) -> httpx.Response:
    tag = (await world.get(f"/v1/orders/{order_id}")).headers["etag"]
    return await world.http.put(f"/v1/orders/{order_id}/address", json=body, headers={"If-Match": tag})


async def test_what_is_kept_of_an_order_tells_nobody_where_it_goes(world: ApiWorld):
    order_id = await world.paid()
    await world.get(f"/v1/orders/{order_id}")
    assert (await change_address(world, order_id, ELSEWHERE)).status_code == 200
    await world.post(f"/v1/orders/{order_id}/notes", {"text": "Mrs Miller called. Ring twice."})
    await world.until(lambda: world.cache._entries)

    stored = await kept(world, order_id)

    assert [word for word in PLAIN if word in stored] == []
    assert "sealed:1:" in stored


async def test_every_answer_shows_the_address_whoever_asks_and_whenever(world: ApiWorld):
    body = await world.order_body()
    first = await world.post("/v1/orders", body, "one")
    again = await world.post("/v1/orders", body, "one")
    order_id = first.json()["order"]["id"]
    read = await world.get(f"/v1/orders/{order_id}")
    events = await world.get(f"/v1/orders/{order_id}/events")
    cancelled = await world.post(f"/v1/orders/{order_id}/cancel", {"reason": "buyer"})

    assert first.json()["order"]["address"] == again.json()["order"]["address"] == SHOWN
    assert again.headers["idempotent-replayed"] == "true"
    assert read.json()["address"] == cancelled.json()["address"] == SHOWN
    assert OrderView.model_validate_json(read.content).address is not None
    assert events.json()["items"][0]["data"]["address"] == SHOWN
    assert int(read.headers["content-length"]) == len(read.content)
    assert not any("sealed" in answer.text for answer in (first, again, read, events, cancelled))


async def test_the_same_request_again_is_still_the_same_request(world: ApiWorld):
    body = await world.order_body()
    first = await world.post("/v1/orders", body, "one")

    other = await world.post("/v1/orders", {**body, "address": ELSEWHERE}, "one")

    assert first.status_code == 201
    is_problem(other, 422, "idempotency_key_reused")


async def test_the_same_change_of_address_again_changes_nothing(world: ApiWorld):
    order_id = await world.paid()
    await change_address(world, order_id, ELSEWHERE)
    before = await world.events.head(order_id)

    again = await change_address(world, order_id, ELSEWHERE)

    assert again.json()["address"] == {**ELSEWHERE, "erased": False}
    assert await world.events.head(order_id) == before


async def test_a_note_is_read_by_people_and_kept_sealed(world: ApiWorld):
    path = f"/v1/orders/{await world.placed()}/notes"

    made = await world.post(path, {"text": "Mrs Miller called."}, "one")
    again = await world.post(path, {"text": "Mrs Miller called."}, "one")
    listed = await world.get(path)

    assert made.json()["text"] == again.json()["text"] == "Mrs Miller called."
    assert [note["text"] for note in listed.json()["items"]] == ["Mrs Miller called."]


async def test_a_merchants_word_on_a_return_is_kept_sealed_and_read_in_the_events(world: ApiWorld):
    order_id = (await delivered(world)).id
    made = await returned(world, order_id)
    path = f"/v1/orders/{order_id}/returns/{made.json()['id']}/decision"

    await world.post(path, {"approved": True, "comment": "Mrs Miller sends it to Leeds"})

    event = (await world.events.read(order_id))[-1]
    assert str(event.data["comment"]).startswith("sealed:1:")
    told = (await world.get(f"/v1/orders/{order_id}/events")).json()["items"][-1]
    assert told["data"]["comment"] == "Mrs Miller sends it to Leeds"


async def test_after_an_erasure_an_order_shows_all_but_the_person(world: ApiWorld):
    body = await world.order_body()
    first = await world.post("/v1/orders", body, "one")
    order_id = first.json()["order"]["id"]
    path = f"/v1/orders/{order_id}"
    await world.post(f"{path}/notes", {"text": "Mrs Miller called."}, "two")

    await erase(world)

    shown = (await world.get(path)).json()
    assert shown["address"] == ERASED
    assert {**shown, "address": SHOWN} == first.json()["order"] | {
        name: shown[name] for name in ("updated_at", "version", "pay_url")
    }
    assert (await world.get(f"{path}/events")).json()["items"][0]["data"]["address"] == ERASED
    note = (await world.get(f"{path}/notes")).json()["items"][0]
    assert NoteView.model_validate_json(json.dumps(note)).text is None
    assert (note["by"], len(note)) == ("local", 4)


async def test_an_answer_that_was_kept_before_an_erasure_is_replayed_without_the_person(world: ApiWorld):
    order_id = await world.placed()
    path = f"/v1/orders/{order_id}/cancel"
    await world.post(path, {"reason": "buyer"}, "one")

    await erase(world)

    again = await world.post(path, {"reason": "buyer"}, "one")
    assert (again.headers["idempotent-replayed"], again.json()["address"]) == ("true", ERASED)


@pytest.mark.parametrize("sku", ["mug", "card"])
async def test_an_erased_buyer_places_no_more_orders(world: ApiWorld, sku: str):
    quoted = await world.quote(lines=[{"sku": sku, "quantity": 1}])
    body = {"buyer_id": "buyer-1", "snapshot_id": quoted["id"], "lines": [{"sku": sku, "quantity": 1}]}
    if sku == "mug":
        body["address"] = ADDRESS
    await erase(world)

    answer = await world.post("/v1/orders", body)

    is_problem(answer, 409, "buyer_erased")
    assert not world.workflows.started


async def test_nothing_personal_is_written_for_an_erased_buyer(world: ApiWorld):
    order_id = await world.paid()
    await erase(world)

    is_problem(await change_address(world, order_id, ELSEWHERE), 409, "buyer_erased")
    is_problem(await world.post(f"/v1/orders/{order_id}/notes", {"text": "hm"}), 409, "buyer_erased")


async def test_a_seal_that_somebody_sends_is_never_opened_for_them(world: ApiWorld):
    victims = await world.placed()
    order = await world.workflows.order(victims)
    assert order.address is not None
    seal = order.address.sealed
    own = await world.placed(buyer_id="buyer-2", snapshot_id=(await world.quote(buyer_id="buyer-2"))["id"])

    noted = await world.post(f"/v1/orders/{own}/notes", {"text": seal})
    quoted = await world.post(f"/v1/orders/{own}/notes", {"text": json.dumps({"$sealed": seal})})
    cancelled = await world.post(f"/v1/orders/{own}/cancel", {"reason": "buyer", "by": seal[:100]})

    assert noted.json()["text"] == seal
    assert json.loads(quoted.json()["text"]) == {"$sealed": seal}
    assert cancelled.status_code == 200
    events = await world.get(f"/v1/orders/{own}/events")
    assert events.json()["items"][-1]["data"]["by"] == seal[:100]


async def test_an_address_that_an_earlier_release_wrote_is_shown_as_it_was(world: ApiWorld):
    await world.events.append("ord_old", 0, "story", an_order("ord_old").paid().records, EventMetadata())

    assert (await world.get("/v1/orders/ord_old")).json()["address"] == SHOWN
    assert (await world.get("/v1/orders/ord_old/events")).json()["items"][0]["data"]["address"] == ADDRESS


async def test_replies_that_others_keep_leave_out_what_is_sealed(world: ApiWorld):
    order_id = await world.placed()
    await world.post(f"/v1/orders/{order_id}/notes", {"text": "Mrs Miller called."})
    transport = httpx.ASGITransport(keeping_sealed(world.http._transport.app))  # type: ignore[attr-defined]

    async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as messages:
        order = await messages.get(f"/v1/orders/{order_id}")
        notes = await messages.get(f"/v1/orders/{order_id}/notes")

    assert order.json()["address"] == {**ERASED, "erased": False}
    assert notes.json()["items"][0]["text"] is None
    assert "sealed:1:" not in order.text + notes.text


async def test_an_operator_erases_a_buyer_whose_goods_have_left(world: ApiWorld):
    order_id = await world.paid()
    await world.ships(order_id)
    await world.placed(buyer_id="buyer-2", snapshot_id=(await world.quote(buyer_id="buyer-2"))["id"])

    first = await world.http.delete("/v1/buyers/buyer-1/personal-data")
    again = await world.http.delete("/v1/buyers/buyer-1/personal-data")

    assert first.json() == {"buyer_id": "buyer-1", "orders": 1, "erased_before": False}
    assert (again.status_code, again.json()["erased_before"]) == (200, True)
    assert (await world.get(f"/v1/orders/{order_id}")).json()["address"] == ERASED
    assert not await world.personal.is_erased("buyer-2")


async def test_a_buyer_whose_goods_wait_is_not_erased(world: ApiWorld):
    order_id = await world.paid()

    answer = await world.http.delete("/v1/buyers/buyer-1/personal-data")

    assert is_problem(answer, 409, "goods_to_be_sent")["orders"] == [order_id]
    assert (await world.get(f"/v1/orders/{order_id}")).json()["address"] == SHOWN


async def test_the_past_is_opened_and_erased_like_the_present(world: ApiWorld):
    order_id = await world.placed()
    then = f"/v1/orders/{order_id}?version=1"
    before = await world.get(then)
    await erase(world)

    assert before.json()["address"] == SHOWN
    assert (await world.get(then)).json()["address"] == ERASED
