"""Bad input to the calls of settlement, reconciliation, warehouses and shipments: nothing has happened."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from domain.money import Money
from domain.order.order import Order
from domain.payment.facts import FactKind
from domain.ports.payments import PaymentOutcomeUnknownError, ReportLine
from tests.support.api_world import ApiWorld, api_world
from tests.support.builders import NOON
from tests.support.order_stories import planned
from tests.support.problems import NO_NUMBERS, NOT_CLEAN, is_problem, with_raw

HOUR = timedelta(hours=1)
# A call, and a body that it would take.
CALLS: dict[str, dict[str, Any]] = {
    "PUT /v1/merchants/shop-7/terms": {"commission": 700, "delivers": False, "cycle": "T+1"},
    "PUT /v1/warehouses/main/stock/mug": {"on_shelf": 7},
    "POST /v1/reconciliations": {"since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"},
    "POST {difference}/repair": {},
    "POST {difference}/park": {"note": "theirs"},
    "POST /v1/shipments/{shipment}/events": {
        "event_id": "e-1",
        "kind": "handed_over",
        "occurred_at": "2026-01-01T00:00:00Z",
    },
}
ONCE = [call for call in CALLS if call.startswith("POST") and "shipments" not in call]
LONG, NUL = "x" * 10_000, "%00"
OURS = ("status", "paid", "price", "by", "amount")


@dataclass
class Stage:
    """A parcel that waits, and a difference that nobody has decided on."""

    world: ApiWorld
    order: Order
    run: str

    async def send(self, call: str, content: str | bytes, **headers: str) -> httpx.Response:
        """Raw bytes, under a key that would do."""
        method, _, path = call.partition(" ")
        raw = content.encode() if isinstance(content, str) else content
        named = {"Content-Type": "application/json", "Idempotency-Key": "key", **headers}
        return await self.world.http.request(method, await self.path(path), content=raw, headers=named)

    async def path(self, path: str) -> str:
        """With the ids that are there."""
        run = (await self.world.http.get(self.run)).json()
        difference = f"{self.run}/differences/{run['differences'][0]['id']}"
        return path.format(difference=difference, shipment=self.order.shipments[0].id)

    async def is_untouched(self) -> bool:
        runs = (await self.world.get("/v1/reconciliations")).json()["items"]
        (difference,) = (await self.world.http.get(self.run)).json()["differences"]
        shelves = (await self.world.get("/v1/stock/mug")).json()["shelves"]
        return (
            [run["links"]["self"] for run in runs] == [self.run]
            and difference["status"] == "open"
            and [shelf["warehouse_id"] for shelf in shelves] == ["main"]
            and shelves[0]["on_shelf"] > CALLS["PUT /v1/warehouses/main/stock/mug"]["on_shelf"]
            and not await self.world.settlements.terms(["shop-7"])
            and not self.world.workflows.shipments
        )


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with api_world() as world:
        order = await planned(world)
        extra = ReportLine("sandbox", "pay_nobody", FactKind.CAPTURED, Money(1, "CNY"), NOON - HOUR)
        world.gateway.extra_lines.append(extra)
        window = {"since": (NOON - 2 * HOUR).isoformat(), "until": (NOON - HOUR / 2).isoformat()}
        run = (await world.post("/v1/reconciliations", window)).json()
        yield Stage(world, order, run["links"]["self"])


@pytest.mark.parametrize("call", [call for call in CALLS if "repair" not in call])
async def test_the_same_calls_with_good_bodies_are_taken(stage: Stage, call: str):
    """So that each of the refusals below has its own reason."""
    assert await stage.is_untouched()
    answer = await stage.send(call, json.dumps(CALLS[call]))

    assert answer.is_success, answer.text
    assert not await stage.is_untouched()


@pytest.mark.parametrize("call", CALLS)
async def test_a_body_that_is_no_object_is_a_422(stage: Stage, call: str):
    for body in ("[]", '"x"', "1", "null", "true"):
        is_problem(await stage.send(call, body), 422, "invalid_request")
    assert await stage.is_untouched()


@pytest.mark.parametrize("call", CALLS)
async def test_bytes_that_are_not_one_clean_document_are_a_400(stage: Stage, call: str):
    for content in NOT_CLEAN:
        is_problem(await stage.send(call, content), 400, "malformed_json")
    assert await stage.is_untouched()


@pytest.mark.parametrize("call", CALLS)
async def test_fields_that_are_unknown_or_ours_are_a_422(stage: Stage, call: str):
    for field in OURS:
        answer = await stage.send(call, with_raw(CALLS[call], field, '"done"'))
        assert is_problem(answer, 422, "invalid_request")["errors"][0]["pointer"] == f"/{field}"
    assert await stage.is_untouched()


@pytest.mark.parametrize(
    ("call", "field"),
    [
        ("PUT /v1/merchants/shop-7/terms", "commission"),
        ("PUT /v1/warehouses/main/stock/mug", "on_shelf"),
    ],
)
async def test_rates_and_counts_are_whole_numbers(stage: Stage, call: str, field: str):
    for number in NO_NUMBERS:
        answer = await stage.send(call, with_raw(CALLS[call], field, number))
        if answer.status_code == 422:
            assert is_problem(answer, 422, "invalid_request")["errors"][0]["pointer"] == f"/{field}"
        else:
            is_problem(answer, 400, "malformed_json")
    assert await stage.is_untouched()


@pytest.mark.parametrize("call", CALLS)
async def test_another_content_type_is_a_415(stage: Stage, call: str):
    body = json.dumps(CALLS[call])

    is_problem(await stage.send(call, body, **{"Content-Type": "text/plain"}), 415, "unsupported_media_type")
    assert await stage.is_untouched()


@pytest.mark.parametrize("call", CALLS)
async def test_a_body_over_256_kib_is_a_413(stage: Stage, call: str):
    is_problem(await stage.send(call, b" " * (256 * 1024 + 1)), 413, "body_too_large")
    assert await stage.is_untouched()


@pytest.mark.parametrize("call", CALLS)
async def test_another_method_is_a_405_that_names_the_right_ones(stage: Stage, call: str):
    answer = await stage.world.http.request("PATCH", await stage.path(call.partition(" ")[2]))

    is_problem(answer, 405, "method_not_allowed")
    assert call.partition(" ")[0] in answer.headers["allow"]
    assert await stage.is_untouched()


@pytest.mark.parametrize("call", ONCE)
async def test_a_missing_idempotency_key_is_a_400(stage: Stage, call: str):
    answer = await stage.world.http.post(await stage.path(call.partition(" ")[2]), json=CALLS[call])

    is_problem(answer, 400, "idempotency_key_missing")
    assert await stage.is_untouched()


async def test_the_same_key_with_another_body_is_a_422(stage: Stage):
    first = await stage.send("POST {difference}/park", '{"note": "theirs"}')
    again = await stage.send("POST {difference}/park", '{"note": "ours"}')

    assert first.status_code == 200
    is_problem(again, 422, "idempotency_key_reused")
    (difference,) = (await stage.world.http.get(stage.run)).json()["differences"]
    assert difference["note"] == "theirs"


@pytest.mark.parametrize("call", ["PUT /v1/merchants/shop-7/terms", "POST /v1/reconciliations"])
async def test_while_the_database_is_away_the_caller_is_asked_to_come_again(stage: Stage, call, monkeypatch):
    async def down(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as away:
        away.setattr(stage.world.settlements, "put_terms", down)
        away.setattr(stage.world.reconciliations, "save", down)
        answer = await stage.send(call, json.dumps(CALLS[call]))

    is_problem(answer, 503, "dependency_unavailable")
    assert int(answer.headers["retry-after"]) >= 1
    assert await stage.is_untouched()


async def test_while_the_provider_gives_no_report_nothing_is_compared(stage: Stage, monkeypatch):
    async def silent(*_: object) -> None:
        raise PaymentOutcomeUnknownError

    monkeypatch.setattr(stage.world.gateway, "report", silent)

    answer = await stage.send("POST /v1/reconciliations", json.dumps(CALLS["POST /v1/reconciliations"]))

    is_problem(answer, 503, "payment_outcome_unknown")
    assert int(answer.headers["retry-after"]) >= 1
    assert await stage.is_untouched()


@pytest.mark.parametrize(
    "path",
    [
        "/v1/orders/{id}/returns",
        "/v1/orders/{order}/returns/{id}",
        "/v1/orders/{id}/refunds",
        "/v1/orders/{id}/notes",
        "/v1/orders/{id}/entitlements",
        "/v1/orders/{id}/events/stream",
        "/v1/merchants/{id}/terms",
        "/v1/settlements/{id}",
        "/v1/statements/{id}",
        "/v1/statements/{id}.csv",
        "/v1/reconciliations/{id}",
        "/v1/stock/{id}",
        "PUT /v1/orders/{id}/address",
        "PUT /v1/merchants/{id}/terms",
        "PUT /v1/warehouses/{id}/stock/mug",
        "PUT /v1/warehouses/main/stock/{id}",
        "POST /v1/orders/{id}/accept",
        "POST /v1/orders/{id}/returns",
        "POST /v1/orders/{order}/returns/{id}/decision",
        "POST /v1/orders/{order}/returns/{id}/receipt",
        "POST /v1/orders/{order}/returns/{id}/exchange",
        "POST /v1/orders/{id}/refunds",
        "POST /v1/orders/{id}/payment-review",
        "POST /v1/orders/{id}/notes",
        "POST /v1/shipments/{id}/events",
        "POST /v1/reconciliations/{id}/differences/dif_1/park",
        "POST {run}/differences/{id}/repair",
        "POST /v1/carrier-callbacks/{id}",
        "POST /v1/payment-callbacks/{id}",
    ],
)
@pytest.mark.parametrize("name", [LONG, NUL, "%ff%fe"], ids=["10,000 characters", "NUL", "no UTF-8"])
async def test_an_id_that_cannot_be_is_a_404(stage: Stage, path: str, name: str):
    method, _, below = path.rpartition(" ")
    bodies = {
        "address": {"street": "1 Mill Lane", "city": "Leeds", "zip_code": "LS1", "country": "GB"},
        "terms": CALLS["PUT /v1/merchants/shop-7/terms"],
        "accept": {"accepted": True},
        "returns": {"lines": [{"line": 1, "quantity": 1}], "reason": "damaged"},
        "decision": {"approved": True},
        "receipt": {"lines": [{"line": 1, "quantity": 1}]},
        "exchange": {"order_id": "ord_2"},
        "payment-review": {"payment_key": "pay_1", "decision": "dismiss"},
        "notes": {"text": "ring"},
        "events": CALLS["POST /v1/shipments/{shipment}/events"],
        "park": {"note": "theirs"},
    }
    sent: dict[str, Any] = {}
    if method:
        body = {"on_shelf": 1} if "/stock/" in path else bodies.get(path.rpartition("/")[2], {})
        sent = {"json": body, "headers": {"Idempotency-Key": "key", "If-Match": '"1"'}}

    url = below.format(id=name, order=stage.order.id, run=stage.run)
    answer = await stage.world.http.request(method or "GET", url, **sent)

    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert LONG not in answer.text
    assert await stage.is_untouched()
