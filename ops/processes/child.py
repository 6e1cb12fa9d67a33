"""One child process: start it, ask it to stop, kill it, start it again, read the tail of its log.

It does not know when the child is ready; servers and services say that themselves.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from ops.errors import StartupError
from ops.processes.records import record_of, send, send_to_group, write_record
from ops.processes.ward import GUARDIAN

STOP_PATIENCE = timedelta(seconds=10)
KILL_PATIENCE = timedelta(seconds=5)
READY_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Account:
    """A system account by its numeric user and group; without them, the account we run as."""

    user: int | None = None
    group: int | None = None

    @property
    def other_groups(self) -> tuple[int, ...] | None:
        """None of root's groups for another account; None leaves ours as they are."""
        return None if self.user is None else ()


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start a child.

    ``environment`` is the whole environment, not an addition. ``account`` is whom to run as; only root may
    name one.
    """

    name: str
    command: tuple[str, ...]
    folder: Path
    log_file: Path
    pid_file: Path
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    stop_signal: signal.Signals = signal.SIGTERM
    account: Account = Account()


class Child:
    """A process that can be started again and again, and that ends when this process ends."""

    def __init__(self, launch: Launch) -> None:
        """Remember how to start; nothing runs yet."""
        self.launch = launch
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the process is alive now."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._process.pid if self._process is not None and self.running else None

    @property
    def exit_code(self) -> int | None:
        """How it ended (minus the signal number when a signal ended it); None while it runs or never ran."""
        return None if self._process is None else self._process.poll()

    def start(self) -> None:
        """Start the process; a running one is left alone.

        Raises:
            StartupError: the program cannot be executed.
        """
        if self.running:
            return
        self._forget()
        launch, account = self.launch, self.launch.account
        launch.log_file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with launch.log_file.open("ab") as log:
                self._process = subprocess.Popen(
                    launch.command,
                    cwd=launch.folder,
                    env=dict(launch.environment),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    user=account.user,
                    group=account.group,
                    extra_groups=account.other_groups,
                )
        except OSError as error:
            msg = f"{launch.name} cannot be started: {error}"
            raise StartupError(msg) from error
        if (record := record_of(self._process.pid, launch.stop_signal)) is not None:
            GUARDIAN.take(record)
            write_record(launch.pid_file, record)

    def await_ready(self, ready: Callable[[], bool], patience: timedelta) -> None:
        """Poll ``ready`` until it is true.

        Raises:
            StartupError: the child ended, or ``patience`` passed; carries the tail of its log.
        """
        deadline = time.monotonic() + patience.total_seconds()
        while not ready():
            if not self.running:
                self._fail(f"ended with exit code {self.exit_code} while starting")
            if time.monotonic() > deadline:
                self._fail(f"was not ready after {patience.total_seconds():g} s")
            time.sleep(READY_POLL_SECONDS)

    def request_stop(self) -> None:
        """Ask it to stop and return at once; ``terminate`` waits for it."""
        if self._process is not None and self.running:
            send(self._process.pid, self.launch.stop_signal)

    def terminate(self, patience: timedelta = STOP_PATIENCE) -> None:
        """Ask it to stop and wait; kill it when ``patience`` passed. A stopped one is left alone."""
        self.request_stop()
        if self._process is not None and self.running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(patience.total_seconds())
        self.kill()

    def kill(self) -> None:
        """SIGKILL the process and its group, now; returns when it is gone."""
        if self._process is not None and self.running:
            send_to_group(self._process.pid, signal.SIGKILL)
            self._process.wait(KILL_PATIENCE.total_seconds())
        self._forget()

    def log_tail(self, lines: int = 20) -> str:
        """The last lines of its log; empty when there is none."""
        try:
            with self.launch.log_file.open(encoding="utf-8", errors="replace") as log:
                return "".join(deque(log, maxlen=lines)).rstrip()
        except OSError:
            return ""

    def _forget(self) -> None:
        if self._process is not None:
            GUARDIAN.release(self._process.pid)
            self.launch.pid_file.unlink(missing_ok=True)

    def _fail(self, how: str) -> None:
        tail = self.log_tail()
        self.kill()
        log = f"Last lines of {self.launch.log_file}:\n{tail or '(the log is empty)'}"
        msg = f"{self.launch.name} {how}. {log}"
        raise StartupError(msg)
