"""Commands by message are the requests of HTTP: same rules, same answers, same idempotency, none is lost."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from adapters.settings import Settings
from api.app import create_app
from api.messaging.commands import CommandsMustWaitError
from api.messaging.operations import OPERATIONS
from domain.ports.brokers import LARGEST_MESSAGE, BrokerUnavailableError
from tests.support.api_world import ADDRESS, ApiWorld
from tests.unit.messaging.commanding import Commander, a_command, commander


@pytest.fixture
async def sender() -> AsyncIterator[Commander]:
    async with commander() as made:
        yield made


def routes() -> dict[tuple[str, str], str]:
    """Every call of the API and its name in the documentation."""
    document = create_app(Settings(_env_file=None), ApiWorld().ports()).openapi()
    return {
        (method.upper(), path): said["operationId"]
        for path, calls in document["paths"].items()
        for method, said in calls.items()
    }


def test_every_operation_is_a_call_of_the_api_under_its_own_name():
    known = routes()

    for name, operation in OPERATIONS.items():
        assert known[operation.method, operation.path].startswith(name), name


async def test_an_order_is_placed_by_message_and_the_answer_is_that_of_http(sender: Commander) -> None:
    body = await sender.world.order_body()

    reply = await sender.asks("place_order", body, idempotency_key="p-1", correlation_id="c-1")

    assert (reply["status"], reply["correlation_id"]) == (201, "c-1")
    over_http = await sender.world.post("/v1/orders", body, "p-1")
    assert over_http.status_code == 201
    assert over_http.headers["idempotent-replayed"] == "true"
    said, told = over_http.json(), reply["body"]
    assert {**said, "order": None} == {**told, "order": None}
    assert {**said["order"], "address": None} == {**told["order"], "address": None}
    assert reply["headers"]["location"] == f"/v1/orders/{reply['body']['order']['id']}"


async def test_the_same_command_again_is_the_same_order_and_says_so(sender: Commander) -> None:
    body = await sender.world.order_body()
    command = a_command("place_order", body, idempotency_key="p-1")

    first, again = [(await sender.sends(command))[0] for _ in range(2)]

    assert again["body"] == first["body"]
    assert again["headers"]["idempotent-replayed"] == "true"
    assert len(sender.world.workflows.started) == 1
    assert {each.id for each in sender.broker.arrived} == {"reply:cmd-1"}


async def test_personal_data_is_left_out_of_answers_because_brokers_keep_them(sender: Commander) -> None:
    order_id = await sender.world.placed()

    reply = await sender.asks("read_order", order_id=order_id)
    over_http = (await sender.world.get(f"/v1/orders/{order_id}")).json()

    assert over_http["address"]["street"] == ADDRESS["street"]
    assert (reply["body"]["address"]["street"], reply["body"]["address"]["country"]) == (None, "GB")
    assert ADDRESS["street"].encode() not in sender.broker.arrived[-1].body
    assert {**reply["body"], "address": None} == {**over_http, "address": None}


def test_the_page_on_messages_names_every_operation():
    page = Path(__file__).resolve().parents[3].joinpath("docs/messaging.md").read_text(encoding="utf-8")

    for name in OPERATIONS:
        assert f"`{name}`" in page, name


async def test_a_key_that_was_used_for_something_else_is_refused(sender: Commander) -> None:
    body = await sender.world.order_body()
    elsewhere = {**body["address"], "city": "York"}
    await sender.asks("place_order", body, idempotency_key="p-1")

    reply = await sender.asks("place_order", {**body, "address": elsewhere}, idempotency_key="p-1")

    assert (reply["status"], reply["body"]["code"]) == (422, "idempotency_key_reused")


async def test_commands_of_one_order_are_carried_out_in_their_order(sender: Commander) -> None:
    order_id = await sender.world.placed()
    its: dict[str, Any] = {"order_id": order_id, "key": order_id}
    commands = [
        a_command("read_order", id="a", **its),
        a_command("cancel_order", {"reason": "buyer"}, id="b", idempotency_key="c", **its),
        a_command("read_order", id="d", **its),
    ]

    replies = await sender.sends(*commands)

    assert [reply["correlation_id"] for reply in replies] == ["a", "b", "d"]
    assert [reply["body"]["status"] for reply in replies] == ["created", "cancelled", "cancelled"]
    assert {message.key for message in sender.broker.arrived} == {order_id}


async def test_a_price_by_message_is_the_price_of_http(sender: Commander) -> None:
    asked = {
        "display_prices": {"currency": "CNY", "skus": ["mug"], "buyer_id": "b-1"},
        "order_price": {"currency": "CNY", "lines": [{"sku": "mug", "quantity": 2}], "buyer_id": "b-1"},
    }
    for operation, body in asked.items():
        over_http = await sender.world.http.post(OPERATIONS[operation].path, json=body)
        reply = await sender.asks(operation, body)
        assert reply["status"] == over_http.status_code < 300
        for volatile in ("id", "snapshot_id", "links"):  # each is a snapshot of its own
            reply["body"].pop(volatile, None)
        assert {name: over_http.json()[name] for name in reply["body"]} == reply["body"]


async def test_keys_and_scopes_are_those_of_http() -> None:
    keys = (SecretStr("caller:good-key"), SecretStr("finance:books-key"))
    async with commander(api_keys=keys) as sender:
        nobody = await sender.asks("read_order", order_id="ord_1")
        wrong = await sender.asks("cancel_order", order_id="ord_1", api_key="books-key")
        right = await sender.asks("read_order", order_id="ord_1", api_key="good-key")

    assert [each["body"]["code"] for each in (nobody, wrong, right)] == [
        "unauthorised",
        "wrong_scope",
        "order_not_found",
    ]


BAD = {
    "broken JSON": (a_command("", raw=b'{"operation": '), 400, "malformed_json"),
    "not JSON's encoding": (a_command("", raw='{"operation": "é"}'.encode("latin-1")), 400, "malformed_json"),
    "no number": (a_command("", raw=b'{"operation": NaN}'), 400, "malformed_json"),
    "too large a number": (a_command("", raw=b'{"operation": 1e999}'), 400, "malformed_json"),
    "one name twice": (a_command("", raw=b'{"operation": "a", "operation": "b"}'), 400, "malformed_json"),
    "too deep": (a_command("", raw=b"[" * 100_000), 400, "malformed_json"),
    "no object": (a_command("", raw=b"[1]"), 422, "invalid_request"),
    "a field too many": (a_command("", raw=b'{"operation": "a", "path": "/"}'), 422, "invalid_request"),
    "unknown operation": (a_command("steal_order", order_id="ord_1"), 400, "unknown_operation"),
    "no order": (a_command("cancel_order", {}), 422, "invalid_request"),
    "an order too many": (a_command("place_order", {}, order_id="ord_1"), 422, "invalid_request"),
    "a path for an order": (a_command("read_order", order_id="../quotes"), 422, "invalid_request"),
    "no key": (a_command("place_order", {}, key=""), 400, "message_key_missing"),
    "no idempotency key": (
        a_command("cancel_order", {"reason": "buyer"}, order_id="ord_1"),
        400,
        "idempotency_key_missing",
    ),
    "oversize": (a_command("", raw=b" " * (256 * 1024 + 1)), 413, "body_too_large"),
    "another type": (a_command("place_order", {}, content_type="text/xml"), 415, "unsupported_media_type"),
    "an answer to elsewhere": (
        a_command("read_order", order_id="ord_1", reply_topic="order-events"),
        400,
        "reply_topic_not_allowed",
    ),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_command_is_answered_with_what_is_wrong(sender: Commander, name: str) -> None:
    message, status, code = BAD[name]

    (reply,) = await sender.sends(message)

    assert (reply["status"], reply["body"]["code"]) == (status, code)
    assert reply["body"]["request_id"] or code == "idempotency_key_missing"
    assert sender.broker.poisoned == []
    assert sender.broker.arrived[-1].topic == "order-replies"


async def test_a_command_that_nobody_can_be_told_of_is_parked_without_credential(sender: Commander) -> None:
    odd = a_command("read_order", order_id="ord_1", id="", correlation_id="", api_key="secret")

    assert await sender.sends(odd, a_command("read_order", order_id="ord_1", key="other")) != []

    ((parked, reason),) = sender.broker.poisoned
    assert "api-key" not in parked.headers
    assert "nobody could be answered" in reason
    (kept,) = await sender.books.parked()
    assert kept.message.body == b""
    assert "api-key" not in kept.message.headers
    assert [alert.code for alert in await sender.world.notices.alerts(5)] == ["command_set_aside"]


async def test_a_reply_topic_of_ones_own_is_used(sender: Commander) -> None:
    sender.broker.topics.add("order-replies.shop-7")

    await sender.asks("read_order", order_id="ord_1", reply_topic="order-replies.shop-7")

    assert sender.broker.arrived[-1].topic == "order-replies.shop-7"


async def test_an_answer_that_can_go_nowhere_is_parked(
    sender: Commander,
) -> None:
    order_id = await sender.world.placed()
    asked: dict[str, Any] = {"idempotency_key": "c", "reply_topic": "order-replies.gone"}
    command = a_command("cancel_order", {"reason": "buyer"}, order_id=order_id, **asked)

    assert await sender.sends(command) == []

    assert "the answer was refused" in sender.broker.poisoned[0][1]
    assert (await sender.world.get(f"/v1/orders/{order_id}")).json()["status"] == "cancelled"


async def test_while_something_is_away_commands_wait_and_are_not_answered(sender: Commander) -> None:
    order_id = await sender.world.placed()
    sender.world.workflows.away = True
    command = a_command("cancel_order", {"reason": "buyer"}, order_id=order_id, idempotency_key="c")

    with pytest.raises(CommandsMustWaitError):
        await sender.sends(command)
    assert sender.pauses == [0.2, 0.4, 0.8]
    assert sender.broker.arrived == []

    sender.world.workflows.away = False
    assert (await sender.sends(command))[0]["status"] == 200


async def test_an_answer_that_did_not_arrive_is_given_again(sender: Commander) -> None:
    body = await sender.world.order_body()
    command = a_command("place_order", body, idempotency_key="p-1")
    sender.broker.takes = [0]

    with pytest.raises(BrokerUnavailableError):
        await sender.sends(command)
    (reply,) = await sender.sends(command)

    assert reply["status"] == 201
    assert len(sender.world.workflows.started) == 1


async def test_one_command_that_breaks_the_api_is_answered_and_shown_to_people(sender: Commander) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("a defect")

    sender.world.intake.find = broken  # type: ignore[method-assign,assignment]
    sender.world.events.read = broken  # type: ignore[method-assign,assignment]
    sender.world.events.head = broken  # type: ignore[method-assign,assignment]

    reply = await sender.asks("read_order", order_id="ord_1")

    assert (reply["status"], reply["body"]["code"]) == (500, "internal_error")
    assert [reason for _, reason in sender.broker.poisoned] == ["the API broke; see its log"]


async def test_a_command_may_be_as_large_as_a_request_over_http(sender: Commander) -> None:
    body = b'{"operation": "read_order", "order_id": "ord_1"}'

    (reply,) = await sender.sends(a_command("", raw=body.ljust(256 * 1024)))

    assert (reply["status"], reply["body"]["code"]) == (404, "order_not_found")


async def test_an_answer_that_is_too_large_for_a_message_is_left_out_and_says_so() -> None:
    from api.messaging.replies import Reply, reply_message

    large = Reply(200, {"a": "x" * LARGEST_MESSAGE})
    said = json.loads(reply_message(a_command("read_order"), "c-1", "order-replies", large).body)

    assert (said["status"], said["body"], said["omitted"]) == (200, None, "larger than a message can be")
