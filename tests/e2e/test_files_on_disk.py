"""Whoever gets hold of our disks reads no address on them: in no table, log, history, cache or message."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.scenarios import payments

pytestmark = pytest.mark.timeout(120)
# Where the goods of every scenario go. Carriers have to know it, and keep it on disks of their own.
WORDS = (b"1 Lakeside", b"Hangzhou")
OF_OTHERS = frozenset({"carrier"})
SEAL = b"sealed:1:"


def speaking(folder: Path, *words: bytes) -> set[str]:
    """Parts of the data folder in which any of the words can be read."""
    found = set()
    for path in folder.rglob("*"):
        if path.is_file():
            try:
                text = path.read_bytes()
            except FileNotFoundError:  # servers come and go with their files
                continue
            if any(word in text for word in words):
                found.add(path.relative_to(folder).parts[0])
    return found


async def test_no_file_of_ours_has_an_address_in_it(tell, stack):
    await tell(payments.happy_path)
    folder = stack.servers.folder.path

    # The search is no blind one: it sees the carrier's own books, and our seals.
    assert speaking(folder, *WORDS) == OF_OTHERS
    assert {"postgres", "temporal"} <= speaking(folder, SEAL)
