"""The facade: all servers in one data folder, each configured or embedded, started and stopped together."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ops.errors import NotConfiguredError
from ops.folder import DataFolder
from ops.ports import Ports
from ops.processes.records import end_leftovers
from ops.servers.postgres import EmbeddedPostgres
from ops.servers.say import Say, silent
from ops.servers.server import ConfiguredServer, EmbeddedServer, Server
from ops.servers.temporal import EmbeddedTemporal
from ops.servers.temporal_fetch import find_temporal
from ops.servers.valkey import EmbeddedValkey

DATABASE = "orderkeep"
NAMESPACE = "default"
_VARIABLES = ("DATABASE_URL", "REDIS_URL", "TEMPORAL_ADDRESS")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the servers are; the page of Temporal is only known when the server is ours."""

    database_url: str
    redis_url: str
    temporal_address: str
    temporal_ui_url: str | None

    def environment(self) -> dict[str, str]:
        """The same as the environment variables that our processes read."""
        return {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "TEMPORAL_ADDRESS": self.temporal_address,
        }


@dataclass(frozen=True, slots=True)
class Servers:
    """The three servers of one data folder, in the order in which they start."""

    folder: DataFolder
    ports: Ports
    postgres: EmbeddedPostgres | ConfiguredServer
    valkey: EmbeddedValkey | ConfiguredServer
    temporal: EmbeddedTemporal | ConfiguredServer

    @property
    def addresses(self) -> Addresses:
        """Where to reach them."""
        temporal = self.temporal
        return Addresses(
            database_url=self.postgres.address,
            redis_url=self.valkey.address,
            temporal_address=temporal.address,
            temporal_ui_url=temporal.ui_url if isinstance(temporal, EmbeddedTemporal) else None,
        )

    def __iter__(self) -> Iterator[Server]:
        """The servers in the order in which they start."""
        return iter((self.postgres, self.valkey, self.temporal))


@contextmanager
def embedded_servers(
    folder: Path, *, environment: Mapping[str, str] | None = None, say: Say = silent
) -> Iterator[Servers]:
    """Hold ``folder``, clear leftovers, start what is not configured, and stop it all at the end.

    ``environment`` (the process's own by default) gives configured addresses and ports; ``say`` gets one
    line for each server. Nothing global is changed.

    Raises:
        FolderInUseError: another runner holds the folder.
        NotConfiguredError: this is production, and an address is missing.
        MissingProgramError: Temporal is not to be had.
        StartupError: a server did not become ready.
    """
    known = dict(os.environ if environment is None else environment)
    _refuse_in_production(known)
    with DataFolder(folder.expanduser().absolute()) as data, ExitStack() as running:
        for name in end_leftovers(data.run):
            say(f"{name}: ended a leftover of a runner that was killed")
        servers = _choose(data, known, say)
        for server in servers:
            say(f"{server.name}: {server.origin} at {server.address}")
            server.start()
            if isinstance(server, EmbeddedServer):
                running.callback(server.stop)
        for server in servers:  # registered last, so done first: ask all, then await each
            if isinstance(server, EmbeddedServer):
                running.callback(server.request_stop)
        yield servers


def _refuse_in_production(known: Mapping[str, str]) -> None:
    missing = [name for name in _VARIABLES if not known.get(name)]
    if missing and known.get("ORDERKEEP_ENVIRONMENT") == "production":
        msg = f"production needs addresses: set {', '.join(missing)}. Embedded servers are for local use."
        raise NotConfiguredError(msg)


def _choose(data: DataFolder, known: Mapping[str, str], say: Say) -> Servers:
    ports = Ports(data.run / "ports.json", known)
    return Servers(
        folder=data,
        ports=ports,
        postgres=_configured("PostgreSQL", "DATABASE_URL", known)
        or EmbeddedPostgres(data, ports.choose("postgres"), DATABASE, say),
        valkey=_configured("Valkey", "REDIS_URL", known) or EmbeddedValkey(data, ports.choose("valkey")),
        temporal=_configured("Temporal", "TEMPORAL_ADDRESS", known) or _temporal(data, ports, known, say),
    )


def _temporal(data: DataFolder, ports: Ports, known: Mapping[str, str], say: Say) -> EmbeddedTemporal:
    found = find_temporal(known, say)
    return EmbeddedTemporal(
        data, ports, found.path, found.origin, known.get("TEMPORAL_NAMESPACE") or NAMESPACE
    )


def _configured(name: str, variable: str, known: Mapping[str, str]) -> ConfiguredServer | None:
    address = known.get(variable)
    return ConfiguredServer(name, address, variable) if address else None
