"""What every server looks like to a runner, and the one kind that is not ours: a configured address."""

from datetime import timedelta
from typing import Protocol

from ops.errors import NotOurServerError
from ops.processes.child import Child

START_PATIENCE = timedelta(seconds=30)


class Server(Protocol):
    """A server with an address that outlives its restarts."""

    name: str

    @property
    def address(self) -> str:
        """Where clients reach it: a URL, or host:port for Temporal."""
        ...

    @property
    def embedded(self) -> bool:
        """Whether it is ours to stop and start."""
        ...

    @property
    def origin(self) -> str:
        """One phrase that says which was chosen and why."""
        ...

    @property
    def running(self) -> bool:
        """Whether it runs, as far as we can know: a configured one is taken to."""
        ...

    def start(self) -> None:
        """Start it on its port with its data and return when it is ready."""
        ...

    def stop(self) -> None:
        """Stop it in an orderly way."""
        ...

    def kill(self) -> None:
        """SIGKILL it."""
        ...


class ConfiguredServer:
    """A server somebody else runs; it can be named but not driven."""

    embedded = False
    running = True

    def __init__(self, name: str, address: str, variable: str) -> None:
        """Take the address that ``variable`` of the environment gave."""
        self.name = name
        self.address = address
        self.origin = f"configured by {variable}"
        self._variable = variable

    def start(self) -> None:
        """Nothing to do: it runs where it was configured."""

    def stop(self) -> None:
        """Refuse.

        Raises:
            NotOurServerError: always.
        """
        self._refuse()

    def kill(self) -> None:
        """Refuse.

        Raises:
            NotOurServerError: always.
        """
        self._refuse()

    def _refuse(self) -> None:
        msg = f"{self.name} is configured by {self._variable}; it is not ours to stop"
        raise NotOurServerError(msg)


class EmbeddedServer:
    """Shared by the embedded servers: a child process plus the question whether it answers."""

    embedded = True
    name: str
    _child: Child

    def start(self) -> None:
        """Start on the same port with the same data and return when it answers.

        Raises:
            StartupError: it did not become ready; carries the tail of its log.
        """
        self._prepare()
        self._child.start()
        self._child.await_ready(self._ready, START_PATIENCE)

    def request_stop(self) -> None:
        """Ask it to stop and return at once."""
        self._child.request_stop()

    def stop(self) -> None:
        """Ask it to stop, and kill it if it does not."""
        self._child.terminate()

    def kill(self) -> None:
        """SIGKILL it."""
        self._child.kill()

    @property
    def running(self) -> bool:
        """Whether its process is alive."""
        return self._child.running

    def _prepare(self) -> None:
        """Make its data folder usable; called before every start."""
        raise TypeError(type(self))

    def _ready(self) -> bool:
        raise TypeError(type(self))
