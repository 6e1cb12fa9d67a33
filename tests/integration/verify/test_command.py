"""``orderkeep verify`` as an operator sees it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import asyncpg
import pytest
from typer.testing import CliRunner, Result

from ops.cli import app
from ops.errors import OperatorError
from ops.servers import Servers
from ops.verify.anchors import AnchorUnreadError
from ops.verify.tally import MOST_SHOWN
from tests.support.servers import postgres_of

MANY = f"""
INSERT INTO order_streams (order_id, version, link)
SELECT 'ord_' || n, 1, sha256('x') FROM generate_series(1, {MOST_SHOWN + 3}) AS n
"""


@pytest.fixture(autouse=True)
def database(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DATABASE_URL", fresh_database)
    return fresh_database


def change(database: str, statement: str) -> None:
    """What somebody does to the database itself."""

    async def run() -> None:
        connection = await asyncpg.connect(database)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())


def orderkeep(*words: str) -> Result:
    return CliRunner().invoke(app, ["verify", *words])


def test_a_database_in_order_is_shown_as_a_table_and_anchored(tmp_path: Path) -> None:
    anchor = tmp_path / "anchor"

    right = orderkeep("--write-anchor", str(anchor))
    held = orderkeep("--against", str(anchor))

    assert (right.exit_code, held.exit_code) == (0, 0), right.output
    assert "hash chain" in right.output
    assert "settlements" in right.output
    assert "keep it elsewhere" in right.output
    assert "anchor" in held.output


def test_findings_are_listed_the_first_twenty_in_words_and_the_exit_code_says_so(
    database: str, tmp_path: Path
) -> None:
    change(database, MANY)
    anchor = tmp_path / "anchor"

    wrong = orderkeep("--write-anchor", str(anchor))

    assert wrong.exit_code == 1
    assert wrong.output.count("ends at version 0, its head says 1") == MOST_SHOWN
    assert "stream heads: and 3 more" in wrong.output
    assert "not written: there are findings" in wrong.output
    assert not anchor.exists()


def test_an_anchor_that_somebody_has_added_to_is_refused(tmp_path: Path) -> None:
    anchor = tmp_path / "anchor"
    orderkeep("--write-anchor", str(anchor))
    gone = json.dumps({"stream": "ord_gone", "version": 1, "link": "00"})
    anchor.write_text(anchor.read_text(encoding="utf-8").replace('{"streams"', gone + '\n{"streams"'))

    assert isinstance(orderkeep("--against", str(anchor)).exception, AnchorUnreadError)


def test_an_anchor_that_cannot_be_written_is_not_laid_to_the_database(tmp_path: Path) -> None:
    refused = orderkeep("--write-anchor", str(tmp_path / "nowhere" / "anchor"))

    assert isinstance(refused.exception, OperatorError)
    assert "anchor cannot be written" in str(refused.exception)
    assert "database" not in str(refused.exception)


def test_an_anchor_is_of_all_streams(tmp_path: Path) -> None:
    refused = orderkeep("--stream", "ord_1", "--write-anchor", str(tmp_path / "anchor"))

    assert refused.exit_code == 2


def test_a_database_without_events_says_so(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    postgres = postgres_of(servers)
    monkeypatch.setenv("DATABASE_URL", postgres.create_database("orderkeep_test_unmigrated"))
    try:
        refused = orderkeep()
    finally:
        postgres.drop_database("orderkeep_test_unmigrated")

    assert isinstance(refused.exception, OperatorError)
    assert "no events yet" in str(refused.exception)


def test_a_database_that_does_not_answer_is_not_told_by_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody:hunter2@127.0.0.1:1/orders")

    refused = orderkeep()

    assert isinstance(refused.exception, OperatorError)
    assert "hunter2" not in str(refused.exception) + refused.output


def test_without_any_database_there_is_nothing_to_verify(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("ORDERKEEP_DATA", str(tmp_path))

    assert "no database" in str(orderkeep().exception)
