"""Pid files and the guardian's list: a process id alone is never a licence to kill."""

import os
import signal

import pytest

from ops.processes.guardian import read_wards
from ops.processes.identity import birth_mark, command_line
from ops.processes.records import ProcessRecord, end_leftovers, read_record, record_of, write_record

NOBODY = 2**22 + 1  # above the largest process id of any system we run on


def test_a_record_survives_its_file(tmp_path):
    record = record_of(os.getpid(), signal.SIGINT)
    assert record is not None

    write_record(tmp_path / "api.pid", record)

    assert read_record(tmp_path / "api.pid") == record
    assert record.alive


def test_a_reused_process_id_is_somebody_else():
    assert not ProcessRecord(os.getpid(), "born long ago", signal.SIGTERM).alive


def test_a_process_that_is_gone_has_no_record():
    assert record_of(NOBODY, signal.SIGTERM) is None
    assert birth_mark(NOBODY) is None
    assert command_line(NOBODY) == ""


def test_clearing_leftovers_spares_a_stranger_with_the_same_id(tmp_path):
    write_record(tmp_path / "api.pid", ProcessRecord(os.getpid(), "born long ago", signal.SIGKILL))

    assert end_leftovers(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "12", '{"pid": 1}', '{"pid": "x", "born": 1, "stop_signal": 2}'])
def test_a_pid_file_that_was_cut_short_is_no_record(tmp_path, content):
    (tmp_path / "api.pid").write_text(content, encoding="utf-8")

    assert read_record(tmp_path / "api.pid") is None


def test_the_guardian_keeps_those_that_were_not_released_the_latest_first():
    lines = ["+ 10 15 77\n", "+ 11 2 Sat Nov 21 03:00:00 2026\n", "+ 12 15 79\n", "- 10\n"]

    assert read_wards(lines) == [
        ProcessRecord(12, "79", 15),
        ProcessRecord(11, "Sat Nov 21 03:00:00 2026", 2),
    ]


def test_the_guardian_ignores_a_line_that_was_cut_short():
    assert read_wards(["+ 10 15 77\n", "+ 11"]) == [ProcessRecord(10, "77", 15)]
