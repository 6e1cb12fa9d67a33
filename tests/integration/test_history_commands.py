"""`orderkeep history`, `audit` and `drop-snapshots` on a real database: what is printed, what is refused."""

from __future__ import annotations

import asyncio
from itertools import count

import pytest
from typer.testing import CliRunner, Result

from activities.histories import Histories
from adapters.postgres.aggregate_snapshots import PostgresAggregateSnapshots
from adapters.postgres.events import PostgresEventStore
from adapters.postgres.pool import open_pool
from domain.events import EventMetadata
from domain.history.aggregates import ORDER
from ops.cli import app
from ops.errors import OperatorError
from tests.support.builders import HOME, an_order, cny

_numbers = count(1)


@pytest.fixture
def order_id(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A paid and cancelled order, whose goods have a name that looks like markup."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("COLUMNS", "300")
    name = f"ord_told_{next(_numbers)}"
    asyncio.run(_happen(database_url, name))
    return name


async def _happen(url: str, name: str) -> None:
    story = an_order(name).with_line("mug[red]", 2, cny(1_250)).paid().cancelled()
    pool = await open_pool(url, application="test")
    events = PostgresEventStore(pool)
    for version, record in enumerate(story.records):
        metadata = EventMetadata(f"req-{version}", f"step-{version}", "buyer-1", f"order:{name}")
        await events.append(name, version, f"step-{version}", [record], metadata)
    histories = Histories(ORDER, events, PostgresAggregateSnapshots(pool))
    told = await histories.at_version(name, 3)
    assert told is not None
    await histories.keep(told)
    await pool.close()


def told(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def test_an_order_is_printed_as_it_is_with_all_that_happened(order_id: str) -> None:
    printed = told("history", order_id).output

    assert "cancelled" in printed
    assert "2 × mug[red] at 12.50 CNY" in printed
    assert "25.00 CNY + 0.00 CNY + 0.00 CNY = 25.00 CNY" in printed
    for word in ("OrderDrafted", "PaymentConfirmed", "OrderCancelled", "buyer-1", "step-3", "req-3"):
        assert word in printed
    assert HOME.street not in printed


def test_an_order_is_printed_as_it_was_at_a_version(order_id: str) -> None:
    printed = told("history", order_id, "--version", "2").output

    assert "at version 2" in printed
    assert "created" in printed
    assert "OrderCreated" in printed
    assert "PaymentRequested" not in printed


def test_an_order_is_printed_as_it_was_known_at_a_time(order_id: str) -> None:
    assert "cancelled" in told("history", order_id, "--at", "2199-01-01T00:00:00+08:00").output


def test_what_had_not_come_yet_is_refused(order_id: str) -> None:
    late = told("history", order_id, "--version", "99")
    early = told("history", order_id, "--at", "2000-01-01T00:00:00Z")
    nobody = told("history", "ord_ghost")
    price = told("history", "price:prp_1")

    for refused, words in (
        (late, "not 99 yet"),
        (early, "nothing of"),
        (nobody, "no order"),
        (price, "no order"),
    ):
        assert isinstance(refused.exception, OperatorError), refused.output
        assert words in str(refused.exception)


@pytest.mark.parametrize(
    "wrong",
    [
        ("--version", "0"),
        ("--version", "x"),
        ("--at", "yesterday"),
        ("--at", "2026-01-01T00:00:00"),
        ("--at", "0001-01-01T00:00:00+14:00"),
        ("--version", "1", "--at", "2026-01-01T00:00:00Z"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_meant_is_refused(order_id: str, wrong: tuple[str, ...]) -> None:
    assert told("history", order_id, *wrong).exit_code == 2


def test_the_audit_of_an_order_is_printed(order_id: str) -> None:
    printed = told("audit", "order", order_id).output

    assert "amount 2500 CNY" in printed
    assert f"order:{order_id}" in printed
    assert len([line for line in printed.splitlines() if "buyer-1" in line]) == 6


def test_the_audit_of_a_refund_is_printed(order_id: str) -> None:
    printed = told("audit", "refund", f"ref_pay_{order_id}_1").output

    assert "RefundRequested" in printed
    assert "PaymentConfirmed" not in printed


def test_what_nobody_ever_heard_of_has_no_audit(order_id: str) -> None:
    assert isinstance(told("audit", "price", "ghost").exception, OperatorError)
    assert told("audit", "buyer", order_id).exit_code == 2


def test_snapshots_are_dropped_and_nothing_else(order_id: str) -> None:
    before = told("history", order_id).output

    assert "1 snapshots are dropped" in told("drop-snapshots", "--order", order_id).output

    assert "0 snapshots are dropped" in told("drop-snapshots", "--order", order_id).output
    assert told("history", order_id).output == before


def test_without_a_database_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("ORDERKEEP_DATA", str(tmp_path))
    monkeypatch.setattr("ops.history.asking.running_database_url", lambda _folder: None)

    assert "DATABASE_URL" in str(told("history", "ord_1").exception)
