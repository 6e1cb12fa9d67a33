"""Returns over HTTP: asked for, decided, received and paid back; exchanged; also after the order's end."""

from __future__ import annotations

import pytest

from api.schemas.after_sale import ReturnAnswer, ReturnsView
from api.schemas.orders import OrderView
from tests.support.api_world import ApiWorld
from tests.support.order_stories import (
    CARD,
    MUGS,
    delivered,
    events_of,
    placed,
    planned,
    returned,
    stocked,
)
from tests.support.problems import is_problem
from workflows.client import WorkflowUnavailableError

ONE = {"lines": [{"line": 1, "quantity": 1}]}


async def test_a_return_is_asked_for_decided_received_and_paid_back(world: ApiWorld):
    order = await delivered(world)

    asked = await returned(world, order.id)
    path = asked.headers["location"]
    decided = await world.post(f"{path}/decision", {"approved": True, "comment": "to Leeds, please"})
    received = await world.post(f"{path}/receipt", ONE)

    assert [answer.status_code for answer in (asked, decided, received)] == [201, 200, 200]
    states = [ReturnAnswer.model_validate_json(answer.content) for answer in (asked, decided, received)]
    assert [state.status for state in states] == ["requested", "approved", "received"]
    for answer, state in zip((asked, decided, received), states, strict=True):
        assert answer.headers["etag"] == f'"{state.order_version}"'
    assert states[-1].refund_key is not None
    await world.workflows.refund_goes(order.id)
    shown = OrderView.model_validate_json((await world.get(f"/v1/orders/{order.id}")).content)
    assert (shown.returns[0].status, shown.refunds[0].status) == ("refunded", "done")
    assert [(part.line, part.quantity, part.amount.amount) for part in shown.refunds[0].lines] == [
        (1, 1, 1_000)
    ]
    assert (shown.refunded.amount, shown.payment_status) == (1_000, "partially_refunded")


async def test_a_return_links_what_may_be_done_next(world: ApiWorld):
    order = await delivered(world)
    asked = await returned(world, order.id)
    path = asked.headers["location"]

    assert asked.json()["links"] == {
        "self": path,
        "order": f"/v1/orders/{order.id}",
        "decide_return": f"{path}/decision",
    }
    shown = (await world.get(f"/v1/orders/{order.id}")).json()
    assert shown["links"]["decide_return"] == f"{path}/decision"
    decided = await world.post(f"{path}/decision", {"approved": True})
    assert decided.json()["links"]["receive_return"] == f"{path}/receipt"
    assert "decide_return" not in decided.json()["links"]
    shown = (await world.get(f"/v1/orders/{order.id}")).json()
    assert shown["links"]["receive_return"] == f"{path}/receipt"


async def test_the_same_request_makes_one_return(world: ApiWorld):
    order = await delivered(world)
    body = {**ONE, "reason": "damaged"}

    first = await world.post(f"/v1/orders/{order.id}/returns", body, "one")
    again = await world.post(f"/v1/orders/{order.id}/returns", body, "one")
    other = await world.post(f"/v1/orders/{order.id}/returns", body, "two")

    assert (again.content, again.headers["location"]) == (first.content, first.headers["location"])
    assert (again.headers["idempotent-replayed"], again.headers["etag"]) == ("true", first.headers["etag"])
    assert other.json()["id"] != first.json()["id"]
    assert (await events_of(world, order.id)).count("ReturnRequested") == 2


async def test_a_request_whose_answer_was_lost_makes_one_return(world: ApiWorld):
    order = await delivered(world)
    body = {**ONE, "reason": "damaged"}
    first = await world.post(f"/v1/orders/{order.id}/returns", body, "one")
    world.requests._requests.clear()  # as if the process had died before it kept its answer

    again = await world.post(f"/v1/orders/{order.id}/returns", body, "one")

    assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])
    assert (await events_of(world, order.id)).count("ReturnRequested") == 1


async def test_returns_are_listed_and_read_one_by_one(world: ApiWorld):
    order = await delivered(world)
    ids = [(await returned(world, order.id)).json()["id"] for _ in range(2)]

    listed = await world.get(f"/v1/orders/{order.id}/returns")
    one = await world.get(f"/v1/orders/{order.id}/returns/{ids[1]}")

    assert [item.id for item in ReturnsView.model_validate_json(listed.content).items] == ids
    assert (one.json()["id"], one.headers["etag"]) == (ids[1], f'"{one.json()["order_version"]}"')


async def test_a_rejected_return_frees_its_units(world: ApiWorld):
    order = await delivered(world)
    path = (await returned(world, order.id, 2)).headers["location"]

    rejected = await world.post(f"{path}/decision", {"approved": False, "comment": "worn"})

    assert (rejected.json()["status"], rejected.json()["links"]) == (
        "rejected",
        {"self": path, "order": f"/v1/orders/{order.id}"},
    )
    assert (await returned(world, order.id, 2)).status_code == 201


async def test_without_goods_back_the_money_goes_at_once(world: ApiWorld):
    order = await delivered(world)
    path = (await returned(world, order.id)).headers["location"]

    answer = await world.post(f"{path}/decision", {"approved": True, "goods_back": False})

    assert (answer.json()["goods_back"], answer.json()["refund_key"] is not None) == (False, True)
    assert "receive_return" not in answer.json()["links"]
    is_problem(await world.post(f"{path}/receipt", ONE), 409, "return_closed")


async def test_a_return_is_taken_after_the_order_has_ended(world: ApiWorld):
    order_id = await placed(world)
    await world.pays(order_id)
    await world.workflows.complete(order_id)

    answer = await returned(world, order_id)

    assert (answer.status_code, answer.json()["status"]) == (201, "requested")


