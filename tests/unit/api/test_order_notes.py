"""Notes of people on orders, and buyers' rights to virtual goods."""

from __future__ import annotations

import pytest

from api.schemas.notes import EntitlementsView, NotesView, NoteView
from domain.order.shipments import Units
from domain.ports.entitlements import EntitledLine
from domain.ports.order_notes import LONGEST_NOTE
from tests.support.api_world import ApiWorld
from tests.support.order_stories import CARD, events_of, placed, planned
from tests.support.problems import is_problem


async def test_a_note_is_kept_and_shown_newest_first(world: ApiWorld):
    order_id = await placed(world)
    path = f"/v1/orders/{order_id}/notes"

    made = await world.post(path, {"text": "Ring twice.\nThe bell is weak. 请按两次"})
    await world.post(path, {"text": "He called again."})

    assert (made.status_code, made.headers["location"]) == (201, path)
    note = NoteView.model_validate_json(made.content)
    assert (note.by, note.written_at) == ("local", world.clock.now())
    shown = NotesView.model_validate_json((await world.get(path)).content)
    assert [item.text for item in shown.items] == ["He called again.", note.text]
    assert (shown.has_more, shown.before) == (False, None)


async def test_pages_of_notes_join_without_a_gap(world: ApiWorld):
    order_id = await placed(world)
    path = f"/v1/orders/{order_id}/notes"
    for number in range(5):
        await world.post(path, {"text": str(number)})

    first = (await world.get(f"{path}?limit=2")).json()
    rest = (await world.get(f"{path}?limit=3&before={first['before']}")).json()

    assert first["has_more"] is True
    assert [note["text"] for note in first["items"] + rest["items"]] == ["4", "3", "2", "1", "0"]
    assert rest["has_more"] is False


async def test_the_same_request_writes_one_note(world: ApiWorld):
    order_id = await placed(world)
    path = f"/v1/orders/{order_id}/notes"
    first = await world.post(path, {"text": "once"}, "one")
    world.requests._requests.clear()  # as if the process had died before it kept its answer

    again = await world.post(path, {"text": "once"}, "one")

    assert again.json()["id"] == first.json()["id"]
    assert len((await world.get(path)).json()["items"]) == 1


async def test_a_note_decides_nothing(world: ApiWorld):
    order_id = await placed(world)
    before = await events_of(world, order_id)

    await world.post(f"/v1/orders/{order_id}/notes", {"text": "paid"})

    assert await events_of(world, order_id) == before


async def test_an_accepted_order_may_be_noted_before_it_starts(world: ApiWorld):
    world.workflows.away = True
    order_id = (await world.place()).json()["order_id"]

    assert (await world.post(f"/v1/orders/{order_id}/notes", {"text": "waits"})).status_code == 201


@pytest.mark.parametrize(
    "text", ["", " ", "\n", "a\x00", "\x1b[2J", "a" * (LONGEST_NOTE + 1), None, 1, ["a"], {"en": "a"}]
)
async def test_a_note_is_readable_text(world: ApiWorld, text):
    order_id = await placed(world)

    answer = await world.post(f"/v1/orders/{order_id}/notes", {"text": text})

    assert is_problem(answer, 422, "invalid_request")["errors"][0]["pointer"] == "/text"
    assert world.notes._notes == {}


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "before=", "by=me", "limit=1&limit=2"])
async def test_a_list_of_notes_takes_only_what_is_documented(world: ApiWorld, query):
    order_id = await placed(world)

    is_problem(await world.get(f"/v1/orders/{order_id}/notes?{query}"), 422, "invalid_request")


async def test_rights_to_virtual_goods_are_shown_until_they_end(world: ApiWorld):
    order = await planned(world, CARD)
    await world.entitlements.issue(order.id, [EntitledLine(1, "card", 1)], world.clock.now())
    path = f"/v1/orders/{order.id}/entitlements"

    good = EntitlementsView.model_validate_json((await world.get(path)).content).items
    await world.entitlements.revoke(order.id, [Units(1, 1)], world.clock.now())
    ended = EntitlementsView.model_validate_json((await world.get(path)).content).items

    assert [(right.line, right.sku, right.quantity) for right in good] == [(1, "card", 1)]
    assert len(good[0].code) > 16
    assert (good[0].revoked_at, ended[0].revoked_at) == (None, world.clock.now())


async def test_an_order_without_virtual_goods_has_no_rights(world: ApiWorld):
    order_id = await placed(world)

    assert (await world.get(f"/v1/orders/{order_id}/entitlements")).json() == {"items": []}
