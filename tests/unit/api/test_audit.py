"""GET /v1/audit: who did what, when and why, for those who may ask; and what is no question."""

from __future__ import annotations

import pytest

from api.schemas.audit import AuditTrailView
from tests.support.api_world import ApiWorld, api_world
from tests.support.problems import is_problem
from tests.unit.api.proposing import ann, mug_at, proposed


async def test_an_order_tells_who_did_what_and_why(world: ApiWorld):
    order_id = await world.paid()

    answer = await world.get(f"/v1/audit/order/{order_id}")

    trail = AuditTrailView.model_validate_json(answer.content).items
    assert [entry.what for entry in trail][-1] == "PaymentConfirmed"
    assert [entry.version for entry in trail] == list(range(1, len(trail) + 1))
    assert trail[-1].change.startswith("amount 3200 CNY")
    assert {entry.stream_id for entry in trail} == {order_id}
    assert "Mill Lane" not in answer.text


async def test_a_price_tells_who_proposed_it(world: ApiWorld):
    path = (await proposed(world, mug_at(800)))["links"]["self"]
    await ann(world, "POST", f"{path}/submit")

    trail = (await world.get("/v1/audit/price/mug")).json()["items"]

    assert [(entry["what"], entry["who"]) for entry in trail] == [
        ("ProposalDrafted", "ann"),
        ("ProposalSubmitted", "ann"),
    ]


async def test_no_more_entries_come_than_were_asked_for(world: ApiWorld):
    order_id = await world.paid()

    first = (await world.get(f"/v1/audit/order/{order_id}?limit=2")).json()
    rest = (await world.get(f"/v1/audit/order/{order_id}?after={first['items'][-1]['position']}")).json()
    over = await world.get(f"/v1/audit/order/{order_id}?after={rest['items'][-1]['position']}")

    assert [entry["version"] for entry in first["items"]] == [1, 2]
    assert [entry["version"] for entry in rest["items"]] == list(range(3, 3 + len(rest["items"])))
    assert (first["has_more"], rest["has_more"]) == (True, False)
    assert (over.status_code, over.json()) == (200, {"items": [], "has_more": False})


@pytest.mark.parametrize("subject", ["order", "refund", "price"])
async def test_what_nobody_ever_heard_of_is_refused(world: ApiWorld, subject: str):
    is_problem(await world.get(f"/v1/audit/{subject}/ghost"), 404, "nothing_audited")


@pytest.mark.parametrize("question", ["limit=0", "limit=1001", "limit=x", "by=ann", "after=-1"])
async def test_what_is_no_question_is_refused(world: ApiWorld, question: str):
    is_problem(await world.get(f"/v1/audit/order/ord_1?{question}"), 422, "invalid_request")


@pytest.mark.parametrize("path", ["buyer/b-1", "ORDER/ord_1", "order", "order/ord_1/events"])
async def test_nothing_else_can_be_asked_about(world: ApiWorld, path: str):
    is_problem(await world.get(f"/v1/audit/{path}"), 404, "not_found")


@pytest.mark.parametrize(
    ("scope", "status"),
    [("operator", 404), ("finance", 404), ("ops", 404), ("caller", 403), ("merchant", 403)],
)
async def test_the_audit_is_for_those_who_answer_for_the_shop(scope: str, status: int):
    async with api_world(ApiWorld(api_keys=f"{scope}:key")) as keyed:
        answer = await keyed.get("/v1/audit/order/ord_1", Authorization="Bearer key")

        assert answer.status_code == status
