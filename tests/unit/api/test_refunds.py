"""Money back without a return, and decisions on money in review."""

from __future__ import annotations

from typing import Any

import pytest

from api.schemas.after_sale import RefundAnswer, RefundsView
from api.schemas.orders import OrderView
from domain.money import Money
from domain.payment.facts import FactKind
from tests.support.api_world import ApiWorld, cny
from tests.support.builders import a_fact
from tests.support.order_stories import delivered, events_of, placed, planned, returned
from tests.support.problems import is_problem

FIVE = {"amount": {"amount": 500, "currency": "CNY"}}


async def test_lines_are_paid_back_at_their_price(world: ApiWorld):
    order = await delivered(world)

    answer = await world.post(
        f"/v1/orders/{order.id}/refunds", {"lines": [{"line": 1, "quantity": 1}], "reason": "scratched"}
    )

    refund = RefundAnswer.model_validate_json(answer.content)
    assert (answer.status_code, refund.amount.amount, refund.status) == (201, 1_000, "requested")
    assert (refund.reason, [part.quantity for part in refund.lines]) == ("scratched", [1])
    assert answer.headers["etag"] == f'"{refund.order_version}"'
    listed = await world.get(answer.headers["location"])
    assert [item.key for item in RefundsView.model_validate_json(listed.content).items] == [refund.key]


async def test_two_equal_refunds_of_an_amount_both_happen_but_one_key_pays_once(world: ApiWorld):
    order = await delivered(world)
    path = f"/v1/orders/{order.id}/refunds"

    first = await world.post(path, FIVE, "one")
    again = await world.post(path, FIVE, "one")
    other = await world.post(path, FIVE, "two")

    assert again.content == first.content
    assert other.json()["key"] != first.json()["key"]
    assert (await events_of(world, order.id)).count("RefundRequested") == 2


async def test_a_refund_whose_answer_was_lost_is_paid_once(world: ApiWorld):
    order = await delivered(world)
    await world.post(f"/v1/orders/{order.id}/refunds", FIVE, "one")
    world.requests._requests.clear()  # as if the process had died before it kept its answer

    again = await world.post(f"/v1/orders/{order.id}/refunds", FIVE, "one")

    assert again.status_code == 201
    assert (await events_of(world, order.id)).count("RefundRequested") == 1


async def test_without_lines_and_amount_everything_that_is_left_goes_back(world: ApiWorld):
    order = await delivered(world)
    await world.post(f"/v1/orders/{order.id}/refunds", FIVE)

    answer = await world.post(f"/v1/orders/{order.id}/refunds", {})

    assert answer.json()["amount"]["amount"] == order.total.amount - 500
    await world.workflows.refund_goes(order.id)
    shown = OrderView.model_validate_json((await world.get(f"/v1/orders/{order.id}")).content)
    assert (shown.status, shown.cancel_reason, shown.refundable.amount) == ("cancelled", "refunded", 0)


@pytest.mark.parametrize("over", [1, 10**15])
async def test_more_than_was_captured_is_a_422_and_promises_nothing(world: ApiWorld, over):
    order = await delivered(world)
    body = {"amount": {"amount": order.total.amount + over, "currency": "CNY"}}

    answer = await world.post(f"/v1/orders/{order.id}/refunds", body)

    is_problem(answer, 422, "refund_exceeds_captured")
    assert "RefundRequested" not in await events_of(world, order.id)


async def test_what_was_promised_is_not_promised_again(world: ApiWorld):
    order = await delivered(world)
    await world.post(f"/v1/orders/{order.id}/refunds", {})

    is_problem(await world.post(f"/v1/orders/{order.id}/refunds", FIVE), 422, "refund_exceeds_captured")


