"""The Temporal development server: one process on loopback with its state in one SQLite file.

Finding or building the program is ``temporal_program``'s affair.
"""

import os
import urllib.error
import urllib.request
from http import HTTPStatus
from pathlib import Path

from ops.folder import DataFolder
from ops.ports import HOST, Ports
from ops.processes.child import Child, Launch
from ops.servers.server import EmbeddedServer

SEARCH_ATTRIBUTES = {
    "OrderStatus": "Keyword",
    "PaymentStatus": "Keyword",
    "MerchantIds": "KeywordList",
    "AmountMinor": "Int",
    "Currency": "Keyword",
    "NeedsReview": "Bool",
    "FailedStep": "Keyword",
}
# The queue processors poll 20 times a second otherwise, and every hop of a workflow costs 50 ms.
_DYNAMIC_CONFIG = {
    "history.transferProcessorMaxPollRPS": "1000",
    "history.timerProcessorMaxPollRPS": "1000",
    "history.visibilityProcessorMaxPollRPS": "1000",
}


class EmbeddedTemporal(EmbeddedServer):
    """The development server with its state in ``temporal/`` of the data folder."""

    name = "Temporal"

    def __init__(self, folder: DataFolder, ports: Ports, program: Path, origin: str, namespace: str) -> None:
        """Prepare the command; nothing runs yet."""
        self.origin = origin
        self._data = folder.path / "temporal"
        self._port = ports.choose("temporal")
        self._ui_port = ports.choose("temporal_ui")
        self._http_port = ports.choose("temporal_http")
        self._namespace = namespace
        self._child = Child(
            Launch(
                name=self.name,
                command=(str(program), "server", "start-dev", *self._options()),
                folder=folder.path,
                log_file=folder.log("temporal"),
                pid_file=folder.pid_file("temporal"),
                environment=dict(os.environ),
            )
        )

    @property
    def address(self) -> str:
        """host:port of the frontend."""
        return f"{HOST}:{self._port}"

    @property
    def ui_url(self) -> str:
        """The web page."""
        return f"http://{HOST}:{self._ui_port}"

    def _options(self) -> list[str]:
        options = ["--ip", HOST, "--port", str(self._port), "--ui-port", str(self._ui_port)]
        options += ["--http-port", str(self._http_port), "--db-filename", str(self._data / "state.db")]
        options += ["--namespace", self._namespace, "--log-level", "warn"]
        options += ["--disable-config-file", "--disable-config-env"]  # a developer's own profile is not ours
        for name, kind in SEARCH_ATTRIBUTES.items():
            options += ["--search-attribute", f"{name}={kind}"]
        for key, value in _DYNAMIC_CONFIG.items():
            options += ["--dynamic-config-value", f"{key}={value}"]
        return options

    def _prepare(self) -> None:
        self._data.mkdir(exist_ok=True)

    def _ready(self) -> bool:
        url = f"http://{HOST}:{self._http_port}/api/v1/namespaces/{self._namespace}"
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                return bool(answer.status == HTTPStatus.OK)
        except (OSError, urllib.error.URLError):
            return False
