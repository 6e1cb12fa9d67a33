"""A worker's version is whole, or it has none."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from temporalio.common import WorkerDeploymentVersion
from typer.testing import CliRunner

import worker
from adapters.settings import Settings
from ops.cli import app
from ops.errors import NotConfiguredError


@pytest.fixture(autouse=True)
def nothing_is_configured(monkeypatch):
    for name in ("TEMPORAL_ADDRESS", "ORDERKEEP_DEPLOYMENT", "ORDERKEEP_BUILD_ID"):
        monkeypatch.delenv(name, raising=False)


def test_without_settings_workers_have_no_version():
    assert worker.version_of(Settings()) is None


def test_a_worker_is_what_its_settings_say():
    settings = Settings(deployment="orderkeep", build_id="2026-11-21_a")

    assert worker.version_of(settings) == WorkerDeploymentVersion("orderkeep", "2026-11-21_a")


@pytest.mark.parametrize("values", [{"build_id": "1"}, {"deployment": "order.keep"}, {"deployment": "a:b"}])
def test_a_version_that_temporal_could_not_name_is_refused(values):
    with pytest.raises(ValidationError):
        Settings(**values)


def test_a_worker_of_a_deployment_does_not_start_without_its_build(monkeypatch, capsys):
    monkeypatch.setenv("ORDERKEEP_DEPLOYMENT", "orderkeep")
    monkeypatch.setenv("DATABASE_URL", "postgresql://nowhere/none")
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")

    with pytest.raises(SystemExit) as ended:
        worker.main()

    assert ended.value.code == 2
    assert "ORDERKEEP_BUILD_ID is not set" in capsys.readouterr().err


@pytest.mark.parametrize("words", [("status",), ("current", "a"), ("ramp", "a", "5")])
def test_the_command_says_what_is_not_configured(words):
    result = CliRunner().invoke(app, ["deploy", *words])

    assert isinstance(result.exception, NotConfiguredError)
    assert "ORDERKEEP_DEPLOYMENT" in str(result.exception)


def test_a_share_is_no_more_than_all(monkeypatch):
    assert CliRunner().invoke(app, ["deploy", "ramp", "a", "101"]).exit_code == 2
