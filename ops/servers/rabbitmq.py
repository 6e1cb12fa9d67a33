"""Embedded RabbitMQ for the broker suite: one node on loopback with a name server (epmd) of its own.

Not for production, which names its own by ORDERKEEP_AMQP_URL.
"""

import os
import socket
from collections.abc import Mapping
from datetime import timedelta

from ops.folder import DataFolder
from ops.ports import HOST, Ports
from ops.processes.child import Child, Launch
from ops.servers.rabbitmq_packages import RabbitMQProgram
from ops.servers.server import EmbeddedServer

_GREETING = b"AMQP\x00\x00\x09\x01"
_METHOD_FRAME = b"\x01"
_EPMD_PATIENCE = timedelta(seconds=10)
_SETTINGS = """\
loopback_users.guest = true
log.console = true
log.console.level = warning
log.file = false
disk_free_limit.absolute = 50MB
raft.wal_max_size_bytes = 16777216
"""


class EmbeddedRabbitMQ(EmbeddedServer):
    """RabbitMQ with its data in ``rabbitmq/`` of the data folder; user and password are `guest`."""

    name = "RabbitMQ"

    def __init__(
        self,
        folder: DataFolder,
        ports: Ports,
        program: RabbitMQProgram,
        limits: Mapping[str, int] | None = None,
    ) -> None:
        """Prepare the commands; nothing runs yet. `limits` go to RabbitMQ by their names in it."""
        named = ", ".join(f"{{{name}, {value}}}" for name, value in (limits or {}).items())
        self._advanced = f"[{{rabbit, [{named}]}}].\n"
        self.origin = program.origin
        self.port = ports.choose("rabbitmq")
        self._names_port = ports.choose("rabbitmq_names")
        self._data = folder.path / "rabbitmq"
        environment = self._environment(program, ports.choose("rabbitmq_nodes"))
        self._names = Child(
            Launch(
                name="RabbitMQ's epmd",
                command=(str(program.erlang / "epmd"), "-address", HOST, "-port", str(self._names_port)),
                folder=folder.path,
                log_file=folder.log("rabbitmq-epmd"),
                pid_file=folder.pid_file("rabbitmq-epmd"),
                environment=environment,
            )
        )
        self._child = Child(
            Launch(
                name=self.name,
                command=(str(program.script),),
                folder=folder.path,
                log_file=folder.log("rabbitmq"),
                pid_file=folder.pid_file("rabbitmq"),
                environment=environment,
            )
        )

    @property
    def address(self) -> str:
        """A URL for any AMQP client."""
        return f"amqp://guest:guest@{HOST}:{self.port}/"

    def request_stop(self) -> None:
        """Ask the broker to stop and return at once."""
        self._child.request_stop()

    def stop(self) -> None:
        """Stop the broker, then its name server."""
        self._child.terminate()
        self._names.terminate()

    def _prepare(self) -> None:
        self._data.mkdir(parents=True, exist_ok=True)
        (self._data / "rabbitmq.conf").write_text(_SETTINGS, encoding="utf-8")
        (self._data / "advanced.config").write_text(self._advanced, encoding="utf-8")
        (self._data / "enabled_plugins").write_text("[].\n", encoding="utf-8")
        self._names.start()
        self._names.await_ready(lambda: _answers(self._names_port), _EPMD_PATIENCE)

    def _environment(self, program: RabbitMQProgram, nodes_port: int) -> dict[str, str]:
        data = self._data
        return {
            "PATH": f"{program.erlang}:{os.environ.get('PATH', os.defpath)}",
            "HOME": str(data),  # Erlang keeps its cookie there
            "LANG": "C.UTF-8",
            "ERL_EPMD_ADDRESS": HOST,
            "ERL_EPMD_PORT": str(self._names_port),
            "RABBITMQ_NODENAME": f"orderkeep-{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": HOST,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(nodes_port),
            "RABBITMQ_CONFIG_FILE": str(data / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(data / "advanced.config"),
            "RABBITMQ_CONF_ENV_FILE": str(data / "no-other-settings"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(data / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(data / "mnesia"),
            "RABBITMQ_LOG_BASE": str(data / "log"),
            "RABBITMQ_PID_FILE": str(data / "pid"),
            "RUNNING_UNDER_SYSTEMD": "true",  # so that the script becomes the broker: one process, one pid
        }

    def _ready(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), timeout=2) as connection:
                connection.sendall(_GREETING)
                return connection.recv(1) == _METHOD_FRAME
        except OSError:
            return False


def _answers(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=1):
            return True
    except OSError:
        return False
