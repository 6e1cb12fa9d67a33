"""Embedded Kafka for the broker suite: one KRaft node on loopback, small, and quick to notice the dead.

Not for production, which names its own by ORDERKEEP_KAFKA_SERVERS.
"""

import base64
import os
import socket
import struct
import subprocess
import uuid

from ops.errors import StartupError
from ops.folder import DataFolder
from ops.ports import HOST, Ports
from ops.processes.child import Child, Launch
from ops.servers.kafka_jars import KafkaProgram
from ops.servers.server import EmbeddedServer

_JAVA = (
    "-Xmx256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
)
_FORMAT_SECONDS = 60
_API_VERSIONS = struct.pack(">ihhih", 10, 18, 0, 1, -1)  # size, key, version, correlation, no client id


def cluster_id(unique: uuid.UUID) -> str:
    """A cluster's id as Kafka writes it: 16 bytes in base64 for URLs, and never with a dash in front.

    Kafka's own tools would take that for an option.
    """
    first, *others = unique.bytes
    return base64.urlsafe_b64encode(bytes((first & 0x7F, *others))).decode().rstrip("=")


class EmbeddedKafka(EmbeddedServer):
    """Kafka with its data in ``kafka/`` of the data folder.

    ``detour`` is a second listener: clients that come to it are told to go on at ``detour_advertised``,
    where a test may stand in between.
    """

    name = "Kafka"

    def __init__(self, folder: DataFolder, ports: Ports, program: KafkaProgram) -> None:
        """Prepare the command; nothing runs yet."""
        self.origin = program.origin
        self._port = ports.choose("kafka")
        self._controller = ports.choose("kafka_controller")
        self.detour = ports.choose("kafka_detour")
        self.detour_advertised = ports.choose("kafka_detour_advertised")
        self._data = folder.path / "kafka"
        self._file = self._data / "server.properties"
        self._java = (program.java, *_JAVA, "-cp", f"{program.jars}/*")
        self._child = Child(
            Launch(
                name=self.name,
                command=(*self._java, "kafka.Kafka", str(self._file)),
                folder=folder.path,
                log_file=folder.log("kafka"),
                pid_file=folder.pid_file("kafka"),
                environment=dict(os.environ),
            )
        )

    @property
    def address(self) -> str:
        """The bootstrap server, as host:port."""
        return f"{HOST}:{self._port}"

    def _prepare(self) -> None:
        self._data.mkdir(parents=True, exist_ok=True)
        lines = [f"{name}={value}\n" for name, value in self._settings().items()]
        self._file.write_text("".join(lines), encoding="utf-8")
        if not (self._data / "log" / "meta.properties").exists():
            self._format()

    def _format(self) -> None:
        cluster = cluster_id(uuid.uuid4())
        tool = ("kafka.tools.StorageTool", "format", "--standalone", "-t", cluster, "-c", str(self._file))
        answer = subprocess.run(
            (*self._java, *tool), capture_output=True, text=True, check=False, timeout=_FORMAT_SECONDS
        )
        if answer.returncode != 0:
            msg = f"Kafka's storage could not be made: {answer.stdout}{answer.stderr}"
            raise StartupError(msg)

    def _settings(self) -> dict[str, object]:
        return {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.bootstrap.servers": f"{HOST}:{self._controller}",
            "controller.listener.names": "CONTROLLER",
            "listeners": ",".join(
                (
                    f"PLAINTEXT://{HOST}:{self._port}",
                    f"CONTROLLER://{HOST}:{self._controller}",
                    f"DETOUR://{HOST}:{self.detour}",
                )
            ),
            "advertised.listeners": (
                f"PLAINTEXT://{HOST}:{self._port},DETOUR://{HOST}:{self.detour_advertised}"
            ),
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,DETOUR:PLAINTEXT",
            "inter.broker.listener.name": "PLAINTEXT",
            "log.dirs": self._data / "log",
            "auto.create.topics.enable": "false",
            "default.replication.factor": 1,
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 4,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1,
            "group.initial.rebalance.delay.ms": 0,
            "group.min.session.timeout.ms": 500,
            # Else a broker that was killed is waited for 12 s when it comes back.
            "broker.session.timeout.ms": 2_000,
            "broker.heartbeat.interval.ms": 500,
        }

    def _ready(self) -> bool:
        try:
            with socket.create_connection((HOST, self._port), timeout=2) as connection:
                connection.sendall(_API_VERSIONS)
                return len(connection.recv(4)) == len(b"size")
        except OSError:
            return False
