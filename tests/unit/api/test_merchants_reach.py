"""A merchant's key sees and decides only orders with its lines; of the others it does not even hear."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from domain.ports.entitlements import EntitledLine
from tests.support.api_world import ADDRESS, ApiWorld, api_world
from tests.support.order_stories import (
    BOOK,
    CARD,
    MASSAGE,
    MUGS,
    delivered,
    events_of,
    placed,
    planned,
    stocked,
)
from tests.support.problems import is_problem

KEYS = "everything,merchant@shop-7:tea,merchant@shop-8:books,caller@shop-8:desk,merchant:agency,operator:boss"
ONE = {"lines": [{"line": 1, "quantity": 1}]}
ASKED = {**ONE, "reason": "damaged"}
# What a key of shop-8 is refused for an order of shop-7: the method, the path, the body.
STRANGERS = [
    ("books", "GET", "", None),
    ("books", "GET", "/events", None),
    ("books", "GET", "/events/stream", None),
    ("books", "GET", "/returns", None),
    ("books", "GET", "/refunds", None),
    ("books", "GET", "/notes", None),
    ("desk", "GET", "/entitlements", None),
    ("desk", "POST", "/cancel", {"reason": "buyer"}),
    ("desk", "POST", "/payments", {}),
    ("desk", "POST", "/price-confirmation", {"snapshot_id": "snap_1"}),
    ("desk", "POST", "/price-decline", {}),
    ("desk", "PUT", "/address", ADDRESS),
    ("desk", "POST", "/returns", ASKED),
    ("books", "POST", "/accept", {"accepted": True}),
    ("books", "POST", "/refunds", ONE),
    ("books", "POST", "/refunds", {}),
    ("books", "POST", "/notes", {"text": "mine"}),
    ("books", "POST", "/returns/ret_1/decision", {"approved": True}),
    ("books", "POST", "/returns/ret_1/receipt", ONE),
    ("desk", "POST", "/returns/ret_1/exchange", {"order_id": "ord_1"}),
]


@pytest.fixture
async def keyed() -> AsyncIterator[ApiWorld]:
    async with api_world(ApiWorld(api_keys=KEYS)) as world:
        world.http.headers["Authorization"] = "Bearer everything"
        await stocked(world)
        yield world


async def sends(
    world: ApiWorld, who: str, method: str, path: str, body: Any = None, **headers: str
) -> httpx.Response:
    credential = {"Authorization": f"Bearer {who}", "If-Match": f'"{headers.pop("version", 0)}"', **headers}
    if method == "GET":
        return await world.get(path, **credential)
    if method == "PUT":
        return await world.http.put(path, json=body, headers=credential)
    credential.pop("If-Match")
    return await world.post(path, body, **credential)


@pytest.mark.parametrize(("who", "method", "part", "body"), STRANGERS)
async def test_another_merchants_order_is_not_there(keyed: ApiWorld, who, method, part, body):
    order = await delivered(keyed, MUGS)

    answer = await sends(keyed, who, method, f"/v1/orders/{order.id}{part}", body)

    is_problem(answer, 404, "order_not_found")
    assert await keyed.events.head(order.id) == order.version
    assert keyed.notes._notes == {}


async def test_the_answer_is_the_same_as_for_an_order_that_nobody_placed(keyed: ApiWorld):
    order = await delivered(keyed, MUGS)

    theirs = await sends(keyed, "books", "GET", f"/v1/orders/{order.id}")
    nobodys = await sends(keyed, "books", "GET", "/v1/orders/ord_ghost")

    for each in (theirs, nobodys):
        each.json().pop("request_id")
    assert {**theirs.json(), "request_id": ""} == {**nobodys.json(), "request_id": ""}


async def test_an_order_with_its_lines_is_seen_by_each_of_its_merchants(keyed: ApiWorld):
    order = await delivered(keyed, MUGS, BOOK)

    for who in ("tea", "books", "desk", "agency", "boss"):
        for part in ("", "/events", "/returns", "/refunds"):
            answer = await sends(keyed, who, "GET", f"/v1/orders/{order.id}{part}")
            assert answer.status_code == 200, (who, part)


async def test_a_list_is_narrowed_to_the_merchant(keyed: ApiWorld):
    assert (await sends(keyed, "books", "GET", "/v1/orders")).status_code == 200
    assert keyed.views.asked is not None
    assert keyed.views.asked.merchant_id == "shop-8"
    foreign = await sends(keyed, "books", "GET", "/v1/orders?merchant_id=shop-7")
    is_problem(foreign, 404, "merchant_not_found")


async def test_a_merchant_decides_on_its_own_lines_only(keyed: ApiWorld):
    order = await delivered(keyed, MUGS, BOOK)
    asked = await keyed.post(f"/v1/orders/{order.id}/returns", ASKED)
    decision = f"{asked.headers['location']}/decision"

    is_problem(await sends(keyed, "books", "POST", decision, {"approved": True}), 404, "merchant_not_found")
    assert "ReturnApproved" not in await events_of(keyed, order.id)
    approved = await sends(keyed, "tea", "POST", decision, {"approved": True})
    assert approved.status_code == 200
    receipt = f"{asked.headers['location']}/receipt"
    is_problem(await sends(keyed, "books", "POST", receipt, ONE), 404, "merchant_not_found")
    assert (await sends(keyed, "tea", "POST", receipt, ONE)).status_code == 200


async def test_a_return_of_two_merchants_is_decided_by_the_platform(keyed: ApiWorld):
    order = await delivered(keyed, MUGS, BOOK)
    both = {"lines": [{"line": 1, "quantity": 1}, {"line": 2, "quantity": 1}], "reason": "damaged"}
    decision = (await keyed.post(f"/v1/orders/{order.id}/returns", both)).headers["location"] + "/decision"

    for who in ("tea", "books"):
        is_problem(await sends(keyed, who, "POST", decision, {"approved": True}), 404, "merchant_not_found")
    assert (await sends(keyed, "boss", "POST", decision, {"approved": True})).status_code == 200


async def test_a_merchant_pays_back_its_own_lines_only(keyed: ApiWorld):
    order = await delivered(keyed, MUGS, BOOK)
    path = f"/v1/orders/{order.id}/refunds"

    for body in (ONE, {}, {"amount": {"amount": 1, "currency": "CNY"}}):
        is_problem(await sends(keyed, "books", "POST", path, body), 404, "merchant_not_found")
    assert await keyed.events.head(order.id) == order.version
    own = await sends(keyed, "books", "POST", path, {"lines": [{"line": 2, "quantity": 1}]})
    assert own.status_code == 201


async def test_a_merchant_accepts_its_own_services_only(keyed: ApiWorld):
    order = await planned(keyed, MUGS, MASSAGE)
    path = f"/v1/orders/{order.id}/accept"

    foreign = await sends(keyed, "tea", "POST", path, {"accepted": True, "merchant_id": "shop-8"})
    none_of_its_own = await sends(keyed, "tea", "POST", path, {"accepted": True})

    is_problem(foreign, 404, "merchant_not_found")
    is_problem(none_of_its_own, 404, "shipment_not_found")
    assert (await sends(keyed, "books", "POST", path, {"accepted": True})).status_code == 200


async def test_what_concerns_the_whole_order_is_not_one_merchants_affair(keyed: ApiWorld):
    order_id = await placed(keyed, MUGS, BOOK)
    path = f"/v1/orders/{order_id}"

    for method, part, body in (("POST", "/cancel", {"reason": "buyer"}), ("PUT", "/address", ADDRESS)):
        is_problem(await sends(keyed, "desk", method, path + part, body), 404, "merchant_not_found")
    own = await placed(keyed, BOOK)
    assert (await sends(keyed, "desk", "POST", f"/v1/orders/{own}/cancel", {"reason": "buyer"})).is_success


async def test_a_merchant_reports_shipments_of_its_own_lines_only(keyed: ApiWorld):
    order = await planned(keyed, MUGS, MASSAGE)
    event = {"event_id": "evt-1", "kind": "handed_over", "occurred_at": "2026-01-31T08:15:00Z"}

    foreign = await sends(keyed, "books", "POST", f"/v1/shipments/{order.shipments[0].id}/events", event)
    everything = await sends(keyed, "books", "POST", f"/v1/shipments/shp_{order.id}/events", event)

    is_problem(foreign, 404, "merchant_not_found")
    is_problem(everything, 404, "merchant_not_found")
    assert keyed.workflows.shipments == []
    own = await sends(keyed, "books", "POST", f"/v1/shipments/{order.shipments[1].id}/events", event)
    assert own.status_code == 202


async def test_a_merchant_reads_its_own_notes_and_the_platform_reads_all(keyed: ApiWorld):
    order_id = await placed(keyed, MUGS, BOOK)
    path = f"/v1/orders/{order_id}/notes"
    for who in ("tea", "books", "boss"):
        assert (await sends(keyed, who, "POST", path, {"text": who})).status_code == 201

    seen = {who: (await sends(keyed, who, "GET", path)).json()["items"] for who in ("tea", "books", "boss")}

    assert [note["text"] for note in seen["tea"]] == ["tea"]
    assert [(note["text"], note["by"]) for note in seen["books"]] == [("books", "@shop-8")]
    assert [note["text"] for note in seen["boss"]] == ["boss", "books", "tea"]


async def test_a_merchants_caller_sees_rights_to_its_own_lines(keyed: ApiWorld):
    order = await planned(keyed, CARD, BOOK)
    await keyed.entitlements.issue(order.id, [EntitledLine(1, "card", 1)], keyed.clock.now())
    path = f"/v1/orders/{order.id}/entitlements"

    assert (await sends(keyed, "desk", "GET", path)).json() == {"items": []}
    assert len((await sends(keyed, "boss", "GET", path)).json()["items"]) == 1
