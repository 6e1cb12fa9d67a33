"""The runner's side of the guardian: put a child in its care, take it out again.

One guardian per runner, started with the first child; a guardian that died is replaced.
"""

import atexit
import contextlib
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

from ops.processes.records import ProcessRecord

_ROOT = Path(__file__).parents[2]
_END_SECONDS = 15


class Guardian:
    """Owns the guardian process and tells it which children to end should this process vanish."""

    def __init__(self) -> None:
        """Start nothing yet: a command that runs no children needs no guardian."""
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._wards: dict[int, ProcessRecord] = {}

    def take(self, child: ProcessRecord) -> None:
        """From now on the child gets its stop signal, then SIGKILL, when this process is gone."""
        with self._lock:
            self._wards[child.pid] = child
            self._tell(_admission(child))

    def release(self, pid: int) -> None:
        """The child was reaped by us and needs no care any more."""
        with self._lock:
            if self._wards.pop(pid, None) is not None:
                self._tell(f"- {pid}\n")

    def close(self) -> None:
        """Let the guardian end: it first ends whatever is still in its care."""
        with self._lock:
            if self._process is not None:
                with contextlib.suppress(BrokenPipeError):
                    self._pipe().close()
                self._process.wait(timeout=_END_SECONDS)
                self._process = None
            self._wards.clear()

    def _tell(self, line: str) -> None:
        if self._process is None or self._process.poll() is not None:
            self._start()
            return  # a new guardian is told the whole list at its start
        self._pipe().write(line)
        self._pipe().flush()

    def _start(self) -> None:
        # A session of its own: Ctrl-C in the terminal must not take the guardian before the children.
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-m", "ops.processes.guardian"],
            cwd=_ROOT,
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self._pipe().writelines(map(_admission, self._wards.values()))
        self._pipe().flush()

    def _pipe(self) -> IO[str]:
        assert self._process is not None
        assert self._process.stdin is not None
        return self._process.stdin


def _admission(child: ProcessRecord) -> str:
    return f"+ {child.pid} {child.stop_signal} {child.born}\n"


GUARDIAN = Guardian()
atexit.register(GUARDIAN.close)
