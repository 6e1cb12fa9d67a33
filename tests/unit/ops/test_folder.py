"""The data folder: one runner at a time, and a reset that removes our parts only."""

from pathlib import Path

import pytest

from ops.errors import FolderInUseError
from ops.folder import PARTS, PROJECT, DataFolder, default_folder, holder_of


def test_a_second_runner_is_refused_and_told_who_is_there(tmp_path):
    with DataFolder(tmp_path), pytest.raises(FolderInUseError, match=r"process \d+"):
        DataFolder(tmp_path).acquire()


def test_a_released_folder_can_be_taken_again(tmp_path):
    with DataFolder(tmp_path):
        pass

    DataFolder(tmp_path).acquire()


def test_the_holder_is_only_named_while_there_is_one(tmp_path):
    before = holder_of(tmp_path)
    with DataFolder(tmp_path):
        during = holder_of(tmp_path)

    assert (before, holder_of(tmp_path)) == (None, None)
    assert during is not None
    assert during.isdecimal()


def test_emptying_removes_our_parts_and_nothing_else(tmp_path):
    foreign = tmp_path / "thesis.txt"
    foreign.write_text("years of work", encoding="utf-8")
    for part in PARTS:
        (tmp_path / part).mkdir()

    with DataFolder(tmp_path) as folder:
        folder.empty()

    assert list(tmp_path.iterdir()) == [foreign]


def test_the_folder_is_in_the_project_unless_configured():
    assert default_folder({}) == PROJECT / ".orderkeep"
    assert default_folder({"ORDERKEEP_DATA": "/srv/orders"}) == Path("/srv/orders")