async def test_units_on_their_way_back_are_not_paid_back_besides(world: ApiWorld):
    order = await delivered(world)
    await returned(world, order.id, 2)
    body = {"lines": [{"line": 1, "quantity": 1}]}

    answer = await world.post(f"/v1/orders/{order.id}/refunds", body)

    assert is_problem(answer, 422, "not_returnable")["left"] == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"amount": {"amount": 0, "currency": "CNY"}}, "invalid_request"),
        ({"amount": {"amount": -1, "currency": "CNY"}}, "invalid_request"),
        ({"amount": {"amount": 1.5, "currency": "CNY"}}, "invalid_request"),
        ({"amount": {"amount": "500", "currency": "CNY"}}, "invalid_request"),
        ({"amount": {"amount": 500, "currency": "XYZ"}}, "invalid_request"),
        ({"amount": {"amount": 500, "currency": "USD"}}, "currency_mismatch"),
        ({"amount": {"amount": 2**63, "currency": "CNY"}}, "invalid_request"),
        ({**FIVE, "lines": [{"line": 1, "quantity": 1}]}, "invalid_request"),
        ({"lines": []}, "invalid_request"),
        ({**FIVE, "reason": "two words"}, "invalid_request"),
        ({**FIVE, "status": "done"}, "invalid_request"),
        ({**FIVE, "refund_key": "ref_1"}, "invalid_request"),
    ],
)
async def test_a_refund_of_something_strange_is_a_422(world: ApiWorld, body: dict[str, Any], code: str):
    order = await delivered(world)

    is_problem(await world.post(f"/v1/orders/{order.id}/refunds", body), 422, code)
    assert await world.events.head(order.id) == order.version


async def test_before_shipment_the_way_is_to_cancel(world: ApiWorld):
    order = await planned(world)

    is_problem(await world.post(f"/v1/orders/{order.id}/refunds", {}), 409, "invalid_state_transition")
    assert await world.events.head(order.id) == order.version


async def in_review(world: ApiWorld) -> tuple[str, str]:
    """An order for which the provider claims another sum; its attempt."""
    order_id = await placed(world)
    order = await world.workflows.order(order_id)
    fact = a_fact(order.attempts[0], FactKind.CAPTURED, order.total + cny(1), at=world.clock.now())
    await world.workflows.report_payment(order_id, fact)
    return order_id, order.attempts[0]


async def test_money_in_review_is_sent_back_by_decision(world: ApiWorld):
    order_id, key = await in_review(world)
    before = (await world.get(f"/v1/orders/{order_id}")).json()
    assert before["links"]["settle_review"] == f"/v1/orders/{order_id}/payment-review"
    body = {"payment_key": key, "decision": "send_back"}

    answer = await world.post(f"/v1/orders/{order_id}/payment-review", body)
    again = await world.post(f"/v1/orders/{order_id}/payment-review", body)

    shown = OrderView.model_validate_json(answer.content)
    assert (answer.status_code, [refund.payment_key for refund in shown.refunds]) == (200, [key])
    assert "settle_review" not in shown.allowed_actions
    assert again.content == answer.content
    assert (await events_of(world, order_id)).count("PaymentReviewSettled") == 1


async def test_money_that_is_not_the_total_is_not_accepted(world: ApiWorld):
    order_id, key = await in_review(world)

    answer = await world.post(
        f"/v1/orders/{order_id}/payment-review", {"payment_key": key, "decision": "accept"}
    )

    is_problem(answer, 409, "payment_amount_mismatch")
    assert "PaymentReviewSettled" not in await events_of(world, order_id)


async def test_an_attempt_that_is_unknown_or_in_no_review_is_refused(world: ApiWorld):
    order_id = await placed(world)
    path, key = f"/v1/orders/{order_id}/payment-review", f"pay_{order_id}_1"

    unknown = await world.post(path, {"payment_key": "pay_ghost_1", "decision": "dismiss"})
    fine = await world.post(path, {"payment_key": key, "decision": "dismiss"})

    is_problem(unknown, 409, "payment_not_in_review")
    is_problem(fine, 409, "payment_not_in_review")


@pytest.mark.parametrize("decision", ["keep", "", None, 1])
async def test_a_decision_is_one_of_three(world: ApiWorld, decision):
    order_id, key = await in_review(world)

    answer = await world.post(
        f"/v1/orders/{order_id}/payment-review", {"payment_key": key, "decision": decision}
    )

    assert is_problem(answer, 422, "invalid_request")["errors"][0]["pointer"] == "/decision"


async def test_a_charge_back_asks_for_a_decision_and_is_not_refunded_on_top(world: ApiWorld):
    order = await delivered(world)
    await world.reports(order.id, "charged_back")

    shown = (await world.get(f"/v1/orders/{order.id}")).json()

    assert (shown["status"], shown["payment_status"]) == ("shipped", "charged_back")
    assert "settle_review" in shown["allowed_actions"]
    assert Money(**shown["refundable"]) == cny(0)
    answer = await world.post(f"/v1/orders/{order.id}/refunds", FIVE)
    is_problem(answer, 409, "invalid_state_transition")
