"""Fetch into our cache whole or not at all, and once: a second runner waits for the first."""

import fcntl
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from ops.errors import MissingProgramError
from ops.servers.say import Say

PATIENCE = timedelta(minutes=30)
_POLL_SECONDS = 0.2


def fetch_once(kept: Path, name: str, fetch: Callable[[Path], None], say: Say) -> Path:
    """The folder ``kept``, filled by ``fetch`` (given an empty folder beside it) when it is not there yet.

    Raises:
        MissingProgramError: what ``fetch`` raised, or another runner fetches for too long.
    """
    if kept.is_dir():
        return kept
    with fetching_alone(kept, name, say) as folder:
        if not kept.is_dir():
            draft = folder / "draft"
            draft.mkdir()
            say(f"{name}: fetching it into {kept}, once")
            fetch(draft)
            draft.replace(kept)
    return kept


@contextmanager
def fetching_alone(kept: Path, name: str, say: Say) -> Iterator[Path]:
    """An empty folder beside ``kept``, while nobody else fetches that; drafts of the killed are removed.

    The kernel frees the lock when its holder dies.

    Raises:
        MissingProgramError: another runner fetches for too long.
    """
    kept.parent.mkdir(parents=True, exist_ok=True)
    lock_file = kept.parent / f"{kept.name}.lock"
    with lock_file.open("w") as lock:
        deadline, told = time.monotonic() + PATIENCE.total_seconds(), False
        while not _taken(lock.fileno()):
            if time.monotonic() > deadline:
                msg = f"another start has been fetching {name} for {PATIENCE}; see {lock_file}"
                raise MissingProgramError(msg)
            if not told:
                say(f"{name}: another start is fetching it; waiting for that one")
                told = True
            time.sleep(_POLL_SECONDS)
        for stale in kept.parent.glob(f"fetch-{kept.name}-*"):
            shutil.rmtree(stale, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=f"fetch-{kept.name}-", dir=kept.parent) as folder:
            yield Path(folder)


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def run_fetch(name: str, command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> str:
    """Run one fetching command in ``folder``; returns what it printed.

    Raises:
        MissingProgramError: it failed or took too long; carries the end of what it said.
    """
    try:
        answer = subprocess.run(
            tuple(command),
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE.total_seconds(),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        msg = f"{name} could not be fetched: {error}"
        raise MissingProgramError(msg) from error
    if answer.returncode != 0:
        end = "\n".join((answer.stdout + answer.stderr).splitlines()[-10:])
        msg = f"{name} could not be fetched: {command[0]} ended with {answer.returncode}\n{end}"
        raise MissingProgramError(msg)
    return answer.stdout
