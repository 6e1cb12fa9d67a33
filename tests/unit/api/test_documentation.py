"""The OpenAPI document: valid, complete, and true."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped] # it has no stubs of its own
import pytest

from adapters.settings import Settings
from api.app import create_app
from tests.support.api_world import ApiWorld


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return create_app(Settings(_env_file=None)).openapi()


def operations(document: dict[str, Any]):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_the_version_of_the_format_is_3_1(document):
    assert document["openapi"].startswith("3.1")


def test_every_reference_leads_somewhere(document):
    def references(part: Any):
        if isinstance(part, dict):
            if isinstance(part.get("$ref"), str):
                yield part["$ref"]
            for value in part.values():
                yield from references(value)
        if isinstance(part, list):
            for value in part:
                yield from references(value)

    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(references(document)) <= known


def test_every_call_says_what_it_does_answers_and_refuses(document):
    for name, operation in operations(document):
        assert operation.get("description"), name
        if name.startswith(("GET /health",)):
            continue
        assert "default" in operation["responses"], name
        assert any(status.startswith("2") for status in operation["responses"]), name


def test_every_body_is_described_with_an_example_that_fits(document):
    for name, operation in operations(document):
        if not name.startswith(("POST", "PUT")) or "callbacks" in name:
            continue
        content = operation["requestBody"]["content"]["application/json"]
        schema = {**content["schema"], "components": document["components"]}
        jsonschema.validate(content["example"], schema)


def test_the_guide_speaks_of_every_call(document):
    guide = (Path(__file__).parents[3] / "docs/api.md").read_text(encoding="utf-8")

    for name, _ in operations(document):
        last = re.sub(r"{\w+}", "", name.partition(" ")[2]).rstrip("/").rpartition("/")[2]
        assert (last if last.startswith(".") else f"/{last}") in guide, name


def test_calls_that_need_a_key_say_so(document):
    needing = {
        name
        for name, operation in operations(document)
        for parameter in operation.get("parameters", ())
        if parameter["name"] == "Idempotency-Key"
    }
    review = {"submit", "approve", "reject", "activate", "withdraw"}
    proposals = {f"POST /v1/price-proposals/{{proposal_id}}/{step}" for step in review}
    after_sale = {
        f"POST /v1/orders/{{order_id}}/{step}"
        for step in (
            "accept",
            "returns",
            "returns/{return_id}/decision",
            "returns/{return_id}/receipt",
            "returns/{return_id}/exchange",
            "refunds",
            "payment-review",
            "notes",
        )
    }
    difference = "POST /v1/reconciliations/{reconciliation_id}/differences/{difference_id}"
    settlement = {"POST /v1/reconciliations", f"{difference}/repair", f"{difference}/park"}
    assert needing == proposals | after_sale | settlement | {
        "POST /v1/price-proposals",
        "POST /v1/holds",
        "POST /v1/orders",
        "POST /v1/orders/{order_id}/cancel",
        "POST /v1/orders/{order_id}/payments",
        "POST /v1/orders/{order_id}/price-confirmation",
        "POST /v1/orders/{order_id}/price-decline",
    }


async def test_the_document_and_its_pages_are_served(world: ApiWorld):
    assert (await world.get("/openapi.json")).json()["info"]["title"] == "Orderkeep"
    assert (await world.get("/docs")).status_code == 200
