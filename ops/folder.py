"""The data folder: everything a copy of the project keeps, and the lock that allows one runner at a time.

Layout: ``postgres/ valkey/ temporal/ provider/ replays/`` (data), ``logs/``, and ``run/`` with the lock, the
pid files and the ports.
"""

import fcntl
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from ops.errors import FolderInUseError

PROJECT = Path(__file__).parents[1]
PARTS = ("postgres", "postgres.new", "valkey", "temporal", "provider", "replays", "logs", "run")


def default_folder(environment: Mapping[str, str]) -> Path:
    """``ORDERKEEP_DATA``, or ``.orderkeep`` in the project."""
    return Path(environment.get("ORDERKEEP_DATA") or PROJECT / ".orderkeep").expanduser().absolute()


def holder_of(path: Path) -> str | None:
    """The process id of the runner that holds the folder; None when nobody does."""
    folder = DataFolder(path)
    if not (folder.run / "lock").exists():
        return None
    try:
        folder.acquire()
    except FolderInUseError:
        return (folder.run / "lock").read_text(encoding="utf-8").strip() or "unknown"
    folder.release()
    return None


class DataFolder:
    """A data folder held by this process; the kernel frees the lock however the process ends."""

    def __init__(self, path: Path) -> None:
        """Name the folder; nothing is made or locked yet."""
        self.path = path
        self._lock: int | None = None

    @property
    def run(self) -> Path:
        """Where the lock, the pid files and the remembered ports are."""
        return self.path / "run"

    def log(self, name: str) -> Path:
        """The log file of one process."""
        return self.path / "logs" / f"{name}.log"

    def pid_file(self, name: str) -> Path:
        """The pid file of one process."""
        return self.run / f"{name}.pid"

    def acquire(self) -> None:
        """Make the folder if need be and take its lock.

        Raises:
            FolderInUseError: another process holds it.
        """
        self.run.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.run / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(lock, 32, 0).decode(errors="replace").strip() or "unknown"
            os.close(lock)
            msg = (
                f"{self.path} is in use by process {holder}. Stop that one first, "
                "or set ORDERKEEP_DATA to another folder."
            )
            raise FolderInUseError(msg) from None
        os.truncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        self._lock = lock

    def release(self) -> None:
        """Give the lock back; a folder that is not held is left alone."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def empty(self) -> None:
        """Remove all data; the lock must be held, and stays held until released.

        Only our own parts go: ``ORDERKEEP_DATA`` may name a folder that holds more. The lock goes last, so
        that nobody can start in a half-emptied folder.
        """
        for part in PARTS:
            shutil.rmtree(self.path / part, ignore_errors=not (self.path / part).exists())

    def __enter__(self) -> Self:
        """Acquire."""
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        """Release."""
        self.release()
