"""Find RabbitMQ and its Erlang: on this machine, in our cache, or fetched as Debian packages and unpacked.

Nothing is installed: no root, no service, no account.
"""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ops.errors import MissingProgramError
from ops.servers.fetch_once import fetch_once, run_fetch
from ops.servers.say import Say
from ops.servers.temporal_program import cache_folder

PACKAGES = (
    "rabbitmq-server",
    *(
        f"erlang-{part}"
        for part in (
            *("base", "asn1", "crypto", "eldap", "inets", "mnesia", "os-mon", "parsetools", "public-key"),
            *("runtime-tools", "ssl", "syntax-tools", "tools", "xmerl"),
        )
    ),
)
REMEDIES = (
    "RabbitMQ is not on this machine. One of these helps: install rabbitmq-server; on Debian or Ubuntu run "
    "`apt-get update`, so that its packages can be fetched and unpacked; or set ORDERKEEP_AMQP_URL to one "
    "that runs already."
)
_INSTALLED = Path("/usr/lib/rabbitmq/lib")


@dataclass(frozen=True, slots=True)
class RabbitMQProgram:
    """Its start script, the folder with `erl` and `epmd`, and one phrase on where they were found."""

    script: Path
    erlang: Path
    origin: str


def find_rabbitmq(environment: Mapping[str, str], say: Say) -> RabbitMQProgram:
    """The first that works of: this machine, our cache, Debian's packages.

    Raises:
        MissingProgramError: none works; names the remedies.
    """
    path = environment.get("PATH", os.defpath)
    erl = shutil.which("erl", path=path)
    if erl is not None and (script := _script_in(_INSTALLED)):
        return RabbitMQProgram(script, Path(erl).parent, f"embedded, found on this machine as {script}")
    kept = cache_folder(environment) / "rabbitmq"
    origin = "from our cache" if kept.is_dir() else "fetched from Debian into"
    root = fetch_once(kept, "RabbitMQ", lambda draft: _fetch(draft, kept, environment, path), say)
    script = _script_in(root / "usr/lib/rabbitmq/lib")
    if script is None:
        raise MissingProgramError(REMEDIES)
    return RabbitMQProgram(script, root / "usr/lib/erlang/bin", f"embedded, {origin} {root}")


def _script_in(folder: Path) -> Path | None:
    return next(iter(sorted(folder.glob("rabbitmq_server-*/sbin/rabbitmq-server"))), None)


def _fetch(draft: Path, kept: Path, environment: Mapping[str, str], path: str) -> None:
    apt, unpack = shutil.which("apt-get", path=path), shutil.which("dpkg-deb", path=path)
    if apt is None or unpack is None:
        raise MissingProgramError(REMEDIES)
    packages = draft / "packages"
    packages.mkdir()
    try:
        run_fetch("RabbitMQ", (apt, "download", *PACKAGES), packages, environment)
    except MissingProgramError as error:
        msg = f"{error}\n{REMEDIES}"
        raise MissingProgramError(msg) from error
    for package in sorted(packages.glob("*.deb")):
        run_fetch("RabbitMQ", (unpack, "-x", str(package), str(draft)), draft, environment)
    shutil.rmtree(packages)
    _move_erlang(draft / "usr/lib/erlang/bin/erl", kept / "usr/lib/erlang")


def _move_erlang(script: Path, root: Path) -> None:
    """Let `erl` look for Erlang where it will stand; Debian's knows one place only."""
    text = script.read_text(encoding="utf-8")
    script.write_text(text.replace("ROOTDIR=/usr/lib/erlang", f'ROOTDIR="{root}"'), encoding="utf-8")
