"""The command line of a replay: what is wrong comes out as one sentence, before anything is sent."""

import pytest
from typer.testing import CliRunner

from ops.cli import app
from tests.unit.replay.histories import a_file, a_row


@pytest.fixture
def replay(tmp_path, monkeypatch):
    monkeypatch.setenv("ORDERKEEP_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("ORDERKEEP_URL", raising=False)

    def run(*arguments):
        return CliRunner().invoke(app, ["replay", *map(str, arguments)])

    return run


def test_a_wrong_file_is_named_before_an_api_is_looked_for(replay, tmp_path):
    assert "No such file" in str(replay(tmp_path / "absent.csv").exception)
    wrong = a_file(tmp_path, a_row(price="free"))
    assert "row 2, column 'UnitPrice': 'free' is not a price" in str(replay(wrong).exception)


def test_an_unknown_column_is_named(replay, tmp_path):
    done = replay(a_file(tmp_path, a_row()), "--column-quantity", "Qty")
    assert "no column 'Qty' for the quantity" in str(done.exception)


def test_without_an_api_the_remedy_is_named(replay, tmp_path):
    assert "orderkeep up" in str(replay(a_file(tmp_path, a_row())).exception)


@pytest.mark.parametrize(
    "options", [("--currency", "€uro"), ("--rate", "0"), ("--limit", "0"), ("--colour", "red")]
)
def test_wrong_options_are_refused(replay, tmp_path, options):
    done = replay(a_file(tmp_path, a_row()), *options)
    assert done.exit_code == 2
    assert options[0] in done.output
