"""The carrier as a process: killed, stopped, wrongly configured. Nothing it answered is ever lost."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.sandbox_carrier.app import create_app
from ops.sandbox_carrier.settings import CarrierSettings
from tests.support.sandbox_carrier import Depot, running_carrier
from tests.support.sandbox_provider import CallbackReceiver, SandboxProcess


@pytest.fixture
def carrier(tmp_path: Path) -> Iterator[SandboxProcess]:
    with running_carrier(tmp_path / "data") as running:
        yield running


@pytest.fixture
def depot(carrier: SandboxProcess) -> Iterator[Depot]:
    receiver = CallbackReceiver()
    depot = Depot(carrier, receiver)
    yield depot
    depot.close()
    receiver.close()


def test_a_killed_carrier_remembers_parcels_and_sends_what_was_outstanding(
    carrier: SandboxProcess, depot: Depot
):
    parcel = depot.booked()
    depot.fault("delay", parcel, delay_ms=1_000)
    depot.act(parcel, "deliver").raise_for_status()
    carrier.kill()
    assert depot.receiver.received == []
    carrier.start()
    assert depot.types(parcel) == ["handed_over", "delivered"]
    assert depot.told(parcel, 2) == ["handed_over", "delivered"]


def test_a_killed_carrier_goes_on_working_by_itself(carrier: SandboxProcess, depot: Depot):
    depot.http.put("/v1/auto", json={"hand_over_after_ms": 500, "deliver_after_ms": 0}).raise_for_status()
    parcel = depot.booked()
    carrier.kill()
    carrier.start()
    assert depot.told(parcel, 2) == ["handed_over", "delivered"]


def test_a_stopped_carrier_ends_cleanly(carrier: SandboxProcess, depot: Depot):
    depot.booked()
    # uvicorn ends by the signal that it was sent, once everything is closed.
    assert carrier.stop() in {0, -15}
    assert not list(carrier.folder.glob("*-wal")), "the storage was closed"


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({}, "ORDERKEEP_CARRIER_DATA"),
        ({"ORDERKEEP_CARRIER_DATA": "d", "ORDERKEEP_CARRIER_PORT": "http"}, "ORDERKEEP_CARRIER_PORT"),
    ],
)
def test_a_wrong_setting_is_named(environment: dict[str, str], named: str):
    ended = subprocess.run(
        [sys.executable, "-m", "ops.sandbox_carrier"],
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 2
    assert named in ended.stderr


def test_the_api_describes_itself(tmp_path: Path):
    paths = create_app(CarrierSettings(data=tmp_path)).openapi()["paths"]
    assert {"/v1/parcels", "/v1/parcels/{shipment_id}/recall", "/v1/auto", "/v1/faults"} <= set(paths)
