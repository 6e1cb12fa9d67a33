"""Bad input to the calls of fulfilment and after-sale: a refusal that says why, and nothing has happened."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from domain.order.order import Order
from tests.support.api_world import ADDRESS, ApiWorld, api_world
from tests.support.order_stories import delivered, returned
from tests.support.problems import NO_NUMBERS, NOT_CLEAN, is_problem, with_raw

ONE = {"line": 1, "quantity": 1}
# The call below an order, and a body that it would take.
CALLS: dict[str, dict[str, Any]] = {
    "address": ADDRESS,
    "accept": {"accepted": True},
    "returns": {"lines": [ONE], "reason": "damaged"},
    "returns/{return_id}/decision": {"approved": True},
    "returns/{return_id}/receipt": {"lines": [ONE]},
    "returns/{return_id}/exchange": {"order_id": "ord_2"},
    "refunds": {"lines": [ONE]},
    "payment-review": {"payment_key": "pay_1", "decision": "dismiss"},
    "notes": {"text": "ring"},
}
# What makes another request of each.
OTHERS: dict[str, dict[str, Any]] = {
    "accept": {"accepted": False},
    "returns": {"reason": "other"},
    "returns/{return_id}/decision": {"comment": "x"},
    "returns/{return_id}/receipt": {"restock": False},
    "refunds": {"reason": "other"},
    "payment-review": {"decision": "accept"},
    "notes": {"text": "knock"},
}
WITH_KEY = [call for call in CALLS if call != "address"]
OURS = ("status", "paid", "price", "refund_key", "version", "by")


@dataclass
class Stage:
    """A delivered order with a return that waits for a decision."""

    world: ApiWorld
    order: Order
    return_id: str
    head: int

    def path(self, call: str) -> str:
        return f"/v1/orders/{self.order.id}/{call.format(return_id=self.return_id)}"

    async def send(self, call: str, content: str | bytes, **headers: str) -> Any:
        """Raw bytes, under a key and a version that would do."""
        raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
        named = {
            "Content-Type": "application/json",
            "Idempotency-Key": "key",
            "If-Match": f'"{self.head}"',
            **headers,
        }
        method = "PUT" if call == "address" else "POST"
        return await self.world.http.request(method, self.path(call), content=raw, headers=named)

    async def possible(self, call: str) -> dict[str, Any]:
        """A body whose parts are there."""
        return {"order_id": await self.world.placed()} if call.endswith("exchange") else CALLS[call]

    async def is_untouched(self) -> bool:
        return await self.world.events.head(self.order.id) == self.head and not self.world.notes._notes


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with api_world() as world:
        order = await delivered(world)
        return_id = (await returned(world, order.id)).json()["id"]
        yield Stage(world, order, return_id, await world.events.head(order.id))


@pytest.mark.parametrize("call", CALLS)
async def test_a_body_that_is_no_object_is_a_422(stage: Stage, call):
    for body in ("[]", '"x"', "1", "null", "true"):
        is_problem(await stage.send(call, body), 422, "invalid_request")
    assert await stage.is_untouched()


@pytest.mark.parametrize("call", CALLS)
async def test_bytes_that_are_not_one_clean_document_are_a_400(stage: Stage, call):
    for content in NOT_CLEAN:
        is_problem(await stage.send(call, content), 400, "malformed_json")
    assert await stage.is_untouched()


@pytest.mark.parametrize("call", CALLS)
async def test_fields_that_are_unknown_or_ours_are_a_422(stage: Stage, call):
    for field in OURS:
        answer = await stage.send(call, with_raw(CALLS[call], field, '"done"'))
        assert is_problem(answer, 422, "invalid_request")["errors"][0]["pointer"] == f"/{field}"
    assert await stage.is_untouched()


@pytest.mark.parametrize("call", CALLS)
async def test_another_content_type_is_a_415(stage: Stage, call):
    answer = await stage.send(call, "{}", **{"Content-Type": "text/plain"})

    is_problem(answer, 415, "unsupported_media_type")
    assert await stage.is_untouched()


@pytest.mark.parametrize("call", CALLS)
async def test_a_body_over_256_kib_is_a_413(stage: Stage, call):
    is_problem(await stage.send(call, b" " * (256 * 1024 + 1)), 413, "body_too_large")
    assert await stage.is_untouched()


@pytest.mark.parametrize("call", WITH_KEY)
async def test_a_missing_idempotency_key_is_a_400(stage: Stage, call):
    answer = await stage.world.http.post(stage.path(call), json=await stage.possible(call))

    is_problem(answer, 400, "idempotency_key_missing")
    assert await stage.is_untouched()


@pytest.mark.parametrize("call", ["returns", "returns/{return_id}/receipt", "refunds"])
@pytest.mark.parametrize("field", ["line", "quantity"])
async def test_lines_and_quantities_are_whole_numbers_from_1(stage: Stage, call, field):
    for number in ("0", "10000", *NO_NUMBERS):
        raw = with_raw(CALLS[call], "lines", "[" + with_raw(ONE, field, number) + "]")
        answer = await stage.send(call, raw)
        if answer.status_code == 422:
            assert is_problem(answer, 422, "invalid_request")["errors"][0]["pointer"] == f"/lines/0/{field}"
        else:
            is_problem(answer, 400, "malformed_json")
    assert await stage.is_untouched()


@pytest.mark.parametrize("call", ["returns", "returns/{return_id}/receipt", "refunds"])
async def test_lines_are_named_once_each(stage: Stage, call):
    strange: list[Any] = [[], [ONE, ONE], [{**ONE, "price": 1}], {}, "all", [ONE] * 1001]
    for lines in strange:
        answer = await stage.send(call, with_raw(CALLS[call], "lines", json.dumps(lines)))
        is_problem(answer, 422, "invalid_request")
    assert await stage.is_untouched()


@pytest.mark.parametrize(
    ("call", "field", "value"),
    [
        ("returns", "reason", "bored"),
        ("returns", "reason", None),
        ("returns", "exchange", "yes"),
        ("returns/{return_id}/decision", "approved", 1),
        ("returns/{return_id}/decision", "approved", "true"),
        ("returns/{return_id}/decision", "goods_back", None),
        ("returns/{return_id}/decision", "comment", "a" * 501),
        ("returns/{return_id}/decision", "comment", "a\x00b"),
        ("returns/{return_id}/receipt", "restock", 0),
        ("returns/{return_id}/receipt", "warehouse_id", ""),
        ("returns/{return_id}/receipt", "warehouse_id", "north hall"),
        ("returns/{return_id}/exchange", "order_id", "a" * 300),
        ("refunds", "reason", ""),
        ("accept", "accepted", "yes"),
        ("accept", "merchant_id", ""),
        ("address", "country", "gb"),
        ("address", "street", ""),
        ("address", "zip_code", None),
        ("payment-review", "payment_key", ""),
    ],
)
async def test_a_strange_value_is_a_422_that_points_at_it(stage: Stage, call, field, value):
    answer = await stage.send(call, with_raw(CALLS[call], field, json.dumps(value)))

    assert is_problem(answer, 422, "invalid_request")["errors"][0]["pointer"] == f"/{field}"
    assert await stage.is_untouched()


@pytest.mark.parametrize("call", CALLS)
async def test_an_order_that_nobody_placed_is_a_404(stage: Stage, call):
    path = stage.path(call).replace(stage.order.id, "ord_ghost")
    method = "PUT" if call == "address" else "POST"
    headers = {"Idempotency-Key": "key", "If-Match": '"1"'}

    answer = await stage.world.http.request(method, path, json=CALLS[call], headers=headers)

    is_problem(answer, 404, "order_not_found")


@pytest.mark.parametrize("call", [call for call in WITH_KEY if call != "notes"])
async def test_a_decision_on_another_version_is_a_412(stage: Stage, call):
    body = json.dumps(await stage.possible(call))

    answer = await stage.send(call, body, **{"If-Match": '"1"'})

    assert is_problem(answer, 412, "order_changed")["version"] == stage.head
    assert await stage.is_untouched()


@pytest.mark.parametrize("call", [call for call in WITH_KEY if call != "notes"])
async def test_a_decision_on_any_version_is_never_a_412(stage: Stage, call):
    body = json.dumps(await stage.possible(call))

    answer = await stage.send(call, body, **{"If-Match": "*"})

    assert answer.status_code != 412, answer.text


@pytest.mark.parametrize("call", WITH_KEY)
async def test_the_same_key_with_another_body_is_a_422(stage: Stage, call):
    await stage.send(call, json.dumps(await stage.possible(call)))
    before = await stage.world.events.head(stage.order.id)
    other = OTHERS.get(call) or {"order_id": await stage.world.placed()}

    answer = await stage.send(call, json.dumps({**CALLS[call], **other}))

    is_problem(answer, 422, "idempotency_key_reused")
    assert await stage.world.events.head(stage.order.id) == before


@pytest.mark.parametrize("call", [call for call in CALLS if call != "notes"])
async def test_while_temporal_is_away_the_caller_is_asked_to_come_again(stage: Stage, call):
    other = {"street": "2 Mill Lane"} if call == "address" else {}  # the same one needs nobody
    body = json.dumps({**await stage.possible(call), **other})
    stage.world.workflows.away = True

    away = await stage.send(call, body)
    untouched = await stage.is_untouched()
    stage.world.workflows.away = False
    back = await stage.send(call, body)

    is_problem(away, 503, "order_process_unavailable")
    assert int(away.headers["retry-after"]) >= 1
    assert untouched
    assert back.status_code != 503, back.text
    assert "idempotent-replayed" not in back.headers


@pytest.mark.parametrize("call", WITH_KEY)
async def test_while_the_database_is_away_the_caller_is_asked_to_come_again(stage: Stage, call, monkeypatch):
    async def down(*_: object) -> None:
        raise ConnectionRefusedError

    body = json.dumps(await stage.possible(call))
    monkeypatch.setattr(stage.world.requests, "begin", down)

    answer = await stage.send(call, body)

    is_problem(answer, 503, "dependency_unavailable")
    assert int(answer.headers["retry-after"]) >= 1
    assert await stage.is_untouched()
