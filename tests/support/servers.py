"""Real servers for a test session: embedded, in a folder of their own, never the configured ones."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path

from ops.errors import FolderInUseError
from ops.folder import DataFolder
from ops.processes.records import end_leftovers
from ops.servers import Servers, embedded_servers
from ops.servers.postgres import EmbeddedPostgres

TEMPLATE = "orderkeep_template"
_PREFIX = "orderkeep-test-"
_OLD = timedelta(minutes=10)
_numbers = count(1)


@contextmanager
def session_servers() -> Iterator[Servers]:
    """Servers in a new temporary folder, which is removed at the end."""
    _sweep(Path(tempfile.gettempdir()))
    with (
        tempfile.TemporaryDirectory(prefix=_PREFIX) as folder,
        embedded_servers(Path(folder), environment=neutral_environment()) as servers,
    ):
        yield servers


def migrated_template(servers: Servers) -> str:
    """Make the migrated database from which all others are copied; returns its name."""
    from adapters.postgres.migrations import migrate

    url = postgres_of(servers).create_database(TEMPLATE)
    with ThreadPoolExecutor(1) as thread:  # migrations run an event loop of their own
        thread.submit(migrate, url).result(timeout=60)
    return TEMPLATE


@contextmanager
def database_from(servers: Servers, template: str) -> Iterator[str]:
    """A database of its own, copied from ``template``; yields its URL and drops it afterwards."""
    postgres = postgres_of(servers)
    name = f"orderkeep_test_{next(_numbers)}"
    url = postgres.create_database(name, template)
    try:
        yield url
    finally:
        postgres.drop_database(name)


def postgres_of(servers: Servers) -> EmbeddedPostgres:
    """The session's own PostgreSQL."""
    assert isinstance(servers.postgres, EmbeddedPostgres)
    return servers.postgres


def neutral_environment() -> dict[str, str]:
    """Only what is needed to find programs: a configured address or port must not reach the tests."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "XDG_CACHE_HOME") if name in os.environ}


def _sweep(folder: Path) -> None:
    """Remove folders of sessions that were killed; those in use hold their lock."""
    for stale in folder.glob(f"{_PREFIX}*"):
        try:
            if time.time() - stale.stat().st_mtime < _OLD.total_seconds():
                continue  # may be about to take its lock
            with DataFolder(stale) as data:
                end_leftovers(data.run)
                shutil.rmtree(stale)
        except (FolderInUseError, OSError):
            continue
