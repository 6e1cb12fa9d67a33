"""Each slug has one status over gRPC, as it has one over HTTP, and the documented table says which."""

from __future__ import annotations

import json
from pathlib import Path

import grpc
import pytest

from adapters.protobuf.v1.errors_pb2 import Problem
from api.errors import INTERNAL, RULES
from api.grpc.statuses import CODE, PROBLEM, REQUEST_ID, problem_metadata, status_of
from api.json_body import InvalidRequestError
from domain.errors import DomainError, InvalidValueError
from domain.money import Money

CONTEXT_MAP = Path(__file__).resolve().parents[3] / "docs/context-map.md"
Status = grpc.StatusCode


@pytest.mark.parametrize("code", sorted({*RULES, *INTERNAL, "nobody_knows_it"}))
def test_every_slug_has_a_status(code: str):
    assert status_of(code) is not Status.OK


@pytest.mark.parametrize("code", sorted({*INTERNAL, "nobody_knows_it"}))
def test_what_no_caller_can_cause_is_our_fault(code: str):
    assert status_of(code) is Status.INTERNAL


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("invalid_request", Status.INVALID_ARGUMENT),
        ("unauthorised", Status.UNAUTHENTICATED),
        ("wrong_scope", Status.PERMISSION_DENIED),
        ("order_not_found", Status.NOT_FOUND),
        ("out_of_stock", Status.FAILED_PRECONDITION),
        ("request_still_running", Status.ABORTED),
        ("order_not_started", Status.ABORTED),
        ("deadline_exceeded", Status.DEADLINE_EXCEEDED),
        ("too_many_requests", Status.RESOURCE_EXHAUSTED),
        ("dependency_unavailable", Status.UNAVAILABLE),
        ("internal_error", Status.INTERNAL),
    ],
)
def test_a_status_says_who_must_act(code: str, status: grpc.StatusCode):
    assert status_of(code) is status


def test_what_may_be_repeated_as_it_is_says_when():
    hopeful = {Status.ABORTED, Status.UNAVAILABLE, Status.RESOURCE_EXHAUSTED}

    for code, rule in RULES.items():
        assert (rule.retry_after is not None) <= (status_of(code) in hopeful), code


@pytest.mark.parametrize("status", sorted({rule.status for rule in RULES.values()}))
def test_the_context_map_tells_each_status_of_http_with_that_of_grpc(status: int):
    meant = {status_of(code).name for code, rule in RULES.items() if rule.status == status}
    rows = [line for line in CONTEXT_MAP.read_text(encoding="utf-8").splitlines() if f"{status}" in line]

    for name in meant:
        assert any(f"`{name}`" in row for row in rows), f"{status} is {name}"


def _told(code: str, error: Exception) -> Problem:
    metadata = dict(problem_metadata(code, "req_1", error))
    assert metadata[CODE] == code
    assert metadata[REQUEST_ID] == "req_1"
    body = metadata[PROBLEM]
    assert isinstance(body, bytes)
    return Problem.FromString(body)


def test_facts_go_along_as_json():
    problem = _told("out_of_stock", _OutOfStockError(total=Money(5, "CNY"), sku="mug"))

    assert json.loads(problem.facts) == {"total": {"amount": 5, "currency": "CNY"}, "sku": "mug"}


def test_the_field_that_a_rule_is_about_is_named():
    problem = _told("invalid_value", InvalidValueError(field="skus", rule="each sku once"))

    assert [(field.pointer, field.detail) for field in problem.errors] == [("skus", "each sku once")]


def test_a_defect_says_nothing_of_itself():
    problem = _told("internal_error", _OutOfStockError(secret="recipe"))

    assert (problem.facts, list(problem.errors)) == ("{}", [])


def test_a_request_without_named_fields_has_no_errors():
    assert not _told("invalid_request", InvalidRequestError(())).errors


class _OutOfStockError(DomainError):
    code = "out_of_stock"
