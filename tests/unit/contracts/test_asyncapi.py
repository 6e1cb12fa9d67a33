"""The AsyncAPI document: well formed, served, printed, and true of what is really sent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from hypothesis import given, settings
from jsonschema import Draft7Validator  # type: ignore[import-untyped]
from typer.testing import CliRunner

from adapters.protobuf.events import EventContract, contracts, encode
from adapters.protobuf.schemas import proto_text
from api.messaging.document import asyncapi
from api.messaging.operations import OPERATIONS
from domain.cloud_event import message_of
from domain.events import EventMetadata, StoredEvent
from domain.order import encoding
from domain.topics import Topic
from ops.cli import app
from tests.architecture import protobuf_code
from tests.architecture.contract_changes import breaking_changes
from tests.support.any_events import order_events
from tests.support.api_world import api_world
from tests.unit.messaging.commanding import a_command, commander

Json = dict[str, Any]
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
GOLDEN = sorted(Path(__file__).resolve().parents[2].joinpath("golden").rglob("*.json"))

# The parts of AsyncAPI 3.0.0 that we use, strictly: https://www.asyncapi.com/docs/reference/specification/v3.0.0
_REF = {
    "type": "object",
    "properties": {"$ref": {"type": "string"}},
    "required": ["$ref"],
    "maxProperties": 1,
}
_MULTI_FORMAT = {
    "type": "object",
    "properties": {"schemaFormat": {"type": "string"}, "schema": {"type": "string"}},
    "required": ["schemaFormat", "schema"],
    "additionalProperties": False,
}
_NAMED = {"propertyNames": {"pattern": r"^[a-zA-Z0-9._-]+$"}}
SHAPE: Json = {
    "type": "object",
    "properties": {
        "asyncapi": {"const": "3.0.0"},
        "id": {"type": "string", "format": "uri"},
        "info": {
            "type": "object",
            "properties": {name: {"type": "string"} for name in ("title", "version", "description")},
            "required": ["title", "version"],
            "additionalProperties": False,
        },
        "defaultContentType": {"type": "string"},
        "channels": {
            "additionalProperties": {
                "type": "object",
                "properties": {
                    "address": {"type": "string"},
                    "description": {"type": "string"},
                    "messages": {"type": "object", "additionalProperties": _REF, "minProperties": 1},
                },
                "required": ["address", "messages"],
                "additionalProperties": False,
            },
        },
        "operations": {
            "additionalProperties": {
                "type": "object",
                "properties": {
                    "action": {"enum": ["send", "receive"]},
                    "channel": _REF,
                    "summary": {"type": "string"},
                    "reply": {
                        "type": "object",
                        "properties": {
                            "address": {
                                "type": "object",
                                "properties": {"location": {"pattern": r"^\$message\.(header|payload)#/"}},
                                "required": ["location"],
                                "additionalProperties": False,
                            },
                            "channel": _REF,
                        },
                        "additionalProperties": False,
                    },
                },
                "required": ["action", "channel"],
                "additionalProperties": False,
            },
        },
        "components": {
            "type": "object",
            "properties": {
                "messages": {
                    **_NAMED,
                    "additionalProperties": {
                        "type": "object",
                        "properties": {
                            **{name: {"type": "string"} for name in ("name", "title", "contentType")},
                            "headers": {"type": "object"},
                            "payload": {"anyOf": [_REF, _MULTI_FORMAT]},
                            "correlationId": {
                                "type": "object",
                                "properties": {"location": {"pattern": r"^\$message\.(header|payload)#/"}},
                                "required": ["location"],
                                "additionalProperties": False,
                            },
                        },
                        "required": ["contentType", "headers", "payload"],
                        "additionalProperties": False,
                    },
                },
                "schemas": {**_NAMED, "additionalProperties": {"type": "object"}},
            },
            "additionalProperties": False,
        },
    },
    "required": ["asyncapi", "info"],
    "additionalProperties": False,
}


def _refs(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from _refs(value)
    if isinstance(part, list):
        for value in part:
            yield from _refs(value)


def _found(ref: str) -> Any:
    part: Any = asyncapi()
    for name in ref.removeprefix("#/").split("/"):
        part = part[name]
    return part


def _fits(schema: Json, value: Any) -> list[str]:
    """What is wrong with a value by a schema of the document."""
    whole = {"components": asyncapi()["components"], **schema}
    return [error.message for error in Draft7Validator(whole).iter_errors(value)]


def test_the_document_has_the_shape_of_asyncapi_3():
    assert [error.message for error in Draft7Validator(SHAPE).iter_errors(asyncapi())] == []


def test_every_reference_leads_somewhere():
    assert all(_found(ref) for ref in _refs(asyncapi()))


def test_every_schema_is_one():
    for schema in asyncapi()["components"]["schemas"].values():
        Draft7Validator.check_schema(schema)


def test_every_topic_is_described_and_no_other():
    channels = asyncapi()["channels"]

    assert {channel["address"] for channel in channels.values()} == {topic.value for topic in Topic}


def test_every_message_is_told_on_a_channel():
    told = {name for channel in asyncapi()["channels"].values() for name in channel["messages"]}

    assert told == set(asyncapi()["components"]["messages"])


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_every_event_that_was_ever_written_fits_its_schema(path: Path):
    raw = json.loads(path.read_text(encoding="utf-8"))
    name = f"{raw['event_type']}.v{raw['schema_version']}.json"

    assert _fits(asyncapi()["components"]["messages"][name]["payload"], raw["data"]) == []


@given(order_events())
@settings(max_examples=60, deadline=None)
def test_every_order_event_fits_its_schema(event):
    record = encoding.encode(event)
    name = f"{record.event_type}.v{record.schema_version}.json"

    assert _fits(asyncapi()["components"]["messages"][name]["payload"], record.data) == []


def test_what_a_schema_does_not_know_does_not_fit():
    schema = asyncapi()["components"]["messages"]["PaymentVoided.v1.json"]["payload"]

    assert _fits(schema, {"payment_key": "pay_1"})
    assert _fits(schema, {"payment_key": "pay_1", "voided_at": NOON.isoformat(), "why": "?"})
    assert _fits(schema, {"payment_key": None, "voided_at": NOON.isoformat()})


@pytest.mark.parametrize("written", ["protobuf", "json"])
def test_the_headers_that_are_sent_are_the_documented_ones(written: str):
    data = {"payment_key": "pay_1", "voided_at": NOON.isoformat()}
    event = StoredEvent(
        "ord_1", 3, 9, "PaymentVoided", 1, data, NOON, NOON, "key", EventMetadata("req_1", "cause_1")
    )
    body = encode("PaymentVoided", 1, data) if written == "protobuf" else None
    message = message_of(event, body)
    name = "PaymentVoided.v1" if written == "protobuf" else "PaymentVoided.v1.json"
    documented = asyncapi()["components"]["messages"][name]

    assert _fits(documented["headers"], dict(message.headers)) == []
    assert message.headers["content-type"] == documented["contentType"]
    assert set(message.headers) <= set(_found("#/components/schemas/EventHeaders")["properties"])
    assert _fits(documented["headers"], {**message.headers, "ce-type": "orderkeep.order.Other.v1"})


@pytest.fixture(scope="module")
def today() -> FileDescriptorSet:
    return _bare(protobuf_code.descriptors())


@pytest.mark.parametrize("contract", contracts(), ids=lambda each: each.descriptor.name)
def test_the_text_of_a_message_is_the_message(
    tmp_path: Path, today: FileDescriptorSet, contract: EventContract
):
    path = tmp_path / "orderkeep/v1/told.proto"
    path.parent.mkdir(parents=True)
    path.write_text(proto_text(contract.descriptor), encoding="utf-8")

    told = _bare(protobuf_code.descriptors(tmp_path))

    assert contract.descriptor.name in {message.name for message in told.file[0].message_type}
    assert breaking_changes(told, today) == []
    known = asyncapi()["components"]["messages"][f"{contract.event_type}.v{contract.schema_version}"]
    assert known["payload"]["schema"] == path.read_text(encoding="utf-8")


def _bare(files: FileDescriptorSet) -> FileDescriptorSet:
    """Without options, of which a message's text says nothing."""
    for file in files.file:
        for message in file.message_type:
            message.ClearField("options")
            for field in message.field:
                field.ClearField("options")
    return files


