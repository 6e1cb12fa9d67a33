"""Pid files: who we started, so that the next start can end what a killed runner left behind.

A record is only acted upon when the process still has the same birth mark.
"""

import contextlib
import json
import os
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from ops.processes.identity import birth_mark

PATIENCE = timedelta(seconds=5)
POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class ProcessRecord:
    """One started process: its id, its birth mark and the signal that asks it to stop."""

    pid: int
    born: str
    stop_signal: int

    @property
    def alive(self) -> bool:
        """Whether that very process still runs."""
        return birth_mark(self.pid) == self.born


def record_of(pid: int, stop_signal: signal.Signals) -> ProcessRecord | None:
    """The record of a process that runs now; None when it is gone already."""
    born = birth_mark(pid)
    return None if born is None else ProcessRecord(pid, born, int(stop_signal))


def write_record(file: Path, record: ProcessRecord) -> None:
    """Write the pid file atomically."""
    draft = file.with_suffix(".new")
    facts = {"pid": record.pid, "born": record.born, "stop_signal": record.stop_signal}
    draft.write_text(json.dumps(facts), encoding="utf-8")
    draft.replace(file)


def read_record(file: Path) -> ProcessRecord | None:
    """The record in ``file``; None when it is absent or was cut short by a crash."""
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))
        return ProcessRecord(int(facts["pid"]), str(facts["born"]), int(facts["stop_signal"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def end_leftovers(folder: Path) -> list[str]:
    """End every process recorded in ``folder`` that still runs, and remove the pid files.

    Returns the names that had to be ended. Call it only while holding the folder's lock: then whatever
    still runs belongs to a runner that is gone.
    """
    found = {
        file.stem: record for file in folder.glob("*.pid") if (record := read_record(file)) and record.alive
    }
    end_processes(found.values())
    for file in folder.glob("*.pid"):
        file.unlink(missing_ok=True)
    return sorted(found)


def end_processes(records: Iterable[ProcessRecord]) -> None:
    """Ask every process to stop, in the order given, and kill those that outlast the patience."""
    waiting = [record for record in records if record.alive]
    for record in waiting:
        send(record.pid, signal.Signals(record.stop_signal))
    gone = await_condition(lambda: not any(record.alive for record in waiting), PATIENCE)
    for record in () if gone else waiting:
        if record.alive:
            send_to_group(record.pid, signal.SIGKILL)
    await_condition(lambda: not any(record.alive for record in waiting), PATIENCE)


def await_condition(condition: Callable[[], bool], patience: timedelta) -> bool:
    """Poll ``condition`` until it is true; False when ``patience`` passed first."""
    deadline = time.monotonic() + patience.total_seconds()
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def send(pid: int, what: signal.Signals) -> None:
    """Send a signal to one process; one that is gone already is no error."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, what)


def send_to_group(pid: int, what: signal.Signals) -> None:
    """Send a signal to the process and everything it started in its own group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, what)
