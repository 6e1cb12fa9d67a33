"""Every documented call, tried with what its description allows and forbids: the document is true.

A bounded number of examples, drawn from one seed: the same ones every time.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.result import Err
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from adapters.settings import Settings
from api.app import create_app
from tests.integration.api.openapi_stage import Stage, stage_on
from tests.support.servers import database_from

SEED = 20_260_105
EXAMPLES = {"examples": 2, "positive": 4, "negative": 4}
CONFORMS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
FIRST_REFUSAL, FIRST_FAULT = 400, 500
# What every call may be refused with, whatever it is about; the rest must stand in its description.
USUAL = {
    "not_found",
    "malformed_json",
    "unsupported_media_type",
    "body_too_large",
    "invalid_request",
    "idempotency_key_missing",
}
# Calls that need what no example can know: a signature, or the id of something in the body or in a feed.
NEVER_TAKEN = {
    "GET /v1/reconciliations/{reconciliation_id}",
    "GET /v1/settlements/{order_id}",
    "GET /v1/statements/{statement_id}",
    "GET /v1/statements/{statement_id}.csv",
    "POST /v1/carrier-callbacks/{carrier}",
    "POST /v1/holds",
    "POST /v1/orders",
    "POST /v1/orders/{order_id}/payment-review",
    "POST /v1/orders/{order_id}/payments",
    "POST /v1/orders/{order_id}/price-confirmation",
    "POST /v1/orders/{order_id}/returns/{return_id}/exchange",
    "POST /v1/payment-callbacks/{provider}",
    "POST /v1/price-proposals/{proposal_id}/activate",
    "POST /v1/price-proposals/{proposal_id}/approve",
    "POST /v1/price-proposals/{proposal_id}/reject",
    "POST /v1/prices/payment",
    "POST /v1/reconciliations/{reconciliation_id}/differences/{difference_id}/park",
    "POST /v1/reconciliations/{reconciliation_id}/differences/{difference_id}/repair",
}
SLUGS = re.compile(r"^[a-z_]+( · [a-z_]+)*$")
SCHEMA = schemathesis.openapi.from_dict(create_app(Settings(_env_file=None)).openapi())
OPERATIONS = {
    found.ok().label: found.ok() for found in SCHEMA.get_all_operations() if not isinstance(found, Err)
}
BOUNDED = settings(
    deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


@dataclass
class Tried:
    """One API for all examples, in a loop of its own: hypothesis is not asynchronous."""

    runner: asyncio.Runner
    stage: Stage
    keys: Iterator[int]
    answers: dict[str, set[int]] = field(default_factory=dict)

    def look(self) -> dict[str, str]:
        """What the database holds now."""
        return self.runner.run(self.stage.fingerprint())

    def send(self, case: Any, known: Mapping[str, str]) -> httpx.Response:
        """A generated case; about something `known`, when there is such, at its version."""
        case.path_parameters = {**(case.path_parameters or {}), **known}
        named = case.as_transport_kwargs(base_url="http://api.test")
        headers = named["headers"]
        if "Idempotency-Key" in headers:
            headers["Idempotency-Key"] = f"key-{next(self.keys)}"
        if known and "If-Match" in headers:
            headers["If-Match"] = f'"{self.runner.run(self.stage.version(known))}"'
        return self.runner.run(self.stage.send(requests.Request(**named).prepare()))


@pytest.fixture(scope="module")
def tried(servers: Any, database_template: str) -> Iterator[Tried]:
    with database_from(servers, database_template) as url, asyncio.Runner() as runner:
        opened = stage_on(url)
        stage = runner.run(opened.__aenter__())
        yield Tried(runner, stage, count(1))
        runner.run(opened.__aexit__(None, None, None))


@pytest.mark.parametrize("label", OPERATIONS)
def test_a_documented_call_answers_as_documented_and_a_refusal_changes_nothing(tried: Tried, label: str):
    operation = OPERATIONS[label]
    reads = operation.method == "get"
    there = tried.runner.run(tried.stage.known(operation.path))
    documented = slugs_of(operation.definition.raw) | USUAL
    before = tried.look()

    def one(case: Any, known: Mapping[str, str]) -> None:
        nonlocal before
        answer = tried.send(case, known)

        assert answer.status_code < FIRST_FAULT, (answer.request.url, answer.request.content, answer.text)
        case.validate_response(answer, checks=CONFORMS)
        tried.answers.setdefault(label, set()).add(answer.status_code)
        refused = answer.status_code >= FIRST_REFUSAL
        assert not refused or answer.json()["code"] in documented, answer.text
        if not reads:
            after = tried.look()
            assert not refused or after == before, [name for name in after if after[name] != before[name]]
            before = after

    with suppress(Unsatisfiable):  # a call without parameters has nothing that could be wrong
        for kind, cases in kinds_of(operation).items():
            # The document's own examples meet everything that is there, all else some of it.
            for known in there if kind == "examples" and there else [None]:
                chosen = st.sampled_from([*there, {}]) if known is None else st.just(known)
                bounded = settings(BOUNDED, max_examples=EXAMPLES[kind])
                seed(SEED)(bounded(given(case=cases, known=chosen)(one)))()
    assert not reads or tried.look() == before


def test_the_examples_reach_beyond_refusals(tried: Tried):
    """Runs last: a suite that is only ever refused would show nothing."""
    if len(tried.answers) < len(OPERATIONS):
        pytest.skip("only some calls were tried")
    refused = {label for label, seen in tried.answers.items() if min(seen) >= FIRST_REFUSAL}

    assert refused <= NEVER_TAKEN, refused - NEVER_TAKEN


def kinds_of(operation: Any) -> dict[str, st.SearchStrategy[Any]]:
    """Cases by kind: as the document's own examples have it, as it allows, and as it forbids."""
    kinds = {
        "positive": operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
        "negative": operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
    }
    examples = operation.get_strategies_from_examples()
    return {"examples": st.one_of(examples), **kinds} if examples else kinds


def slugs_of(operation: dict[str, Any]) -> set[str]:
    """The refusals that a call's description names."""
    said = (answer["description"] for answer in operation["responses"].values())
    return {slug for text in said if SLUGS.match(text) for slug in text.split(" · ")}
