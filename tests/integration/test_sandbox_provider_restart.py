"""The provider as a process: killed, stopped, wrongly configured. Nothing it answered is ever lost."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from ops.sandbox.database import Database
from ops.sandbox.faults import ANY, Fault, script, scripted
from ops.sandbox.service import RefusedError
from ops.sandbox_provider.app import create_app
from ops.sandbox_provider.database import SCHEMA
from ops.sandbox_provider.settings import ProviderSettings
from ops.sandbox_provider.words import FaultKind
from tests.support.provider_client import Till
from tests.support.sandbox_provider import CallbackReceiver, ProviderProcess, running_provider


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[ProviderProcess]:
    with running_provider(tmp_path / "data") as running:
        yield running


@pytest.fixture
def till(provider: ProviderProcess) -> Iterator[Till]:
    receiver = CallbackReceiver()
    till = Till(provider, receiver)
    yield till
    till.close()
    receiver.close()


def test_a_killed_provider_remembers_payments_and_sends_what_was_outstanding(
    provider: ProviderProcess, till: Till
):
    payment = till.opened()
    till.fault("delay", payment, delay_ms=1_000)
    till.act(payment, "pay").raise_for_status()
    provider.kill()
    assert till.receiver.received == []
    provider.start()
    assert till.types(payment) == ["authorised", "captured"]
    assert till.told(payment, 2) == ["authorised", "captured"]
    assert [entry["type"] for entry in till.ledger(payment)] == ["payment.captured"]


def test_a_killed_provider_remembers_its_faults(provider: ProviderProcess, till: Till):
    payment = till.opened()
    till.fault("decline", payment)
    provider.kill()
    provider.start()
    assert till.act(payment, "pay").json()["status"] == "failed"


def test_a_stopped_provider_ends_cleanly(provider: ProviderProcess, till: Till):
    till.opened()
    # uvicorn ends by the signal that it was sent, once everything is closed.
    assert provider.stop() in {0, -15}
    assert not list(provider.folder.glob("*-wal")), "the storage was closed"


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({}, "ORDERKEEP_PROVIDER_DATA"),
        ({"ORDERKEEP_PROVIDER_DATA": "d", "ORDERKEEP_PROVIDER_PORT": "http"}, "ORDERKEEP_PROVIDER_PORT"),
    ],
)
def test_a_wrong_setting_is_named(environment: dict[str, str], named: str):
    ended = subprocess.run(
        [sys.executable, "-m", "ops.sandbox_provider"],
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 2
    assert named in ended.stderr


async def test_work_that_fails_half_way_leaves_nothing_behind(tmp_path: Path):
    database = Database(tmp_path, SCHEMA)
    fault = Fault(ANY, "", FaultKind.DROP)

    def fails_half_way(connection: sqlite3.Connection) -> None:
        script(connection, fault)
        raise RefusedError(422, "refused", "after something was written")

    with pytest.raises(RefusedError):
        await database.run(fails_half_way)
    assert await database.run(scripted) == []
    await database.run(partial(script, fault=fault))
    assert await database.run(scripted) == [fault]
    database.close()


def test_the_api_describes_itself(tmp_path: Path):
    paths = create_app(ProviderSettings(data=tmp_path)).openapi()["paths"]
    assert {"/v1/payments", "/v1/refunds", "/v1/ledger", "/v1/faults", "/pay/{payment_id}"} <= set(paths)
