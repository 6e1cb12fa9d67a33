"""One of our own long-running processes: a child that says over HTTP when it is ready for work."""

import urllib.error
import urllib.request
from datetime import timedelta
from http import HTTPStatus

from ops.processes.child import Child

READY_PATIENCE = timedelta(seconds=60)
_ANSWER_SECONDS = 2


class Service:
    """A child with a health URL; ready means that the URL answers 200."""

    def __init__(self, child: Child, health_url: str) -> None:
        """Take the child and where to ask; nothing runs yet."""
        self.child = child
        self.health_url = health_url

    @property
    def name(self) -> str:
        """Its name, as in the command line."""
        return self.child.launch.name

    @property
    def running(self) -> bool:
        """Whether its process is alive."""
        return self.child.running

    def start(self) -> None:
        """Start it and return when it is ready.

        Raises:
            StartupError: it ended or was not ready in time; carries the tail of its log.
        """
        self.spawn()
        self.await_ready()

    def spawn(self) -> None:
        """Start it without waiting, so that several can start side by side."""
        self.child.start()

    def await_ready(self, patience: timedelta = READY_PATIENCE) -> None:
        """Return when it answers.

        Raises:
            StartupError: it ended or was not ready in time; carries the tail of its log.
        """
        self.child.await_ready(self.healthy, patience)

    def stop(self) -> None:
        """Ask it to stop and wait; kill it if it does not."""
        self.child.terminate()

    def kill(self) -> None:
        """SIGKILL it, as a crash would."""
        self.child.kill()

    def healthy(self) -> bool:
        """Whether its health URL answers 200 now."""
        try:
            with urllib.request.urlopen(self.health_url, timeout=_ANSWER_SECONDS) as answer:  # noqa: S310 - our own address
                return bool(answer.status == HTTPStatus.OK)
        except (OSError, urllib.error.URLError):
            return False
