"""What earlier runs of a replay have done, one JSON object a line, on disk before the next step is taken.

The journal saves work and keeps a request's content stable; that nothing doubles is the API's idempotency.
"""

import asyncio
import fcntl
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ops.replay.errors import JournalError


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that the API has taken, by its id and by the number for people."""

    order_id: str
    number: str


class Journal:
    """The records of one history; use `opened`. Keys are invoice numbers."""

    def __init__(self, path: Path, descriptor: int) -> None:
        """Take an open, locked file; `opened` reads what is in it."""
        self._path = path
        self._file = descriptor
        # One thread keeps the records in order, and `close` can wait for the last one.
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self.snapshots: dict[str, str] = {}
        self.placed: dict[str, Placed] = {}
        self.paid: set[str] = set()
        self.taken_back: set[str] = set()

    async def quoted(self, invoice: str, snapshot_id: str) -> None:
        """Before an order is posted: a repetition must carry the same snapshot."""
        self.snapshots[invoice] = snapshot_id
        await self._write(step="quoted", invoice=invoice, snapshot_id=snapshot_id)

    async def ordered(self, invoice: str, placed: Placed) -> None:
        """The API has the order."""
        self.placed[invoice] = placed
        await self._write(step="ordered", invoice=invoice, order_id=placed.order_id, number=placed.number)

    async def was_paid(self, invoice: str) -> None:
        """The API says that the money is there."""
        self.paid.add(invoice)
        await self._write(step="paid", invoice=invoice)

    async def was_taken_back(self, name: str) -> None:
        """Goods of one order are back, and so is their money; named after both invoices."""
        self.taken_back.add(name)
        await self._write(step="taken_back", invoice=name)

    async def _write(self, **record: str) -> None:
        line = json.dumps(record, separators=(",", ":")).encode() + b"\n"
        await asyncio.wrap_future(self._writer.submit(self._append, line))

    def close(self) -> None:
        """Return when everything is on disk; a cancelled step may have left its record behind."""
        self._writer.shutdown(wait=True)
        os.close(self._file)

    def _append(self, line: bytes) -> None:
        os.write(self._file, line)
        os.fsync(self._file)

    def load(self, history: str) -> None:
        """Read what is there; a last line that was cut off by a crash is cut away.

        Raises:
            JournalError: another line makes no sense, or the journal is of another history.
        """
        content = self._path.read_bytes()
        whole = content.rfind(b"\n") + 1
        os.truncate(self._file, whole)
        os.lseek(self._file, 0, os.SEEK_END)
        if whole == 0:
            self._append(json.dumps({"step": "begun", "history": history}).encode() + b"\n")
            return
        for number, line in enumerate(content[:whole].splitlines(), start=1):
            try:
                self._take(json.loads(line), history)
            except (ValueError, KeyError, TypeError) as error:
                raise JournalError(
                    f"{self._path}: line {number} is damaged. Move the file away only if the orders of "
                    "that run are gone as well, or they would be placed again."
                ) from error

    def _take(self, record: dict[str, str], history: str) -> None:
        match record["step"]:
            case "begun":
                self._check(record["history"], history)
            case "quoted":
                self.snapshots[record["invoice"]] = record["snapshot_id"]
            case "ordered":
                self.placed[record["invoice"]] = Placed(record["order_id"], record["number"])
            case "paid":
                self.paid.add(record["invoice"])
            case "taken_back":
                self.taken_back.add(record["invoice"])
            case other:
                raise ValueError(other)

    def _check(self, theirs: str, ours: str) -> None:
        if theirs != ours:
            raise JournalError(f"{self._path} belongs to another history; name another with --journal PATH")


@contextmanager
def opened(path: Path, history: str) -> Iterator[Journal]:
    """The journal of ``history`` (its identity), locked for this run.

    Raises:
        JournalError: it is in use, damaged, or of another history.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise JournalError(f"{path}: {error.strerror or error}") from None
    journal = Journal(path, descriptor)
    try:
        _lock(path, descriptor)
        journal.load(history)
        yield journal
    finally:
        journal.close()


def _lock(path: Path, descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise JournalError(f"{path} is in use: another replay of this history is running") from None
