"""POST /v1/carrier-callbacks: verified, told to the order, then answered; until then it comes again."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from domain.order.order import Order
from domain.order.shipments import ShipmentStatus
from domain.ports.carriers import CarrierFact, CarrierFactKind
from tests.support.api_world import ApiWorld, api_world
from tests.support.order_stories import delivered, planned
from tests.support.problems import is_problem

PATH = "/v1/carrier-callbacks/sandbox"


def said(
    shipment_id: str, world: ApiWorld, kind: CarrierFactKind = CarrierFactKind.HANDED_OVER
) -> CarrierFact:
    return CarrierFact("sandbox", f"evt-{kind}", shipment_id, kind, world.clock.now())


async def calls(world: ApiWorld, fact: CarrierFact) -> httpx.Response:
    """The carrier's signed POST."""
    headers, body = world.carrier.signed(fact)
    return await world.http.post(PATH, content=body, headers=headers)


async def test_a_signed_callback_moves_the_shipment(world: ApiWorld):
    order = await planned(world)

    answer = await calls(world, said(order.shipments[0].id, world))

    assert (answer.status_code, answer.content) == (204, b"")
    after = await world.workflows.order(order.id)
    assert after.shipments[0].status is ShipmentStatus.HANDED_OVER
    assert world.workflows.shipments[0].event_id == "evt-handed_over"


async def test_a_repeated_callback_is_answered_and_has_one_effect(world: ApiWorld):
    order = await planned(world)
    fact = said(order.shipments[0].id, world)

    for _ in range(3):
        assert (await calls(world, fact)).status_code == 204

    events = [event.event_type for event in await world.events.read(order.id)]
    assert events.count("ShipmentHandedOver") == 1


async def test_a_callback_changed_by_one_byte_is_a_401_and_has_no_effect(world: ApiWorld):
    order = await planned(world)
    headers, body = world.carrier.signed(said(order.shipments[0].id, world))

    answer = await world.http.post(
        PATH, content=body.replace(b"handed_over", b"handed_ovex"), headers=headers
    )

    is_problem(answer, 401, "carrier_callback_rejected")
    assert world.workflows.shipments == []


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp", "webhook-signature"])
async def test_a_callback_without_its_headers_is_a_401(world: ApiWorld, header):
    order = await planned(world)
    headers, body = world.carrier.signed(said(order.shipments[0].id, world))
    del headers[header]

    is_problem(await world.http.post(PATH, content=body, headers=headers), 401, "carrier_callback_rejected")
    assert world.workflows.shipments == []


async def test_a_callback_with_an_old_timestamp_is_a_401(world: ApiWorld):
    order = await planned(world)
    headers, body = world.carrier.signed(said(order.shipments[0].id, world))
    world.clock.passes(timedelta(minutes=5, seconds=1))

    is_problem(await world.http.post(PATH, content=body, headers=headers), 401, "carrier_callback_rejected")
    assert world.workflows.shipments == []


async def test_a_callback_of_an_unknown_carrier_or_shipment_is_a_404(world: ApiWorld):
    is_problem(await world.http.post("/v1/carrier-callbacks/nobody", content=b"{}"), 404, "unknown_carrier")
    is_problem(await calls(world, said("shp_ord_ghost_1", world)), 404, "shipment_not_found")


async def test_a_callback_over_64_kib_is_a_413(world: ApiWorld):
    is_problem(await world.http.post(PATH, content=b" " * (64 * 1024 + 1)), 413, "body_too_large")


async def test_a_callback_needs_no_api_key():
    async with api_world(ApiWorld(api_keys="secret-key")) as world:
        answer = await world.http.post(PATH, content=b"{}")

    is_problem(answer, 401, "carrier_callback_rejected")


async def test_while_the_order_cannot_be_told_the_carrier_is_asked_to_come_again(world: ApiWorld):
    order = await planned(world)
    fact = said(order.shipments[0].id, world)
    world.workflows.away = True

    first = await calls(world, fact)
    world.workflows.away = False
    again = await calls(world, fact)

    is_problem(first, 503, "order_process_unavailable")
    assert int(first.headers["retry-after"]) >= 1
    assert again.status_code == 204
    assert (await world.workflows.order(order.id)).shipments[0].status is ShipmentStatus.HANDED_OVER


async def test_for_an_order_that_has_not_started_the_carrier_is_asked_to_come_again(world: ApiWorld):
    world.workflows.away = True
    order_id = (await world.place()).json()["order_id"]
    world.workflows.away = False

    answer = await calls(world, said(f"shp_{order_id}", world))

    is_problem(answer, 503, "order_process_unavailable")
    assert int(answer.headers["retry-after"]) >= 1


async def test_a_callback_after_the_end_of_an_order_is_written_down_once(world: ApiWorld):
    order = await cancelled(world)
    fact = said(order.shipments[0].id, world)

    for _ in range(3):
        assert (await calls(world, fact)).status_code == 204

    after = await world.workflows.order(order.id)
    assert (after.status, after.shipments[0].status) == ("cancelled", "handed_over")
    assert [report.by for report in world.workflows.late_shipments] == ["carrier:sandbox"]


async def test_a_callback_that_tells_an_ended_order_nothing_new_starts_nothing(world: ApiWorld):
    order = await delivered(world)
    await world.workflows.completes(order.id)

    answer = await calls(world, said(order.shipments[0].id, world, CarrierFactKind.DELIVERED))

    assert answer.status_code == 204
    assert world.workflows.late_shipments == []


async def test_a_callback_that_contradicts_an_ended_order_is_told_once_more(world: ApiWorld):
    order = await delivered(world)
    await world.workflows.completes(order.id)

    assert (await calls(world, said(order.shipments[0].id, world, CarrierFactKind.LOST))).status_code == 204

    assert [report.kind for report in world.workflows.late_shipments] == ["lost"]


async def test_a_report_by_hand_after_the_end_of_an_order_says_whose_it_is(world: ApiWorld):
    order = await cancelled(world)
    body = {"event_id": "evt-1", "kind": "returned", "occurred_at": "2026-01-31T08:15:00Z"}

    answer = await world.http.post(f"/v1/shipments/{order.shipments[0].id}/events", json=body)

    assert answer.status_code == 202
    (report,) = world.workflows.late_shipments
    assert report.kind == "returned"
    assert report.by
    assert not report.by.startswith("carrier")


async def cancelled(world: ApiWorld) -> Order:
    """An order that has ended before its parcel left."""
    order = await planned(world)
    await world.post(f"/v1/orders/{order.id}/cancel", {"reason": "buyer"})
    return await world.workflows.order(order.id)
