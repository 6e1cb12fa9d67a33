"""The command line as an operator meets it: clear refusals, exit codes, nothing removed by mistake."""

import os
import subprocess
import sys

import pytest

from ops.folder import DataFolder


@pytest.fixture
def orderkeep(tmp_path):
    """Run a command on a data folder of its own."""

    def run(*arguments: str, answer: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            (sys.executable, "-m", "ops.cli", *arguments),
            env=os.environ | {"ORDERKEEP_DATA": str(tmp_path / "data"), "COLUMNS": "200"} | variables,
            input=answer,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


@pytest.fixture
def old_orders(tmp_path):
    """Something an operator would miss."""
    orders = tmp_path / "data" / "postgres" / "orders"
    orders.parent.mkdir(parents=True)
    orders.write_text("all of them", encoding="utf-8")
    return orders


def test_reset_refuses_while_somebody_runs(orderkeep, tmp_path, old_orders):
    with DataFolder(tmp_path / "data"):
        done = orderkeep("reset", "--yes")

    assert done.returncode == 1
    assert f"in use by process {os.getpid()}" in done.stderr
    assert "Traceback" not in done.stderr
    assert old_orders.exists()


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_reset_asks_and_takes_no_for_an_answer(orderkeep, old_orders, answer):
    done = orderkeep("reset", answer=answer)

    assert done.returncode == 1
    assert old_orders.exists()


@pytest.mark.parametrize(("options", "answer"), [(["--yes"], ""), ([], "y\n")])
def test_reset_removes_the_data(orderkeep, old_orders, options, answer):
    done = orderkeep("reset", *options, answer=answer)

    assert done.returncode == 0, done.stderr
    assert not old_orders.exists()


def test_doctor_passes_on_this_machine(orderkeep):
    done = orderkeep("doctor")

    assert done.returncode == 0, done.stdout
    assert "PostgreSQL 18" in done.stdout.replace(") ", " ")


def test_doctor_fails_and_names_the_remedy_when_a_configured_server_is_away(orderkeep):
    done = orderkeep("doctor", REDIS_URL="redis://127.0.0.1:9/0")

    assert done.returncode == 1
    assert "unset REDIS_URL" in done.stdout


def test_migrate_without_a_database_says_what_it_needs(orderkeep):
    done = orderkeep("migrate", DATABASE_URL="")

    assert done.returncode == 2
    assert "database-url" in done.stderr
