"""The worker as a process: it says when it works, waits for Temporal, and ends when asked to."""

from __future__ import annotations

import asyncio
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio.client import Client, ScheduleActionExecutionStartWorkflow, ScheduleHandle
from temporalio.service import RPCError, RPCStatusCode

from tests.support.sandbox_provider import running_provider
from workflows.names import schedule_id
from workflows.schedules import PLANS

ROOT = Path(__file__).parents[2]
BOUND = 30.0


@dataclass
class Running:
    process: subprocess.Popen[bytes]
    port: int

    def health(self, path: str = "/health") -> int | None:
        """The status of the health page, None while nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return None
        finally:
            connection.close()

    def becomes(self, wanted: int) -> None:
        deadline = time.monotonic() + BOUND
        while self.health() != wanted:
            assert self.process.poll() is None, "the worker ended"
            assert time.monotonic() < deadline, f"never {wanted}"
            time.sleep(0.05)

    def ends_by(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(BOUND)


@contextmanager
def a_worker(**variables: str) -> Iterator[Running]:
    port = _free_port()
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("ORDERKEEP_", "TEMPORAL_"))
    }
    environment = {**kept, "ORDERKEEP_WORKER_HEALTH_PORT": str(port), **variables}
    process = subprocess.Popen([sys.executable, str(ROOT / "worker.py")], env=environment, cwd=ROOT)
    try:
        yield Running(process, port)
    finally:
        process.kill()
        process.wait(BOUND)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_says_when_it_polls_and_ends_in_order(
    database_url: str, temporal_address: str, number: int
) -> None:
    with a_worker(DATABASE_URL=database_url, TEMPORAL_ADDRESS=temporal_address) as worker:
        worker.becomes(200)
        assert worker.health("/other") == 404
        assert worker.ends_by(number) == 0


async def test_a_worker_sees_to_it_that_the_schedules_exist(
    database_url: str, temporal_address: str, tmp_path: Path
) -> None:
    queue = f"orders-{uuid4().hex}"
    client = await Client.connect(temporal_address)
    with (
        running_provider(tmp_path) as provider,  # for the one that compares books with it
        a_worker(
            DATABASE_URL=database_url,
            TEMPORAL_ADDRESS=temporal_address,
            ORDERKEEP_ORDER_TASK_QUEUE=queue,
            ORDERKEEP_PROVIDER_URL=provider.url,
        ) as worker,
    ):
        await asyncio.to_thread(worker.becomes, 200)
        schedules = [client.get_schedule_handle(schedule_id(plan.name, queue)) for plan in PLANS]
        async with asyncio.timeout(BOUND):
            while not all([await _has_worked(client, schedule) for schedule in schedules]):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    for schedule in schedules:
        await schedule.delete()


async def _has_worked(client: Client, schedule: ScheduleHandle) -> bool:
    """True when a turn has begun and its activity has answered without failing."""
    try:
        found = await schedule.describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False  # a worker that works may still be making it
        raise
    for turn in found.info.recent_actions:
        assert isinstance(turn.action, ScheduleActionExecutionStartWorkflow)
        history = await client.get_workflow_handle(turn.action.workflow_id).fetch_history()
        markers = [
            event.marker_recorded_event_attributes
            for event in history.events
            if event.HasField("marker_recorded_event_attributes")
        ]
        if any(not marker.HasField("failure") for marker in markers):
            return True
    return False


def test_a_worker_waits_for_temporal_and_can_be_ended_meanwhile(database_url: str) -> None:
    nowhere = f"127.0.0.1:{_free_port()}"
    with a_worker(DATABASE_URL=database_url, TEMPORAL_ADDRESS=nowhere) as worker:
        worker.becomes(503)
        assert worker.ends_by(signal.SIGTERM) == 0


def test_a_worker_without_addresses_says_what_is_missing() -> None:
    environment = {"PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, str(ROOT / "worker.py")],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        timeout=BOUND,
        check=False,
    )

    assert done.returncode == 2
    assert b"DATABASE_URL, TEMPORAL_ADDRESS is not set" in done.stderr


def _free_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
        return port
