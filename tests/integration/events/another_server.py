"""A PostgreSQL of its own, for tests that stop it, crash it, or move data into it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.folder import DataFolder
from ops.servers.postgres import EmbeddedPostgres, programs
from ops.servers.say import silent

_SECONDS = 60


@contextmanager
def another_server() -> Iterator[EmbeddedPostgres]:
    """Running, with an empty database `orderkeep`; gone with the block."""
    with tempfile.TemporaryDirectory(prefix="orderkeep-test-") as path, DataFolder(Path(path)) as folder:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        server = EmbeddedPostgres(folder, port, "orderkeep", silent)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def dump_and_restore(source: str, target: str) -> None:
    """Everything of one database into another, empty one, as an administrator would do it."""
    dumped = _run("pg_dump", "--no-owner", source)
    _run("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", target, text=dumped)


def crash(server: EmbeddedPostgres) -> None:
    """End the server at once, without a chance to write anything down, and start it again."""
    pid_file = server._data / "postmaster.pid"
    os.kill(int(pid_file.read_text(encoding="utf-8").split()[0]), signal.SIGQUIT)
    server.stop()
    server.start()


def _run(program: str, *arguments: str, text: str | None = None) -> str:
    done = subprocess.run(
        (str(programs() / program), *arguments),
        input=text,
        capture_output=True,
        text=True,
        check=True,
        timeout=_SECONDS,
    )
    return done.stdout