async def test_an_exchange_is_a_return_and_another_order_of_the_same_buyer(world: ApiWorld):
    order = await delivered(world)
    path = (await returned(world, order.id, exchange=True)).headers["location"]
    assert (await world.get(path)).json()["links"]["exchange"] == f"{path}/exchange"
    instead = await placed(world)

    answer = await world.post(f"{path}/exchange", {"order_id": instead})

    assert (answer.status_code, answer.json()["new_order_id"]) == (200, instead)
    assert "exchange" not in answer.json()["links"]


async def test_an_exchange_is_not_linked_to_the_same_or_anothers_order(world: ApiWorld):
    order = await delivered(world)
    path = (await returned(world, order.id, exchange=True)).headers["location"]
    quote = await world.quote(buyer_id="buyer-2")
    foreign = await world.placed(buyer_id="buyer-2", snapshot_id=quote["id"])

    for other in (order.id, foreign):
        answer = await world.post(f"{path}/exchange", {"order_id": other})
        assert is_problem(answer, 422, "invalid_request")["errors"][0]["pointer"] == "/order_id"
    is_problem(await world.post(f"{path}/exchange", {"order_id": "ord_ghost"}), 404, "order_not_found")
    assert "ExchangeOrdered" not in await events_of(world, order.id)


async def test_a_return_that_asked_for_money_is_not_exchanged(world: ApiWorld):
    order = await delivered(world)
    path = (await returned(world, order.id)).headers["location"]

    answer = await world.post(f"{path}/exchange", {"order_id": await placed(world)})

    is_problem(answer, 422, "invalid_value")


async def test_more_than_the_buyer_has_is_a_422_that_says_what_is_left(world: ApiWorld):
    order = await delivered(world)
    await returned(world, order.id, 1)

    problem = is_problem(await returned(world, order.id, 2), 422, "not_returnable")

    assert (problem["line"], problem["wanted"], problem["left"]) == (1, 2, 1)
    assert (await events_of(world, order.id)).count("ReturnRequested") == 1


async def test_a_line_that_the_order_does_not_have_is_a_422(world: ApiWorld):
    order = await delivered(world)
    body = {"lines": [{"line": 9, "quantity": 1}], "reason": "other"}

    is_problem(await world.post(f"/v1/orders/{order.id}/returns", body), 422, "not_returnable")


@pytest.mark.parametrize("stage", ["unpaid", "paid", "cancelled"])
async def test_what_the_buyer_does_not_have_is_not_returned(world: ApiWorld, stage):
    order_id = await placed(world)
    if stage == "paid":
        await world.pays(order_id)
        await world.workflows.plan(order_id)
    if stage == "cancelled":
        await world.post(f"/v1/orders/{order_id}/cancel", {"reason": "buyer"})

    answer = await returned(world, order_id)

    assert answer.status_code in {409, 422}, answer.text
    assert answer.json()["code"] in {"invalid_state_transition", "not_returnable"}
    assert "ReturnRequested" not in await events_of(world, order_id)


async def test_files_are_returned_like_goods(world: ApiWorld):
    await stocked(world)
    order = await planned(world, CARD)

    assert (await returned(world, order.id)).status_code == 201


async def test_a_return_is_decided_once_and_the_same_word_again_is_harmless(world: ApiWorld):
    order = await delivered(world)
    path = (await returned(world, order.id)).headers["location"]

    first = await world.post(f"{path}/decision", {"approved": True})
    again = await world.post(f"{path}/decision", {"approved": True})
    other = await world.post(f"{path}/decision", {"approved": False})

    assert (again.status_code, again.content) == (200, first.content)
    is_problem(other, 409, "return_closed")
    assert (await events_of(world, order.id)).count("ReturnApproved") == 1


async def test_only_what_was_approved_is_received(world: ApiWorld):
    order = await delivered(world)
    path = (await returned(world, order.id)).headers["location"]

    is_problem(await world.post(f"{path}/receipt", ONE), 409, "return_closed")
    await world.post(f"{path}/decision", {"approved": True})
    more = await world.post(f"{path}/receipt", {"lines": [{"line": 1, "quantity": 2}]})

    is_problem(more, 422, "not_returnable")
    assert "RefundRequested" not in await events_of(world, order.id)


async def test_an_unknown_return_is_a_404_for_every_call(world: ApiWorld):
    order = await delivered(world, MUGS)
    path = f"/v1/orders/{order.id}/returns/ret_ghost"

    is_problem(await world.get(path), 404, "return_not_found")
    is_problem(await world.post(f"{path}/decision", {"approved": True}), 404, "return_not_found")
    is_problem(await world.post(f"{path}/receipt", ONE), 404, "return_not_found")
    exchange = await world.post(f"{path}/exchange", {"order_id": order.id})
    is_problem(exchange, 404, "return_not_found")


async def test_a_request_whose_answer_was_lost_is_answered_at_the_version_that_it_named(
    world: ApiWorld, monkeypatch: pytest.MonkeyPatch
):
    order = await delivered(world)
    headers = {"Idempotency-Key": "lost", "If-Match": f'"{order.version}"'}
    path, body = (
        f"/v1/orders/{order.id}/returns",
        {"lines": [{"line": 1, "quantity": 1}], "reason": "damaged"},
    )
    real = world.workflows.request_return

    async def unheard(order_id, command):
        await real(order_id, command)
        raise WorkflowUnavailableError(order_id=order_id, reason="slow")

    with monkeypatch.context() as lost:
        lost.setattr(world.workflows, "request_return", unheard)
        first = await world.http.post(path, json=body, headers=headers)
    again = await world.http.post(path, json=body, headers=headers)

    assert (first.status_code, again.status_code) == (503, 201)
    assert len((await world.workflows.order(order.id)).returns) == 1
