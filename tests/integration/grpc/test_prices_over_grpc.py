"""The three prices over HTTP, gRPC and messages: the very same answers and refusals (requirement B40)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import grpc
import pytest

from adapters.protobuf.codec import to_json
from adapters.protobuf.v1 import pricing_pb2
from adapters.protobuf.v1.orders_pb2 import RequestedLine
from tests.support.api_world import ApiWorld
from tests.support.builders import NOON
from tests.support.grpc_caller import GrpcCaller
from tests.support.price_api import promotes, tells_the_worked_example
from tests.unit.messaging.commanding import Commander

Json = dict[str, Any]
# Ids are new for every snapshot, and addresses are of HTTP.
PATHS = {"DisplayPrices": "display", "OrderPrice": "order", "PaymentPrice": "payment"}
OPERATIONS = {"display": "display_prices", "order": "order_price", "payment": "payment_price"}
ITS_OWN = {"id", "snapshot_id", "links", "what_if"}


def said(value: Any) -> Any:
    """What an answer says, without how its transport writes times."""
    if isinstance(value, dict):
        return {name: said(part) for name, part in value.items() if name not in ITS_OWN}
    if isinstance(value, list):
        return [said(part) for part in value]
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) and "T" in value else value
    except ValueError:
        return value


async def by_message(world: ApiWorld, path: str, body: Json) -> Json:
    commander = Commander(world, world.http)
    await commander.desk.prepare()
    return await commander.asks(OPERATIONS[path], body)


async def http(world: ApiWorld, path: str, body: Json) -> Json:
    """The answer over HTTP, which is the one by message too."""
    answer = await world.http.post(f"/v1/prices/{path}", json=body)
    assert answer.status_code in {200, 201}, answer.text
    told: Json = answer.json()
    reply = await by_message(world, path, body)
    assert reply["status"] == answer.status_code
    assert said(reply["body"]) == said(told)
    return told


@pytest.mark.parametrize("region", [None, "CN"])
@pytest.mark.parametrize("buyer_id", [None, "buyer-1"])
async def test_a_page_shows_the_same_on_every_way(
    world: ApiWorld, caller: GrpcCaller, region: str | None, buyer_id: str | None
):
    await promotes(world, ends_at=NOON + timedelta(minutes=4))
    body: Json = {"currency": "CNY", "skus": ["mug", "card"], "region": region, "buyer_id": buyer_id}

    shown = await caller.call(
        "Pricing/DisplayPrices",
        pricing_pb2.DisplayPricesRequest(**body),
        pricing_pb2.DisplayPricesResponse,
    )

    assert said(to_json(shown)) == said(await http(world, "display", body))
    assert shown.items[0].promotion.id == "pro_1"
    assert shown.items[0].expiration_warnings[0].urgency == pricing_pb2.URGENCY_HIGH


async def test_a_quote_with_everything_is_the_same_on_every_way(world: ApiWorld, caller: GrpcCaller):
    await tells_the_worked_example(world)
    body: Json = {
        "currency": "CNY",
        "buyer_id": "buyer-1",
        "lines": [{"sku": "robot", "quantity": 2}],
        "payment_method": "card",
        "voucher_code": "SPRING-100",
        "points": 10_000,
        "services": ["insurance"],
    }

    quote = await caller.call("Pricing/OrderPrice", pricing_pb2.OrderPriceRequest(**body), pricing_pb2.Quote)

    assert said(to_json(quote)) == said(await http(world, "order", body))
    assert (quote.total.amount, quote.total.currency) == (69_360, "CNY")
    kept = await world.get(f"/v1/quotes/{quote.id}")
    assert said(kept.json()) == said(to_json(quote))


async def test_remarks_on_a_quote_are_the_same_on_every_way(world: ApiWorld, caller: GrpcCaller):
    await promotes(world, quotas={"mug": 1})
    body: Json = {
        "currency": "CNY",
        "buyer_id": "buyer-1",
        "lines": [{"sku": "mug", "quantity": 2}],
        "payment_method": "card",
        "voucher_code": "NOBODY-HAS-IT",
        "points": 5,
    }

    quote = await caller.call("Pricing/OrderPrice", pricing_pb2.OrderPriceRequest(**body), pricing_pb2.Quote)

    assert said(to_json(quote)) == said(await http(world, "order", body))
    assert {message.code for message in quote.messages} >= {"voucher_not_applied", "promotion_short"}


@pytest.mark.parametrize("later", [timedelta(), timedelta(hours=2)], ids=["still shown", "expired"])
@pytest.mark.parametrize("ends", [timedelta(hours=1), timedelta(days=1)], ids=["offer over", "offer holds"])
async def test_a_payment_price_is_the_same_on_every_way(
    world: ApiWorld, caller: GrpcCaller, later: timedelta, ends: timedelta
):
    await promotes(world, ends_at=NOON + ends)
    snapshot = (await world.quote())["id"]
    world.clock.passes(later)
    body = {"snapshot_id": snapshot, "buyer_id": "buyer-1"}

    price = await caller.call(
        "Pricing/PaymentPrice", pricing_pb2.PaymentPriceRequest(**body), pricing_pb2.PaymentPriceResponse
    )

    assert said(to_json(price)) == said(await http(world, "payment", body))
    if later:
        changed = ends < later
        assert price.verdict == (pricing_pb2.VERDICT_CHANGED if changed else pricing_pb2.VERDICT_RECALCULATED)
        assert price.snapshot_id != snapshot


@pytest.mark.parametrize(
    ("method", "stated", "body"),
    [
        ("DisplayPrices", pricing_pb2.DisplayPricesRequest(), {"currency": "", "skus": []}),
        (
            "DisplayPrices",
            pricing_pb2.DisplayPricesRequest(currency="CNY", skus=["mug", "mug"]),
            {"currency": "CNY", "skus": ["mug", "mug"]},
        ),
        (
            "DisplayPrices",
            pricing_pb2.DisplayPricesRequest(currency="CNY", skus=["nobody-sells-it"]),
            {"currency": "CNY", "skus": ["nobody-sells-it"]},
        ),
        (
            "OrderPrice",
            pricing_pb2.OrderPriceRequest(currency="CNY", lines=[RequestedLine(sku="mug", quantity=0)]),
            {"currency": "CNY", "lines": [{"sku": "mug", "quantity": 0}]},
        ),
        (
            "OrderPrice",
            pricing_pb2.OrderPriceRequest(
                currency="CNY", region="", points=-1, lines=[RequestedLine(sku="mug", quantity=10_000)]
            ),
            {"currency": "CNY", "region": "", "points": -1, "lines": [{"sku": "mug", "quantity": 10_000}]},
        ),
        (
            "OrderPrice",
            pricing_pb2.OrderPriceRequest(
                currency="CNY", services=["magic"], lines=[RequestedLine(sku="mug", quantity=1)]
            ),
            {"currency": "CNY", "services": ["magic"], "lines": [{"sku": "mug", "quantity": 1}]},
        ),
        (
            "PaymentPrice",
            pricing_pb2.PaymentPriceRequest(snapshot_id="snap_none", buyer_id="buyer-1"),
            {"snapshot_id": "snap_none", "buyer_id": "buyer-1"},
        ),
    ],
)
async def test_what_http_refuses_is_refused_here_with_the_same_word(
    world: ApiWorld, caller: GrpcCaller, method: str, stated: Any, body: Json
):
    path = PATHS[method]
    told = (await world.http.post(f"/v1/prices/{path}", json=body)).json()
    reply = await by_message(world, path, body)

    refused = await caller.refused(f"Pricing/{method}", stated)

    assert refused.code == refused.problem.code == told["code"] == reply["body"]["code"]
    wrong = [(field.pointer, field.detail) for field in refused.problem.errors]
    assert wrong == [(field["pointer"], field["detail"]) for field in told.get("errors", [])]
    assert (refused.problem.title, refused.problem.detail) == (told["title"], told["detail"])
    expected = {404: grpc.StatusCode.NOT_FOUND, 422: grpc.StatusCode.INVALID_ARGUMENT}
    assert refused.status is expected[told["status"]]
