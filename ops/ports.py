"""Ports of one copy of the project: configured ones, else those it had before, else free ones.

Free ports are taken below the range from which the system gives outgoing connections theirs: a server that
is down for a moment must find its port still free when it comes back.
"""

import json
import random
import socket
from collections.abc import Mapping
from pathlib import Path

from ops.errors import PortError

HOST = "127.0.0.1"
LOWEST, HIGHEST = 15_000, 32_000
_ATTEMPTS = 200
_LAST = 65_535


def is_free(port: int) -> bool:
    """Whether nobody listens on ``port`` of the loopback address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


class Ports:
    """Gives each named server or process a port and writes it down for the next start."""

    def __init__(self, file: Path, environment: Mapping[str, str]) -> None:
        """Read what earlier starts chose; ``ORDERKEEP_<NAME>_PORT`` overrules it."""
        self._file = file
        self._environment = environment
        self._chosen = _read(file)

    def choose(self, name: str) -> int:
        """The port for ``name`` (words joined by underscores).

        Raises:
            PortError: the configured port is taken or no port at all, or no free one was found.
        """
        variable = f"ORDERKEEP_{name.upper()}_PORT"
        if configured := self._environment.get(variable):
            return _configured(variable, configured)
        port = self._chosen.get(name)
        if port is None or not is_free(port):
            port = self._free()
            self._chosen[name] = port
            self._file.write_text(json.dumps(self._chosen, indent=1), encoding="utf-8")
        return port

    def _free(self) -> int:
        taken = set(self._chosen.values())
        for _ in range(_ATTEMPTS):
            # Random, so that two copies which start at the same moment do not race for the same port.
            port = random.randrange(LOWEST, HIGHEST)  # noqa: S311 - no secret
            if port not in taken and is_free(port):
                return port
        msg = f"no free port between {LOWEST} and {HIGHEST} in {_ATTEMPTS} attempts"
        raise PortError(msg)


def _configured(variable: str, text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= _LAST:
        msg = f"{variable}={text} is no port number"
        raise PortError(msg)
    port = int(text)
    if not is_free(port):
        msg = f"{variable}={port} is taken by another program. Free it or name another port."
        raise PortError(msg)
    return port


def _read(file: Path) -> dict[str, int]:
    try:
        return {str(name): int(port) for name, port in json.loads(file.read_text(encoding="utf-8")).items()}
    except (OSError, ValueError, AttributeError):
        return {}
