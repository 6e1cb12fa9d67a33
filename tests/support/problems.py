"""What a refusal must look like, and what must not have happened."""

from __future__ import annotations

import json
from typing import Any

import httpx

from tests.support.api_world import ApiWorld

JSON_HEADERS = {"Content-Type": "application/json", "Idempotency-Key": "key"}
# None of these is a whole number of units, points or minor units.
NO_NUMBERS = ["-1", "1.5", "1.0", "true", '"1"', "1e309", "-1e309", "NaN", "Infinity", "[]", "1e2"]

NOT_CLEAN = (
    b"",
    b"{",
    b'{"a": 1, "a": 2}',
    b'{"a": "\xff"}',
    b'{"a": "\\ud800"}',
    b"[" * 100_000,
    b'{"a": NaN',
    '{"ü": 1}'.encode("utf-16"),
)


def is_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document, after checking its form."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    document: dict[str, Any] = answer.json()
    assert document["code"] == code
    assert document["status"] == status
    assert document["type"] == f"urn:orderkeep:problem:{code}"
    assert document["request_id"] == answer.headers["x-request-id"]
    assert document["title"]
    assert document["detail"]
    return document


def nothing_happened(world: ApiWorld) -> bool:
    """No order accepted, none started, no event, no callback."""
    return not (
        world.intake._accepted or world.workflows.started or world.events._events or world.inbox._callbacks
    )


async def send(world: ApiWorld, path: str, content: str | bytes, **headers: str) -> httpx.Response:
    """POST raw bytes."""
    raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return await world.http.post(path, content=raw, headers={**JSON_HEADERS, **headers})


def with_raw(body: dict[str, Any], field: str, raw: str) -> str:
    """The body as JSON text with a field that is written as it is."""
    marked = json.dumps({**body, field: "@@"})
    return marked.replace('"@@"', raw)
