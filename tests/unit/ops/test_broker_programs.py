"""Where Kafka and RabbitMQ are looked for, and that fetching is whole or not at all."""

from __future__ import annotations

import threading
from pathlib import Path
from uuid import UUID

import pytest

from ops.errors import MissingProgramError
from ops.servers import provision, rabbitmq_packages
from ops.servers.fetch_once import fetch_once, run_fetch
from ops.servers.kafka import cluster_id
from ops.servers.kafka_jars import find_kafka
from ops.servers.rabbitmq_packages import find_rabbitmq
from ops.servers.say import silent

DEBIAN_ERL = '#!/bin/sh\nROOTDIR=/usr/lib/erlang\nexec "$ROOTDIR/bin/erlexec"\n'


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """A machine with nothing on its PATH and an empty cache."""
    (tmp_path / "bin").mkdir()
    return {"PATH": str(tmp_path / "bin"), "XDG_CACHE_HOME": str(tmp_path / "cache")}


def a_program(machine: dict[str, str], name: str, script: str) -> None:
    program = Path(machine["PATH"]) / name
    program.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n", encoding="utf-8")
    program.chmod(0o755)


def test_without_java_there_is_no_kafka(machine: dict[str, str]) -> None:
    with pytest.raises(MissingProgramError, match="ORDERKEEP_KAFKA_SERVERS"):
        find_kafka(machine, silent)


def test_without_maven_there_is_no_kafka_to_fetch_and_nothing_is_kept(machine: dict[str, str]) -> None:
    a_program(machine, "java", "exit 0")

    with pytest.raises(MissingProgramError, match="Maven"):
        find_kafka(machine, silent)

    assert not (Path(machine["XDG_CACHE_HOME"]) / "orderkeep" / "kafka-4.4.0").exists()


def test_a_kafka_on_the_machine_is_taken_first(machine: dict[str, str], tmp_path: Path) -> None:
    a_program(machine, "java", "exit 0")
    (tmp_path / "kafka" / "libs").mkdir(parents=True)

    found = find_kafka({**machine, "KAFKA_HOME": str(tmp_path / "kafka")}, silent)

    assert found.jars == tmp_path / "kafka" / "libs"
    assert "found on this machine" in found.origin


def test_kafka_is_fetched_once_and_then_found_in_the_cache(machine: dict[str, str], tmp_path: Path) -> None:
    a_program(machine, "java", "exit 0")
    a_program(
        machine, "mvn", f'echo run >> {tmp_path}/runs; for a; do d="$a"; done; touch "${{d#*=}}/kafka.jar"'
    )
    said: list[str] = []

    first = find_kafka(machine, said.append)
    second = find_kafka(machine, said.append)

    assert (first.jars / "kafka.jar").is_file()
    assert (first.jars, "from our cache" in second.origin) == (second.jars, True)
    assert (tmp_path / "runs").read_text(encoding="utf-8") == "run\n"
    assert len(said) == 1


def test_a_fetch_that_fails_says_why_and_keeps_nothing(machine: dict[str, str]) -> None:
    a_program(machine, "java", "exit 0")
    a_program(machine, "mvn", "echo no network; exit 1")

    with pytest.raises(MissingProgramError, match="no network"):
        find_kafka(machine, silent)

    assert not (Path(machine["XDG_CACHE_HOME"]) / "orderkeep" / "kafka-4.4.0").exists()


def test_rabbitmq_is_unpacked_and_its_erlang_knows_where_it_stands(
    machine: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rabbitmq_packages, "_INSTALLED", tmp_path / "not-installed")
    (tmp_path / "erl").write_text(DEBIAN_ERL, encoding="utf-8")
    a_program(machine, "apt-get", "touch rabbitmq-server.deb erlang-base.deb")
    a_program(
        machine,
        "dpkg-deb",
        f'mkdir -p "$3/usr/lib/erlang/bin" "$3/usr/lib/rabbitmq/lib/rabbitmq_server-3/sbin"\n'
        f'cp {tmp_path}/erl "$3/usr/lib/erlang/bin/erl"\n'
        f'touch "$3/usr/lib/rabbitmq/lib/rabbitmq_server-3/sbin/rabbitmq-server"',
    )

    found = find_rabbitmq(machine, silent)

    root = tmp_path / "cache" / "orderkeep" / "rabbitmq"
    assert found.script.is_relative_to(root)
    assert f'ROOTDIR="{root}/usr/lib/erlang"' in (found.erlang / "erl").read_text(encoding="utf-8")
    assert not (root / "packages").exists()


def test_without_debian_packages_the_remedies_are_told(
    machine: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rabbitmq_packages, "_INSTALLED", tmp_path / "not-installed")
    a_program(machine, "dpkg-deb", "exit 0")
    a_program(machine, "apt-get", "echo Unable to locate package; exit 100")

    with pytest.raises(MissingProgramError, match=r"(?s)Unable to locate.*apt-get update"):
        find_rabbitmq(machine, silent)


def test_two_starts_at_once_fetch_once(tmp_path: Path) -> None:
    fetched: list[Path] = []
    go_on = threading.Event()
    said: list[str] = []

    def slowly(draft: Path) -> None:
        fetched.append(draft)
        go_on.wait(10)
        (draft / "program").touch()

    def say(line: str) -> None:
        said.append(line)
        if "waiting" in line:
            go_on.set()

    threads = [
        threading.Thread(target=fetch_once, args=(tmp_path / "kept", "Kafka", slowly, say)) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert len(fetched) == 1
    assert (tmp_path / "kept" / "program").is_file()


def test_a_command_that_cannot_be_run_is_a_missing_program(tmp_path: Path) -> None:
    with pytest.raises(MissingProgramError, match="could not be fetched"):
        run_fetch("Kafka", (str(tmp_path / "nothing"),), tmp_path, {})


def test_provisioning_tells_what_is_missing(
    machine: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(rabbitmq_packages, "_INSTALLED", Path(machine["PATH"]) / "not-installed")
    monkeypatch.setattr("os.environ", machine)

    assert provision.main() == 1

    assert capsys.readouterr().err.count("set ORDERKEEP_") == 2


@pytest.mark.parametrize("first", range(256))
def test_no_cluster_of_kafka_has_an_id_that_looks_like_an_option(first: int) -> None:
    made = cluster_id(UUID(bytes=bytes((first, *range(15)))))

    assert len(made) == 22
    assert not made.startswith("-")
