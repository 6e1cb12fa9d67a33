"""The whole product on one machine: servers, schema, seed, our processes, and their addresses.

Used by ``up``, the demo and the end-to-end tests, which stop and start its parts to see what happens.
"""

import asyncio
import json
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Self

from domain.ports.brokers import Broker
from ops.processes.service import Service
from ops.servers import Addresses, Servers, embedded_servers
from ops.servers.say import Say, silent
from ops.servers.server import Server
from ops.services import ServiceName, build_services, grpc_address_of, url_of

PREPARE_PATIENCE = timedelta(minutes=2)
_RUNNING = "stack.json"


class Stack:
    """Everything that runs for one data folder; a context manager for plain and for asyncio callers.

    ``servers`` and ``processes`` give the parts by name. ``start``, ``stop`` and ``kill`` drive a part
    without holding up the event loop. Parts are named postgres, valkey, temporal, provider, carrier,
    worker, projector, publisher, consumer, api.
    """

    servers: Servers
    processes: Mapping[ServiceName, Service]

    def __init__(
        self, folder: Path, *, environment: Mapping[str, str] | None = None, say: Say = silent
    ) -> None:
        """Take the data folder; ``environment`` may configure addresses and ports. Nothing runs yet."""
        self._folder = folder
        self._environment = dict(os.environ if environment is None else environment)
        self._say = say
        self._running = ExitStack()

    @property
    def addresses(self) -> Addresses:
        """Where the servers are."""
        return self.servers.addresses

    @property
    def api_url(self) -> str:
        """Base of the public API."""
        return url_of(self.processes[ServiceName.API])

    def broker(self) -> AbstractAsyncContextManager[Broker]:
        """The broker that our processes speak through, for somebody else who does."""
        from adapters.messaging import open_broker
        from adapters.messaging_settings import MessagingSettings
        from adapters.settings import Settings

        names = [f"ORDERKEEP_{name.upper()}" for name in MessagingSettings.model_fields]
        said = {name: self._environment[name] for name in names if name in self._environment}
        return open_broker(Settings.model_validate({"redis_url": self.addresses.redis_url, **said}))

    @property
    def grpc_address(self) -> str:
        """Where the API is called over gRPC, without TLS."""
        return grpc_address_of(self.processes[ServiceName.API])

    @property
    def provider_url(self) -> str:
        """Base of the sandbox payment provider."""
        return url_of(self.processes[ServiceName.PROVIDER])

    @property
    def carrier_url(self) -> str:
        """Base of the sandbox carrier."""
        return url_of(self.processes[ServiceName.CARRIER])

    @property
    def temporal_ui_url(self) -> str | None:
        """The page of Temporal; None when Temporal is not ours."""
        return self.addresses.temporal_ui_url

    def part(self, name: str) -> Server | Service:
        """A server or process by its name.

        Raises:
            ValueError: there is no such part.
        """
        servers: dict[str, Server] = {
            "postgres": self.servers.postgres,
            "valkey": self.servers.valkey,
            "temporal": self.servers.temporal,
        }
        return servers.get(name) or self.processes[ServiceName(name)]

    def drives(self, name: str) -> bool:
        """Whether that part is ours to stop and start; a configured server is not."""
        part = self.part(name)
        return isinstance(part, Service) or part.embedded

    async def start(self, name: str) -> None:
        """Start a part and return when it is ready.

        Raises:
            StartupError: it did not become ready.
        """
        await asyncio.to_thread(self.part(name).start)

    async def stop(self, name: str) -> None:
        """Stop a part in an orderly way.

        Raises:
            NotOurServerError: it is configured.
        """
        await asyncio.to_thread(self.part(name).stop)

    async def kill(self, name: str) -> None:
        """SIGKILL a part.

        Raises:
            NotOurServerError: it is configured.
        """
        await asyncio.to_thread(self.part(name).kill)

    def __enter__(self) -> Self:
        """Start everything; what was started is stopped again when a later step fails."""
        with ExitStack() as unwinding:
            self._start(unwinding)
            self._running = unwinding.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop everything, our processes before the servers."""
        self._running.close()

    async def __aenter__(self) -> Self:
        """Start everything. Holds up the event loop: there is nothing to serve yet."""
        with _interruptible():
            return self.__enter__()

    async def __aexit__(self, *_: object) -> None:
        """Stop everything."""
        await asyncio.to_thread(self._running.close)

    def _start(self, unwinding: ExitStack) -> None:
        provision = embedded_servers(self._folder, environment=self._environment, say=self._say)
        self.servers = unwinding.enter_context(provision)
        self._say("Database: bringing the schema up to date and seeding the catalogue")
        prepare_database(self.addresses.database_url)
        self.processes = build_services(
            self.servers.folder, self.servers.ports, self.addresses, self._environment
        )
        unwinding.callback(self._stop_processes)
        self._say("Processes: starting " + ", ".join(self.processes))
        for process in self.processes.values():
            process.spawn()
        for process in self.processes.values():
            process.await_ready()
        note = self.servers.folder.run / _RUNNING
        running = {"api_url": self.api_url, "database_url": self.addresses.database_url}
        note.write_text(json.dumps(running), encoding="utf-8")
        unwinding.callback(note.unlink, missing_ok=True)

    def _stop_processes(self) -> None:
        for process in self.processes.values():
            process.child.request_stop()
        for process in reversed(list(self.processes.values())):
            process.stop()


def running_api_url(folder: Path) -> str | None:
    """The API of the stack that runs in this data folder; None when none does."""
    return _running_part(folder, "api_url")


def running_database_url(folder: Path) -> str | None:
    """The database of the stack that runs in this data folder; None when none does."""
    return _running_part(folder, "database_url")


def _running_part(folder: Path, name: str) -> str | None:
    try:
        note = json.loads((folder / "run" / _RUNNING).read_text(encoding="utf-8"))
        return str(note[name])
    except (OSError, ValueError, KeyError):
        return None


def prepare_database(database_url: str) -> None:
    """Bring the schema up to date and put the demo catalogue in; both may be repeated."""
    from adapters.postgres.migrations import migrate
    from ops.seed import seed

    _apart(lambda: migrate(database_url))
    _apart(lambda: asyncio.run(seed(database_url)))


def _apart(work: Callable[[], object]) -> None:
    """Run it in a thread: it makes an event loop of its own, and the caller may be in one already."""
    with ThreadPoolExecutor(1, thread_name_prefix="prepare") as thread:
        thread.submit(work).result(PREPARE_PATIENCE.total_seconds())


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C through at once: asyncio's own handler would only act at the next await."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
