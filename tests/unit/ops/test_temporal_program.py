"""Where the Temporal program comes from, in which order, and how a build tells how far it is."""

from pathlib import Path

import pytest

from ops.errors import MissingProgramError
from ops.servers import temporal_fetch
from ops.servers.go_install import go_install, progress
from ops.servers.temporal_fetch import find_temporal
from ops.servers.temporal_program import cache_folder, installed_temporal


def a_program(folder: Path, name: str, says: str = "", code: int = 0) -> Path:
    """An executable that prints one line."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\necho '{says}'\nexit {code}\n", encoding="utf-8")
    program.chmod(0o755)
    return program


@pytest.fixture
def environment(tmp_path):
    """A machine with an empty PATH and an empty cache."""
    return {"PATH": str(tmp_path / "path"), "XDG_CACHE_HOME": str(tmp_path / "cache"), "HOME": str(tmp_path)}


@pytest.fixture
def no_download(monkeypatch):
    """A machine without internet."""

    async def refuse(_draft: Path) -> None:
        msg = "Failed starting server: no route"
        raise RuntimeError(msg)

    monkeypatch.setattr(temporal_fetch, "_start_once", refuse)


VERSION = "temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)"


def test_the_cache_comes_before_the_path(tmp_path, environment):
    a_program(tmp_path / "path", "temporal", VERSION)
    cached = a_program(tmp_path / "cache" / "orderkeep" / "bin", "temporal", VERSION)

    found = installed_temporal(environment)

    assert found is not None
    assert found.path == cached
    assert "cache" in found.origin


def test_a_program_on_the_path_is_taken(tmp_path, environment):
    program = a_program(tmp_path / "path", "temporal", VERSION)

    found = installed_temporal(environment)

    assert found is not None
    assert found.path == program
    assert "on this machine" in found.origin


@pytest.mark.parametrize("says", ["Temporal Reasoner 3", "temporal version 0.8.0"])
def test_another_program_of_that_name_is_not_taken(tmp_path, environment, says):
    a_program(tmp_path / "path", "temporal", says)

    assert installed_temporal(environment) is None


def test_a_downloaded_program_is_kept_in_the_cache(tmp_path, environment, monkeypatch):
    async def download(draft: Path) -> None:
        a_program(draft, "temporal-sdk-python-1.35.0", VERSION)

    monkeypatch.setattr(temporal_fetch, "_start_once", download)

    found = find_temporal(environment, lambda _line: None)

    kept = cache_folder(environment) / "bin" / "temporal"
    assert found.path == kept
    assert "downloaded" in found.origin
    assert installed_temporal(environment) is not None
    assert sorted(path.name for path in kept.parent.iterdir()) == ["temporal", "temporal.lock"]


@pytest.mark.usefixtures("no_download")
def test_without_internet_go_builds_it_into_the_cache(tmp_path, environment):
    a_program(tmp_path / "path", "go")
    (tmp_path / "path" / "go").write_text('#!/bin/sh\necho made > "$GOBIN/temporal"\n', encoding="utf-8")
    said: list[str] = []

    found = find_temporal(environment, said.append)

    assert found.path.read_text(encoding="utf-8") == "made\n"
    assert "go install" in found.origin
    assert any("no route" in line for line in said)


@pytest.mark.usefixtures("no_download")
def test_a_failed_build_shows_its_log_and_leaves_nothing_in_the_cache(tmp_path, environment):
    a_program(tmp_path / "path", "go", "undefined: history", 1)
    said: list[str] = []

    with pytest.raises(MissingProgramError, match="TEMPORAL_ADDRESS"):
        find_temporal(environment, said.append)

    assert any("undefined: history" in line for line in said)
    assert not (cache_folder(environment) / "bin" / "temporal").exists()


@pytest.mark.usefixtures("no_download")
def test_without_internet_and_go_every_remedy_is_named(environment):
    with pytest.raises(MissingProgramError, match=r"on the PATH.*Go.*TEMPORAL_ADDRESS"):
        find_temporal(environment, lambda _line: None)


def test_no_go_is_told(tmp_path, environment):
    said: list[str] = []

    assert go_install(tmp_path, environment, said.append) is None
    assert said == ["Temporal: cannot be built here, there is no Go on the PATH"]


def test_a_build_tells_how_far_it_is():
    log = "go: downloading a v1\ngo: downloading b v2\ninternal/abi\nruntime\ngithub.com/x/y\n"

    assert progress(log) == "2 modules downloaded, 3 packages compiled of about 1,300"
