"""``orderkeep buyers`` against a real database."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest
from typer.testing import CliRunner, Result

from adapters.postgres.buyer_keys import PostgresBuyerKeys
from adapters.postgres.events import PostgresEventStore
from adapters.postgres.feed import PostgresEventFeed
from adapters.postgres.pool import open_pool
from adapters.postgres.projections.orders import ORDERS_PROJECTION
from adapters.postgres.projections.runner import ProjectionRunner
from adapters.sealing.master_keys import MasterKeys
from adapters.settings import LOCAL_PERSONAL_DATA_KEY
from domain.buyer.encoding import decode
from domain.events import EventMetadata
from ops.cli import app
from ops.doctor import Finding, State, examine
from ops.errors import OperatorError
from tests.support.builders import HOME, an_order
from tests.support.personal import sealing

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

NEW_MASTER = "bmV3LW1hc3Rlci1rZXktMDAwMDAwMDAwMDAwMDAwMDA="
PAID = an_order("ord_1").with_line("mug").paid()
BUYER = PAID.order.buyer_id
_Result = TypeVar("_Result")


@pytest.fixture(autouse=True)
def database(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DATABASE_URL", fresh_database)
    return fresh_database


def within(database: str, work: Callable[[Pool], Awaitable[_Result]]) -> _Result:
    """What a test does to the database itself; the command line has an event loop of its own."""

    async def run() -> _Result:
        pool = await open_pool(database, application="test")
        try:
            return await work(pool)
        finally:
            await pool.close()

    return asyncio.run(run())


async def a_paid_order(pool: Pool) -> str:
    """The seal of its buyer's address."""
    await PostgresEventStore(pool).append("ord_1", 0, "story", PAID.records, EventMetadata())
    runner = ProjectionRunner(pool, PostgresEventFeed(pool), "test", projection=ORDERS_PROJECTION)
    while await runner.step():
        pass
    return (await sealing(PostgresBuyerKeys(pool)).seal_address(BUYER, HOME)).sealed


def orderkeep(*words: str, answer: str = "") -> Result:
    return CliRunner().invoke(app, ["buyers", *words], input=answer)


def test_a_buyer_whose_goods_wait_is_not_erased_unless_somebody_insists(database: str) -> None:
    within(database, a_paid_order)

    refused = orderkeep("erase", BUYER, "--yes")
    done = orderkeep("erase", BUYER, "--yes", "--even-with-open-orders")
    again = orderkeep("erase", BUYER, "--yes")

    assert refused.exit_code == 1
    assert "goods are still to be sent for ord_1" in str(refused.exception)
    assert (done.exit_code, again.exit_code) == (0, 0), done.output
    assert "is erased. Orders concerned: 1." in done.output
    assert "ord_1: parcels that are not booked yet will be refused and paid back." in done.output
    assert "was erased before" in again.output
    (event,) = within(database, lambda pool: PostgresEventStore(pool).read(f"buyer:{BUYER}"))
    assert decode(event).by.startswith("cli:")
    assert event.body is not None


def test_nothing_happens_without_a_yes(database: str) -> None:
    answer = orderkeep("erase", "buyer-9", answer="n\n")

    assert answer.exit_code == 1
    assert within(database, lambda pool: pool.fetchval("SELECT count(*) FROM buyer_keys")) == 0


@pytest.mark.parametrize("buyer_id", ["", " ", "buyer 7", "b" * 101, "käufer", "a\nb"])
def test_nobody_is_erased_by_a_slip_of_the_hand(database: str, buyer_id: str) -> None:
    assert orderkeep("erase", "--yes", "--", buyer_id).exit_code == 2
    assert within(database, lambda pool: pool.fetchval("SELECT count(*) FROM buyer_keys")) == 0


def test_an_account_without_a_name_is_told_by_its_number(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 10001")

    monkeypatch.setattr("getpass.getuser", nobody)

    done = orderkeep("erase", BUYER, "--yes")

    assert done.exit_code == 0, done.output
    (event,) = within(database, lambda pool: PostgresEventStore(pool).read(f"buyer:{BUYER}"))
    assert decode(event).by == f"cli:{os.getuid()}"


def test_a_database_that_is_away_is_not_told_by_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody:hunter2@127.0.0.1:1/orders")

    refused = orderkeep("erase", BUYER, "--yes")

    assert isinstance(refused.exception, OperatorError)
    assert "run it again" in str(refused.exception)
    assert "hunter2" not in str(refused.exception) + refused.output


def test_the_doctor_names_master_keys_that_are_missing(database: str, tmp_path: Path) -> None:
    within(database, a_paid_order)

    def found(**settings: str) -> Finding:
        said = {f"ORDERKEEP_PERSONAL_DATA_{name}": value for name, value in settings.items()}
        findings = examine(tmp_path, {"PATH": "", "DATABASE_URL": database, **said})
        return next(each for each in findings if each.name == "Personal data")

    assert found().state is State.FINE
    assert found(KEY=NEW_MASTER, PREVIOUS_KEYS=f" {LOCAL_PERSONAL_DATA_KEY}").state is State.FINE
    assert found(KEY="short").state is State.WRONG
    lost = found(KEY=NEW_MASTER)
    assert lost.state is State.WRONG
    assert lost.found.endswith(f"1 keys are behind master key {MasterKeys(LOCAL_PERSONAL_DATA_KEY).current}")


def test_keys_move_behind_a_new_master_key(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    within(database, a_paid_order)
    monkeypatch.setenv("ORDERKEEP_PERSONAL_DATA_KEY", NEW_MASTER)
    monkeypatch.setenv("ORDERKEEP_PERSONAL_DATA_PREVIOUS_KEYS", LOCAL_PERSONAL_DATA_KEY)

    first, second = orderkeep("rewrap"), orderkeep("rewrap")

    assert "Put behind the current master key: 1." in first.output
    assert "key: 0." in second.output