async def test_a_command_and_its_reply_fit_their_schemas():
    async with commander() as shop:
        body = {"currency": "CNY", "skus": ["mug"]}
        command = a_command("display_prices", body, idempotency_key="k")
        reply = await shop.asks("display_prices", body)
        refused = await shop.asks("display_prices", {"currency": "CNY"})
        sent = shop.broker.arrived[-1]

    assert _fits(_found("#/components/schemas/Command"), json.loads(command.body)) == []
    assert _fits(_found("#/components/schemas/CommandHeaders"), dict(command.headers)) == []
    assert _fits(_found("#/components/schemas/Reply"), reply) == []
    assert _fits(_found("#/components/schemas/Reply"), refused) == []
    assert _fits(_found("#/components/schemas/ReplyHeaders"), dict(sent.headers)) == []
    assert _fits(_found("#/components/schemas/Command"), {"operation": "make_coffee"})


def test_every_command_is_named():
    named = _found("#/components/schemas/Command")["properties"]["operation"]["enum"]

    assert set(named) == set(OPERATIONS)


async def test_the_document_is_served_to_everybody():
    async with api_world() as world:
        answer = await world.get("/asyncapi.json")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == json.loads(json.dumps(asyncapi()))


def test_the_document_is_printed():
    printed = CliRunner().invoke(app, ["contracts", "asyncapi"])

    assert json.loads(printed.stdout) == json.loads(json.dumps(asyncapi()))


def test_the_events_are_listed_with_their_messages():
    printed = CliRunner().invoke(app, ["contracts", "events"]).stdout

    assert re.search(r"order-events +OrderCreated\.v2 +orderkeep\.v1\.OrderCreatedV2", printed)
    assert len(printed.splitlines()) == len(contracts())
