"""Find Kafka's program files: a Kafka on this machine, our cache, or fetched by Maven. Java must be here."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ops.errors import MissingProgramError
from ops.servers.fetch_once import fetch_once, run_fetch
from ops.servers.say import Say
from ops.servers.temporal_program import cache_folder

VERSION = "4.4.0"
DESCRIPTION = Path(__file__).with_name("kafka.pom.xml")
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
_STARTERS = ("kafka-server-start.sh", "kafka-server-start")
REMEDIES = (
    "Kafka needs Java 17 or newer, and either a Kafka on this machine (KAFKA_HOME, or kafka-server-start.sh "
    "on the PATH) or Maven (`mvn` on the PATH) to fetch it; or set ORDERKEEP_KAFKA_SERVERS to one that runs "
    "already."
)


@dataclass(frozen=True, slots=True)
class KafkaProgram:
    """The Java program, the folder of jars, and one phrase on where they were found."""

    java: str
    jars: Path
    origin: str


def find_kafka(environment: Mapping[str, str], say: Say) -> KafkaProgram:
    """The first that works of: KAFKA_HOME, the PATH, our cache, Maven.

    Raises:
        MissingProgramError: none works; names the remedies.
    """
    path = environment.get("PATH", os.defpath)
    java = shutil.which("java", path=path)
    if java is None:
        raise MissingProgramError(REMEDIES)
    if installed := _installed(environment, path):
        return KafkaProgram(java, installed, f"embedded, found on this machine in {installed}")
    kept = cache_folder(environment) / f"kafka-{VERSION}"
    origin = "from our cache" if kept.is_dir() else "fetched by Maven into"
    jars = fetch_once(kept, "Kafka", lambda draft: _fetch(draft, environment, path), say)
    return KafkaProgram(java, jars, f"embedded, {origin} {jars}")


def _installed(environment: Mapping[str, str], path: str) -> Path | None:
    homes = [Path(environment["KAFKA_HOME"])] if environment.get("KAFKA_HOME") else []
    starters = [found for name in _STARTERS if (found := shutil.which(name, path=path))]
    homes += [Path(found).resolve().parents[1] for found in starters]
    return next((home / "libs" for home in homes if (home / "libs").is_dir()), None)


def _fetch(draft: Path, environment: Mapping[str, str], path: str) -> None:
    maven = shutil.which("mvn", path=path)
    if maven is None:
        raise MissingProgramError(REMEDIES)
    command = (maven, "-B", "-q", "-f", str(DESCRIPTION), _COPY, f"-DoutputDirectory={draft}")
    run_fetch("Kafka", command, draft, {**os.environ, **environment})
