"""Goods on their way: shipments in the order, another address, services that a merchant accepts or not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from api.schemas.orders import OrderView
from domain.order.status import FulfilmentStatus
from domain.ports.carriers import CarrierFactKind
from tests.support.api_world import ADDRESS, ApiWorld, api_world
from tests.support.order_stories import (
    BOOK,
    CARD,
    HAIRCUT,
    MASSAGE,
    MUGS,
    events_of,
    placed,
    planned,
    stocked,
)
from tests.support.problems import is_problem

ELSEWHERE = {**ADDRESS, "street": "2 Mill Lane"}


async def test_an_order_shows_how_its_goods_travel(world: ApiWorld):
    await stocked(world)
    order = await planned(world, MUGS, MASSAGE, CARD)

    shown = OrderView.model_validate_json((await world.get(f"/v1/orders/{order.id}")).content)

    assert [(part.category, part.status, part.merchant_id) for part in shown.shipments] == [
        ("physical", "planned", None),
        ("service", "planned", "shop-8"),
        ("virtual", "delivered", None),
    ]
    assert [[units.line for units in part.lines] for part in shown.shipments] == [[1], [2], [3]]
    assert shown.shipments[1].accept_by == world.clock.now() + timedelta(minutes=5)
    assert (shown.capture, shown.authorised.amount) == ("automatic", 0)
    assert shown.refundable == shown.captured == shown.total


async def test_what_may_be_done_is_linked(world: ApiWorld):
    await stocked(world)
    order = await planned(world, MUGS, MASSAGE)

    shown = (await world.get(f"/v1/orders/{order.id}")).json()

    assert {"cancel", "change_address", "accept_service"} <= set(shown["allowed_actions"])
    assert shown["links"]["change_address"] == f"/v1/orders/{order.id}/address"
    assert shown["links"]["accept_service"] == f"/v1/orders/{order.id}/accept"
    assert shown["links"]["stream"] == f"/v1/orders/{order.id}/events/stream"
    for action in set(shown["allowed_actions"]) - {"pay"}:
        assert action in shown["links"]


async def test_the_address_changes_under_the_orders_etag(world: ApiWorld):
    order_id = await placed(world)
    tag = (await world.get(f"/v1/orders/{order_id}")).headers["etag"]

    answer = await world.http.put(f"/v1/orders/{order_id}/address", json=ELSEWHERE, headers={"If-Match": tag})

    assert answer.status_code == 200, answer.text
    shown = OrderView.model_validate_json(answer.content)
    assert shown.address is not None
    assert shown.address.street == "2 Mill Lane"
    assert answer.headers["etag"] == f'"{shown.version}"' != tag


async def test_the_same_change_of_address_again_changes_nothing_more(world: ApiWorld):
    order_id = await placed(world)
    headers = {"If-Match": (await world.get(f"/v1/orders/{order_id}")).headers["etag"]}
    first = await world.http.put(f"/v1/orders/{order_id}/address", json=ELSEWHERE, headers=headers)

    again = await world.http.put(f"/v1/orders/{order_id}/address", json=ELSEWHERE, headers=headers)

    assert (again.status_code, again.content) == (200, first.content)
    assert (await events_of(world, order_id)).count("AddressChanged") == 1


@pytest.mark.parametrize("headers", [{}, {"If-Match": "*"}], ids=["none", "any"])
async def test_an_address_that_names_no_version_is_a_428(world: ApiWorld, headers):
    order_id = await placed(world)

    answer = await world.http.put(f"/v1/orders/{order_id}/address", json=ELSEWHERE, headers=headers)

    is_problem(answer, 428, "precondition_required")
    assert "AddressChanged" not in await events_of(world, order_id)


@pytest.mark.parametrize("tag", ['"1"', '"999999999999"', '"x"', ""])
async def test_an_address_for_another_version_is_a_412(world: ApiWorld, tag):
    order_id = await placed(world)

    answer = await world.http.put(f"/v1/orders/{order_id}/address", json=ELSEWHERE, headers={"If-Match": tag})

    assert is_problem(answer, 412, "order_changed")["version"] == await world.events.head(order_id)
    assert "AddressChanged" not in await events_of(world, order_id)


async def test_once_a_parcel_has_left_the_address_stays(world: ApiWorld):
    order = await planned(world)
    order = await world.workflows.carrier_says(order.id, order.shipments[0].id, CarrierFactKind.HANDED_OVER)

    answer = await world.http.put(
        f"/v1/orders/{order.id}/address", json=ELSEWHERE, headers={"If-Match": f'"{order.version}"'}
    )

    is_problem(answer, 409, "invalid_state_transition")
    assert (await world.workflows.order(order.id)).address == order.address


async def test_after_the_end_of_the_order_the_address_stays(world: ApiWorld):
    order_id = await placed(world)
    cancelled = await world.post(f"/v1/orders/{order_id}/cancel", {"reason": "buyer"})

    answer = await world.http.put(
        f"/v1/orders/{order_id}/address",
        json=ELSEWHERE,
        headers={"If-Match": cancelled.headers["etag"]},
    )

    assert is_problem(answer, 409, "invalid_state_transition")["current"] == "cancelled"


async def test_an_accepted_service_counts_as_handed_over(world: ApiWorld):
    await stocked(world)
    order = await planned(world, MASSAGE)

    answer = await world.post(f"/v1/orders/{order.id}/accept", {"accepted": True})

    shown = OrderView.model_validate_json(answer.content)
    assert (answer.status_code, shown.status, shown.shipments[0].status) == (200, "shipped", "handed_over")
    assert answer.headers["etag"] == f'"{shown.version}"'


async def test_the_money_of_a_declined_service_goes_back(world: ApiWorld):
    await stocked(world)
    order = await planned(world, MUGS, MASSAGE)

    answer = await world.post(f"/v1/orders/{order.id}/accept", {"accepted": False})

    shown = OrderView.model_validate_json(answer.content)
    assert [(part.status, part.end) for part in shown.shipments] == [
        ("planned", None),
        ("cancelled", "declined"),
    ]
    assert [(back.cause, back.amount.amount, back.status) for back in shown.refunds] == [
        (order.shipments[1].id, 1_000, "requested")
    ]
    assert shown.refundable.amount == shown.total.amount - 1_000


async def test_a_service_is_not_accepted_after_its_time(world: ApiWorld):
    await stocked(world)
    order = await planned(world, MASSAGE)
    world.clock.passes(timedelta(minutes=5))

    answer = await world.post(f"/v1/orders/{order.id}/accept", {"accepted": True})

    is_problem(answer, 409, "invalid_state_transition")
    assert "ServiceAccepted" not in await events_of(world, order.id)


async def test_where_several_merchants_serve_one_must_be_named(world: ApiWorld):
    await stocked(world)
    order = await planned(world, MASSAGE, HAIRCUT)

    nobody = await world.post(f"/v1/orders/{order.id}/accept", {"accepted": True})
    stranger = await world.post(f"/v1/orders/{order.id}/accept", {"accepted": True, "merchant_id": "shop-9"})
    right = await world.post(f"/v1/orders/{order.id}/accept", {"accepted": True, "merchant_id": "shop-8"})

    assert is_problem(nobody, 422, "invalid_request")["errors"][0]["pointer"] == "/merchant_id"
    is_problem(stranger, 404, "shipment_not_found")
    assert [part["status"] for part in right.json()["shipments"]] == ["planned", "handed_over"]


async def test_an_order_without_services_has_nothing_to_accept(world: ApiWorld):
    order = await planned(world, MUGS)

    answer = await world.post(f"/v1/orders/{order.id}/accept", {"accepted": True})

    is_problem(answer, 404, "shipment_not_found")


@pytest.mark.parametrize("ended", ["lost", "returned"])
async def test_a_parcel_that_does_not_arrive_is_paid_back(world: ApiWorld, ended):
    await stocked(world)
    order = await planned(world, MUGS, MASSAGE)
    event = {"event_id": "evt-1", "kind": ended, "occurred_at": "2026-01-31T08:15:00Z"}

    answer = await world.http.post(f"/v1/shipments/{order.shipments[0].id}/events", json=event)

    after = await world.workflows.order(order.id)
    assert answer.status_code == 202
    assert (after.shipments[0].status, after.refunds[0].cause) == (ended, order.shipments[0].id)
    assert after.fulfilment_status is FulfilmentStatus.UNFULFILLED


async def test_one_report_may_stand_for_all_shipments_of_an_order(world: ApiWorld):
    await stocked(world)
    order = await planned(world, MUGS, BOOK)
    event = {"event_id": "evt-1", "kind": "delivered", "occurred_at": "2026-01-31T08:15:00Z"}

    answer = await world.http.post(f"/v1/shipments/shp_{order.id}/events", json=event)

    after = await world.workflows.order(order.id)
    assert (answer.status_code, after.fulfilment_status) == (202, FulfilmentStatus.DELIVERED)


async def test_a_shipment_that_the_order_does_not_have_is_a_404(world: ApiWorld):
    order = await planned(world)
    event = {"event_id": "evt-1", "kind": "lost", "occurred_at": "2026-01-31T08:15:00Z"}

    answer = await world.http.post(f"/v1/shipments/shp_{order.id}_9/events", json=event)

    is_problem(answer, 404, "shipment_not_found")
    assert world.workflows.shipments == []


async def test_commands_of_orders_that_have_not_started_ask_to_come_back(world: ApiWorld):
    world.workflows.away = True
    order_id = (await world.place()).json()["order_id"]
    world.workflows.away = False

    address = await world.http.put(
        f"/v1/orders/{order_id}/address", json=ELSEWHERE, headers={"If-Match": '"0"'}
    )
    accept = await world.post(f"/v1/orders/{order_id}/accept", {"accepted": True})

    for answer in (address, accept):
        is_problem(answer, 409, "order_not_started")
        assert int(answer.headers["retry-after"]) >= 1


async def test_an_address_whose_outcome_is_unknown_is_a_503_and_may_be_sent_again():
    async with api_world() as world:
        order_id = await placed(world)
        headers = {"If-Match": f'"{await world.events.head(order_id)}"'}
        world.workflows.away = True

        first = await world.http.put(f"/v1/orders/{order_id}/address", json=ELSEWHERE, headers=headers)
        world.workflows.away = False
        again = await world.http.put(f"/v1/orders/{order_id}/address", json=ELSEWHERE, headers=headers)

    is_problem(first, 503, "order_process_unavailable")
    assert again.status_code == 200


async def test_money_that_is_only_vouched_for_is_shown_as_authorised():
    async with api_world(ApiWorld(manual_capture_methods=("card",))) as world:
        quote = await world.quote(payment_method="card")
        answer = await world.place(snapshot_id=quote["id"])
        order_id = answer.json()["order"]["id"]
        read = await world.get(f"/v1/orders/{order_id}")
        await world.reports(order_id, "authorised")

        shown = OrderView.model_validate_json((await world.get(f"/v1/orders/{order_id}")).content)

    assert (answer.json()["order"]["capture"], read.json()["capture"]) == ("manual", "manual")
    assert (shown.status, shown.payment_status, shown.capture) == ("paid", "authorised", "manual")
    assert (shown.authorised, shown.captured.amount, shown.refundable.amount) == (shown.total, 0, 0)


async def test_once_something_was_handed_over_the_order_is_not_cancelled(world: ApiWorld):
    await stocked(world)
    order = await planned(world, MUGS, MASSAGE)
    await world.post(f"/v1/orders/{order.id}/accept", {"accepted": True})

    answer = await world.post(f"/v1/orders/{order.id}/cancel", {"reason": "buyer"})

    assert is_problem(answer, 409, "invalid_state_transition")["current"] == "partially_shipped"
    shown = (await world.get(f"/v1/orders/{order.id}")).json()
    assert (shown["status"], "cancel" in shown["allowed_actions"]) == ("paid", False)


async def test_without_a_credential_nothing_is_heard():
    async with api_world(ApiWorld(api_keys="secret-key")) as world:
        for part in ("returns", "refunds", "accept", "payment-review", "notes"):
            is_problem(await world.post(f"/v1/orders/ord_1/{part}", {}), 401, "unauthorised")
        is_problem(await world.get("/v1/orders/ord_1/events/stream"), 401, "unauthorised")
