"""Bodies that cannot be read: too large, too slow, not one clean JSON document, not JSON at all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from api.edge import BODY_LIMIT, CALLBACK_LIMIT, Limits
from tests.support.api_world import ApiWorld, api_world
from tests.support.problems import JSON_HEADERS, is_problem, nothing_happened, send


async def test_a_body_over_256_kib_is_a_413_whether_announced_or_streamed(world: ApiWorld):
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(BODY_LIMIT // 1024 + 1):
            yield b" " * 1024

    announced = await send(world, "/v1/orders", b" " * (BODY_LIMIT + 1))
    streamed = await world.http.post("/v1/orders", content=endless(), headers=JSON_HEADERS)

    is_problem(announced, 413, "body_too_large")
    is_problem(streamed, 413, "body_too_large")


async def test_a_callback_over_64_kib_is_a_413(world: ApiWorld):
    is_problem(
        await send(world, "/v1/payment-callbacks/sandbox", b" " * (CALLBACK_LIMIT + 1)), 413, "body_too_large"
    )
    assert nothing_happened(world)


async def test_a_body_just_within_the_limit_is_read(world: ApiWorld):
    body = json.dumps(await world.order_body()).encode()

    answer = await send(world, "/v1/orders", body + b" " * (BODY_LIMIT - len(body)))

    assert answer.status_code == 201


async def test_a_body_that_does_not_come_is_a_408():
    world = ApiWorld()
    world.limits = Limits(body_seconds=0.05)

    async def stuck() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(10)

    async with api_world(world):
        answer = await world.http.post("/v1/orders", content=stuck(), headers=JSON_HEADERS)

    is_problem(answer, 408, "body_too_slow")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "not json",
        "{} {}",
        "[" * 100_000,
        '{"a":' * 1_000 + "1" + "}" * 1_000,
        '{"buyer_id": "a", "buyer_id": "b"}',
        '{"lines": [{"sku": "a", "sku": "b"}]}',
        b'\xff\xfe{"a": 1}',
        b'{"buyer_id": "\xff"}',
        b'{"buyer_id": "\xed\xa0\x80"}',
        '{"buyer_id": "\\ud800"}',
        '{"buyer_id": "a\x00b"}',
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
        '{"amount": ' + "9" * 5_000 + "}",
    ],
    ids=[
        "empty",
        "cut off",
        "no JSON",
        "two documents",
        "deep lists",
        "deep objects",
        "duplicate keys",
        "duplicate keys inside",
        "bytes of no encoding",
        "bad UTF-8",
        "surrogate in UTF-8",
        "lone surrogate",
        "raw NUL",
        "byte order mark",
        "UTF-16",
        "endless number",
    ],
)
async def test_what_is_not_one_clean_json_document_is_a_400(world: ApiWorld, content):
    is_problem(await send(world, "/v1/orders", content), 400, "malformed_json")
    assert nothing_happened(world)


@pytest.mark.parametrize("media", ["text/plain", "application/xml", "multipart/form-data; boundary=x", ""])
async def test_another_content_type_is_a_415(world: ApiWorld, media):
    is_problem(
        await send(world, "/v1/orders", "{}", **{"Content-Type": media}), 415, "unsupported_media_type"
    )


async def test_a_charset_beside_the_content_type_is_fine(world: ApiWorld):
    body = json.dumps(await world.order_body())

    answer = await send(world, "/v1/orders", body, **{"Content-Type": "Application/JSON; charset=utf-8"})

    assert answer.status_code == 201
