"""Anchors: where each stream's chain stood, in a file that is kept elsewhere. Who rewrites a whole stream,
its links and its head cannot rewrite that.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import IO, Final

from ops.errors import OperatorError

_KIND: Final = "orderkeep anchor 1"
_BATCH: Final = 1_000

Anchor = tuple[str, int, str]
"""Stream, version, and the link there in hex."""


class AnchorUnreadError(OperatorError):
    """The anchor file is not one, or not whole; the text says what is wrong."""


class AnchorUnwrittenError(OperatorError):
    """The anchor file could not be written; the text says why."""


class AnchorWriter:
    """Writes anchors line by line; the last line has their number and a digest of all before it."""

    def __init__(self, file: IO[str], path: Path) -> None:
        """`path` is what the file is to be called."""
        self._file = file
        self._path = path
        self._digest = sha256()
        self._streams = 0
        self.is_wanted = True
        self._line({"kind": _KIND})

    def add(self, stream_id: str, version: int, link: bytes) -> None:
        """The stream stands here."""
        self._streams += 1
        self._line({"stream": stream_id, "version": version, "link": link.hex()})

    def close(self) -> None:
        """There are no more; what was written is on the disk."""
        with _telling(self._path):
            end = {"streams": self._streams, "digest": self._digest.hexdigest()}
            self._file.write(json.dumps(end) + "\n")
            self._file.flush()
            os.fsync(self._file.fileno())

    def _line(self, content: dict[str, object]) -> None:
        line = json.dumps(content) + "\n"
        self._digest.update(line.encode())
        with _telling(self._path):
            self._file.write(line)


@contextmanager
def writing(path: Path) -> Iterator[AnchorWriter]:
    """An anchor file that is there whole or not at all: it takes its name when the block ends well, unless
    it is not wanted any more. Raises `AnchorUnwrittenError`.
    """
    unfinished = path.with_name(path.name + ".part")
    with _telling(path):
        file = unfinished.open("w", encoding="utf-8")
    try:
        with file:
            writer = AnchorWriter(file, path)
            yield writer
            writer.close()
        if writer.is_wanted:
            with _telling(path):
                unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise AnchorUnwrittenError(f"the anchor cannot be written to {path}: {error.strerror}") from error


def anchors_in(path: Path) -> Iterator[list[Anchor]]:
    """The anchors of a file, in batches. Raises `AnchorUnreadError`, for one that was cut off at its end."""
    digest, streams, whole = sha256(), 0, False
    try:
        with path.open(encoding="utf-8") as file:
            first = file.readline()
            if json.loads(first).get("kind") != _KIND:
                raise AnchorUnreadError(f"{path} is no anchor file")
            digest.update(first.encode())
            while lines := list(islice(file, _BATCH)):
                batch: list[Anchor] = []
                for line in lines:
                    if whole:
                        raise AnchorUnreadError(f"{path} goes on after its end")
                    said = json.loads(line)
                    if "digest" in said:
                        whole = said == {"streams": streams, "digest": digest.hexdigest()}
                        continue
                    digest.update(line.encode())
                    streams += 1
                    batch.append((said["stream"], said["version"], said["link"]))
                yield batch
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise AnchorUnreadError(f"{path} cannot be read as an anchor file: {error}") from error
    if not whole:
        raise AnchorUnreadError(f"{path} was changed or is not whole")
