"""What the commands of settlement and reconciliation ask of the API, and what they print."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from ops.cli import app
from ops.errors import OperatorError

SUMS = {"goods": 10_000, "commission": -500, "delivery": 0, "charges": 0, "reductions": 0, "amount": 9_500}
STATEMENT = {
    "id": "stm_1",
    "number": 3,
    "party": "merchant:tea",
    "currency": "CNY",
    "cycle": "T+1",
    "period": "2026-11-20",
    "entry_count": 1,
    "sums": SUMS,
    "entries": [{"order_number": "5PQPV-QTMKXK", "kind": "sale", **SUMS}],
}
LINE = {"kind": "captured", "amount": {"amount": 1_000, "currency": "CNY"}}


def a_difference(status: str = "open") -> dict[str, Any]:
    path = "/v1/reconciliations/rec_1/differences/dif_1"
    links = {act: f"{path}/{act}" for act in ("repair", "park")} if status == "open" else {}
    return {
        "fault": "missing_here",
        "payment_key": "pay_1",
        "order_id": None,
        "ours": None,
        "theirs": LINE,
        "status": status,
        "note": "",
        "links": links,
    }


def a_run(*differences: dict[str, Any]) -> dict[str, Any]:
    return {
        "provider": "sandbox",
        "lines_here": 4,
        "lines_there": 5,
        "differences": list(differences),
        "links": {"self": "/v1/reconciliations/rec_1"},
    }


class Api:
    """Answers by method and path; remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Callable[[], httpx.Response]] = {}
        self.asked: list[httpx.Request] = []

    def has(self, call: str, content: Any, status: int = 200) -> None:
        self.answers[call] = lambda: (
            httpx.Response(status, text=content)
            if isinstance(content, str)
            else httpx.Response(status, json=content)
        )

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self.answers[f"{request.method} {request.url.path}"]()


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Api:
    made = Api()
    real = httpx.Client
    monkeypatch.setattr(httpx, "Client", lambda **_: real(transport=httpx.MockTransport(made.handle)))
    monkeypatch.setenv("ORDERKEEP_URL", "http://shop.test/")
    monkeypatch.setenv("COLUMNS", "200")
    return made


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_statements_are_listed_with_their_amounts(api: Api):
    api.has("GET /v1/statements", {"items": [STATEMENT]})

    told = run("settlement", "statements", "--party", "merchant:tea", "--api-key", "secret")

    assert told.exit_code == 0
    assert "stm_1" in told.output
    assert "95.00" in told.output
    assert dict(api.asked[0].url.params) == {"limit": "20", "party": "merchant:tea"}
    assert api.asked[0].headers["authorization"] == "Bearer secret"


def test_a_statement_is_shown_as_a_table_as_json_and_as_csv(api: Api):
    api.has("GET /v1/statements/stm_1", STATEMENT)
    api.has("GET /v1/statements/stm_1.csv", "order_id,amount\r\nord_1,9500\r\n")

    table, plain, cells = (
        run("settlement", "show", "stm_1", *more) for more in ((), ("--form", "json"), ("--form", "csv"))
    )

    assert "merchant:tea, statement 3 for 2026-11-20" in table.output
    assert "5PQPV-QTMKXK" in table.output
    assert "−5.00" in table.output
    assert json.loads(plain.output) == STATEMENT
    assert cells.output.splitlines() == ["order_id,amount", "ord_1,9500"]


def test_what_is_not_stated_yet_is_shown_too(api: Api):
    api.has("GET /v1/statements/open", STATEMENT)

    told = run("settlement", "open", "merchant:tea", "--currency", "CNY")

    assert "merchant:tea, not stated yet" in told.output
    assert dict(api.asked[0].url.params) == {"party": "merchant:tea", "currency": "CNY"}


def test_a_reconciliation_without_open_differences_ends_well(api: Api):
    api.has("POST /v1/reconciliations", a_run(a_difference("parked")))

    told = run("reconcile", "--since", "2026-11-20T00:00:00", "--until", "2026-11-21T00:00:00")

    assert told.exit_code == 0
    assert "4 lines here, 5 there" in told.output
    body = json.loads(api.asked[0].content)
    assert body == {
        "since": "2026-11-20T00:00:00+00:00",
        "until": "2026-11-21T00:00:00+00:00",
        "provider": "sandbox",
    }


def test_an_open_difference_is_named_and_fails_the_command(api: Api):
    api.has("POST /v1/reconciliations", a_run(a_difference()))

    told = run("reconcile")

    assert told.exit_code == 1
    assert "missing_here" in told.output
    assert "captured 10.00" in told.output


def test_what_cannot_be_repaired_is_parked_with_the_note(api: Api):
    api.has("POST /v1/reconciliations", a_run(a_difference()))
    api.has("GET /v1/reconciliations/rec_1", a_run(a_difference()))
    refusal = {"code": "nothing_to_repair", "detail": "Park it.", "reason": "no_order_of_this_payment"}
    api.has("POST /v1/reconciliations/rec_1/differences/dif_1/repair", refusal, 409)
    api.has("POST /v1/reconciliations/rec_1/differences/dif_1/park", a_difference("parked"))

    told = run("reconcile", "--repair", "--park", "theirs")

    assert "pay_1: nothing_to_repair: Park it. no_order_of_this_payment" in told.output
    posted = [request for request in api.asked if request.method == "POST"]
    assert [request.url.path.rpartition("/")[2] for request in posted] == [
        "reconciliations",
        "repair",
        "park",
    ]
    assert len({request.headers["idempotency-key"] for request in posted}) == 3
    assert json.loads(posted[-1].content) == {"note": "theirs"}


@pytest.mark.parametrize("content", ["<html>", []])
def test_an_answer_that_is_no_answer_is_told_in_a_line(api: Api, content: Any):
    api.has("GET /v1/statements", content, 502)

    told = run("settlement", "statements")

    assert isinstance(told.exception, OperatorError)
    assert "502" in str(told.exception)


def test_an_api_that_is_away_is_told_in_a_line(api: Api):
    def away() -> httpx.Response:
        raise httpx.ConnectError("nobody")

    api.answers["GET /v1/statements"] = away

    told = run("settlement", "statements")

    assert "does not answer (ConnectError)" in str(told.exception)


def test_without_any_api_the_command_says_how_to_name_one(monkeypatch: pytest.MonkeyPatch, tmp_path):
    monkeypatch.delenv("ORDERKEEP_URL", raising=False)
    monkeypatch.setenv("ORDERKEEP_DATA", str(tmp_path))

    told = run("settlement", "statements")

    assert "orderkeep up" in str(told.exception)
