"""A runner that is killed leaves nothing behind that blocks the next start."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from ops.processes.child import Child, Launch
from ops.processes.identity import birth_mark
from ops.processes.records import await_condition, end_leftovers, read_record
from ops.servers import embedded_servers
from ops.servers.root import postgres_account
from tests.support.servers import neutral_environment

PATIENCE = timedelta(seconds=15)
RUNNER = """
import sys, time
from pathlib import Path
from ops.servers import embedded_servers
from ops.servers.root import postgres_account
with embedded_servers(Path(sys.argv[1])):
    print("running", flush=True)
    time.sleep(120)
"""
NAMES = ("postgres", "valkey", "temporal")


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty data folder."""
    with tempfile.TemporaryDirectory(prefix="orderkeep-test-") as name:
        yield Path(name)
        end_leftovers(Path(name) / "run")  # of a test that failed half-way


@pytest.fixture
def runner(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that runs servers in the folder."""
    command = (sys.executable, "-c", RUNNER, str(folder))
    with subprocess.Popen(command, env=neutral_environment(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "running\n"
        yield process
        process.kill()


def server_pids(folder: Path) -> list[int]:
    """The process ids of the servers in a folder."""
    records = [read_record(folder / "run" / f"{name}.pid") for name in NAMES]
    return [record.pid for record in records if record is not None]


def guardian_of(pid: int) -> int:
    """The guardian among a process's children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    return next(
        int(child) for child in children if b"guardian" in Path(f"/proc/{child}/cmdline").read_bytes()
    )


def all_gone(pids: list[int]) -> bool:
    """Whether none of the processes is there any more."""
    return all(birth_mark(pid) is None for pid in pids)


def test_servers_end_when_their_runner_is_killed(folder: Path, runner: subprocess.Popen[str]) -> None:
    pids = server_pids(folder)
    assert len(pids) == len(NAMES)

    runner.kill()

    assert await_condition(lambda: all_gone(pids), PATIENCE)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the guardian through /proc")
def test_a_start_clears_what_a_killed_runner_and_its_killed_guardian_left(
    folder: Path, runner: subprocess.Popen[str]
) -> None:
    pids = server_pids(folder)
    os.kill(guardian_of(runner.pid), signal.SIGKILL)
    runner.kill()
    runner.wait()
    assert not all_gone(pids)
    said: list[str] = []

    with embedded_servers(folder, environment=neutral_environment(), say=said.append) as servers:
        assert all_gone(pids)
        assert servers.postgres.embedded

    assert [line for line in said if "leftover" in line] == [
        f"{name}: ended a leftover of a runner that was killed" for name in sorted(NAMES)
    ]


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[int]:
    """A process of the account that PostgreSQL runs under, which is not PostgreSQL."""
    sleep = ("/bin/sleep", "60")
    account = postgres_account()
    child = Child(Launch("sleep", sleep, Path("/"), tmp_path / "log", tmp_path / "pid", account=account))
    child.start()
    assert child.pid is not None
    yield child.pid
    child.kill()


def test_a_stale_postgres_lock_with_a_strangers_process_id_does_not_block(
    folder: Path, stranger: int
) -> None:
    with embedded_servers(folder, environment=neutral_environment()) as servers:
        lock = Path(folder, "postgres", "postmaster.pid").read_text(encoding="utf-8").splitlines()
        servers.postgres.kill()
    Path(folder, "postgres", "postmaster.pid").write_text(
        "\n".join([str(stranger), *lock[1:]]), encoding="utf-8"
    )

    with embedded_servers(folder, environment=neutral_environment()) as servers:
        assert servers.postgres.running

    assert birth_mark(stranger) is not None
