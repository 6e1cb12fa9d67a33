"""Runs the real sandbox services as processes for tests, and listens for their callbacks."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

PATIENCE_SECONDS = 15.0


def eventually(condition: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until `condition` holds; fail with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.01)


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class SandboxProcess:
    """A service on loopback. `start`, `kill` (SIGKILL) and `stop` can be repeated on the same data.

    `name` is provider or carrier.
    """

    folder: Path
    port: int = field(default_factory=free_port)
    name: str = "provider"
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start and wait until it answers."""
        environment = {
            **os.environ,
            f"ORDERKEEP_{self.name.upper()}_DATA": str(self.folder),
            f"ORDERKEEP_{self.name.upper()}_PORT": str(self.port),
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", f"ops.sandbox_{self.name}"],
            env=environment,
            cwd=Path(__file__).parents[2],
        )
        eventually(self._answers, f"the {self.name} answers its health check")

    def kill(self) -> None:
        """End it without warning."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(PATIENCE_SECONDS)

    def stop(self) -> int:
        """End it with SIGTERM; its exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(PATIENCE_SECONDS)

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"the {self.name} ended with {self.process.returncode}"
        try:
            return httpx.get(f"{self.url}/health", timeout=1, trust_env=False).is_success
        except httpx.TransportError:
            return False


ProviderProcess = SandboxProcess


@contextmanager
def running_provider(folder: Path) -> Iterator[ProviderProcess]:
    """A provider with its data in `folder`, killed at the end."""
    provider = ProviderProcess(folder)
    provider.start()
    try:
        yield provider
    finally:
        provider.kill()


@dataclass(frozen=True, slots=True)
class Received:
    """One callback as it came over the wire."""

    at: float
    path: str
    headers: dict[str, str]
    body: bytes


class CallbackReceiver:
    """An HTTP server that keeps every callback and answers 204, or what `answers` has for the next ones."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answers: list[int] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where callbacks are to be sent."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/callbacks"

    def of(self, path: str) -> list[Received]:
        """What came to `url` + `path`, in the order of arrival."""
        return [one for one in self.received if one.path == f"/callbacks{path}"]

    def wait_for(self, count: int, path: str = "") -> list[Received]:
        """Wait until `count` callbacks came to that path."""
        eventually(lambda: len(self.of(path)) >= count, f"{count} callbacks to {path or '/'}")
        return self.of(path)

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(PATIENCE_SECONDS)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.received.append(Received(time.monotonic(), self.path, headers, body))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is inherited
                pass

        return Handler
