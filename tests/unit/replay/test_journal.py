"""The journal remembers what was done, survives being cut off, and serves one run at a time."""

from pathlib import Path

import pytest

from ops.replay.errors import JournalError
from ops.replay.journal import Placed, opened


async def fill(path: Path) -> None:
    with opened(path, "history-1") as journal:
        await journal.quoted("1", "snap_1")
        await journal.ordered("1", Placed("ord_1", "AAAAA-BBBBBC"))
        await journal.was_paid("1")
        await journal.was_taken_back("C2")


async def test_a_later_run_finds_what_an_earlier_one_did(tmp_path):
    path = tmp_path / "deep" / "journal.jsonl"
    await fill(path)
    with opened(path, "history-1") as journal:
        assert journal.snapshots == {"1": "snap_1"}
        assert journal.placed == {"1": Placed("ord_1", "AAAAA-BBBBBC")}
        assert (journal.paid, journal.taken_back) == ({"1"}, {"C2"})


async def test_a_last_record_that_was_cut_off_is_forgotten_and_written_over(tmp_path):
    path = tmp_path / "journal.jsonl"
    await fill(path)
    with path.open("ab") as file:
        file.write(b'{"step":"ordered","invo')
    with opened(path, "history-1") as journal:
        await journal.quoted("3", "snap_3")
    with opened(path, "history-1") as journal:
        assert journal.snapshots == {"1": "snap_1", "3": "snap_3"}


async def test_a_damaged_record_in_the_middle_stops_the_replay(tmp_path):
    path = tmp_path / "journal.jsonl"
    await fill(path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], b"not json\n", *lines[1:]]))
    with pytest.raises(JournalError, match="line 2 is damaged"), opened(path, "history-1"):
        pass


async def test_a_journal_of_another_history_is_refused(tmp_path):
    path = tmp_path / "journal.jsonl"
    await fill(path)
    with pytest.raises(JournalError, match="another history"), opened(path, "history-2"):
        pass


def test_two_replays_of_one_history_cannot_run_at_once(tmp_path):
    path = tmp_path / "journal.jsonl"
    with opened(path, "h"), pytest.raises(JournalError, match="in use"), opened(path, "h"):
        pass
