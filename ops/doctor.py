"""What this machine has and lacks, and whether books agree: each finding with its remedy. Changes nothing."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from ops.books import BooksUnreadError, wrong_entries
from ops.errors import OperatorError
from ops.folder import holder_of
from ops.servers.postgres import programs
from ops.servers.root import postgres_account
from ops.servers.temporal_fetch import REMEDIES
from ops.servers.temporal_program import installed_temporal
from ops.servers.valkey import program
from ops.stack import running_database_url

OLDEST_PYTHON = (3, 11)
NEEDED_BYTES = 1_000_000_000  # an embedded cluster, a Temporal build and room for orders
_ANSWER_SECONDS = 3
_PORTS = {"DATABASE_URL": 5432, "REDIS_URL": 6379, "TEMPORAL_ADDRESS": 7233}


class State(StrEnum):
    """How a prerequisite stands."""

    FINE = "fine"
    LATER = "later"  # not there, but the first start fetches it
    MISSING = "missing"
    WRONG = "wrong"  # there, but it contradicts itself


@dataclass(frozen=True, slots=True)
class Finding:
    """One prerequisite: how it stands, what was found, and what to do about it."""

    name: str
    state: State
    found: str
    remedy: str = ""


def examine(folder: Path, environment: Mapping[str, str]) -> list[Finding]:
    """Look at every prerequisite of a start with this data folder and environment."""
    return [
        _python(),
        _server("PostgreSQL", "DATABASE_URL", environment, _postgres),
        _server("Valkey", "REDIS_URL", environment, _valkey),
        _server("Temporal", "TEMPORAL_ADDRESS", environment, lambda: _temporal(environment)),
        *_folder(folder),
        _books(environment.get("DATABASE_URL") or running_database_url(folder)),
    ]


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    state = State.FINE if sys.version_info >= OLDEST_PYTHON else State.MISSING
    return Finding("Python", state, version, "Install Python 3.11 or newer.")


def _server(
    name: str, variable: str, environment: Mapping[str, str], embedded: Callable[[], Finding]
) -> Finding:
    address = environment.get(variable)
    if not address:
        return embedded()
    parts = urlsplit(address if "://" in address else f"//{address}")
    where = (parts.hostname or "localhost", parts.port or _PORTS[variable])
    try:
        socket.create_connection(where, timeout=_ANSWER_SECONDS).close()
    except OSError as error:
        found = f"{variable} names {where[0]}:{where[1]}, which does not answer ({error})"
        return Finding(name, State.MISSING, found, f"Start that server, or unset {variable} to embed one.")
    return Finding(name, State.FINE, f"{where[0]}:{where[1]}, configured by {variable}")


def _postgres() -> Finding:
    def locate() -> Path:
        postgres_account()
        return programs() / "postgres"

    return _program("PostgreSQL", locate, "Run `uv sync --locked`, or set DATABASE_URL.")


def _valkey() -> Finding:
    return _program("Valkey", program, "Run `uv sync --locked`, or set REDIS_URL.")


def _program(name: str, locate: Callable[[], Path], remedy: str) -> Finding:
    try:
        command = (str(locate()), "--version")
        answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=_ANSWER_SECONDS)
    except (OperatorError, OSError, subprocess.SubprocessError) as error:
        return Finding(name, State.MISSING, str(error), remedy)
    return Finding(name, State.FINE, f"embedded, {answer.stdout.strip()}")


def _temporal(environment: Mapping[str, str]) -> Finding:
    if found := installed_temporal(environment):
        return Finding("Temporal", State.FINE, found.origin)
    if go := shutil.which("go", path=environment.get("PATH", os.defpath)):
        found_go = f"not here; the first start downloads it, or builds it with {go}"
        return Finding(
            "Temporal", State.LATER, found_go, "Nothing to do; the first start takes some minutes."
        )
    return Finding(
        "Temporal", State.MISSING, "neither in our cache nor on the PATH, and no Go to build it", REMEDIES
    )


def _folder(folder: Path) -> Iterator[Finding]:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    writable = os.access(existing, os.W_OK | os.X_OK)
    remedy = "Make it writable, or set ORDERKEEP_DATA to another folder."
    yield Finding("Data folder", State.FINE if writable else State.MISSING, str(folder), remedy)
    free = shutil.disk_usage(existing).free
    enough = State.FINE if free >= NEEDED_BYTES else State.MISSING
    remedy = f"Free {NEEDED_BYTES // 10**9} GB, or set ORDERKEEP_DATA to a folder on another disk."
    yield Finding("Disk space", enough, f"{free / 10**9:.1f} GB free", remedy)
    holder = holder_of(folder)
    yield Finding("Running", State.FINE, f"yes, process {holder}" if holder else "no")


def _books(database_url: str | None) -> Finding:
    if database_url is None:
        return Finding("Books", State.FINE, "not compared: no database runs")
    try:
        wrong = wrong_entries(database_url)
    except BooksUnreadError as error:
        return Finding("Books", State.LATER, str(error), "Start it, or migrate it, and ask again.")
    if wrong:
        remedy = 'Stop selling what they name; see "books contradict" in docs/runbook.md.'
        return Finding("Books", State.WRONG, "\n".join(["books contradict", *wrong]), remedy)
    return Finding("Books", State.FINE, "books agree")
