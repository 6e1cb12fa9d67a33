"""Which processes of ours there are, where each begins, and how it is told where everything is.

Run as a module with a name it becomes that process: ``python -m ops.services worker``.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module

from ops.folder import DataFolder
from ops.ports import HOST, Ports
from ops.processes.child import Child, Launch
from ops.processes.service import Service
from ops.servers.embedded import Addresses


class ServiceName(StrEnum):
    """Our processes, in the order in which they start."""

    PROVIDER = "provider"
    CARRIER = "carrier"
    WORKER = "worker"
    PROJECTOR = "projector"
    PUBLISHER = "publisher"
    CONSUMER = "consumer"
    API = "api"


@dataclass(frozen=True, slots=True)
class _Kind:
    entry: str  # module:function
    port: str  # the name under which the port is chosen and configured
    health: str  # path of the health page


_KINDS = {
    ServiceName.PROVIDER: _Kind("ops.sandbox_provider.app:main", "provider", "/health"),
    ServiceName.CARRIER: _Kind("ops.sandbox_carrier.app:main", "carrier", "/health"),
    ServiceName.WORKER: _Kind("worker:main", "worker_health", "/health"),
    ServiceName.PROJECTOR: _Kind("ops.projector:main", "projector_health", "/health"),
    ServiceName.PUBLISHER: _Kind("ops.publisher:main", "publisher_health", "/health"),
    ServiceName.CONSUMER: _Kind("ops.consumer:main", "consumer_health", "/health"),
    ServiceName.API: _Kind("api.app:main", "api", "/health/ready"),
}
_GRPC_PORT = "ORDERKEEP_GRPC_PORT"


def build_services(
    folder: DataFolder, ports: Ports, addresses: Addresses, environment: Mapping[str, str]
) -> dict[ServiceName, Service]:
    """One service for each name, with ports chosen and the environment complete; nothing runs yet."""
    chosen = {name: ports.choose(kind.port) for name, kind in _KINDS.items()}
    variables = _environment(folder, chosen, addresses, environment)
    variables[_GRPC_PORT] = str(ports.choose("grpc"))
    return {name: _service(folder, name, chosen[name], variables) for name in ServiceName}


def url_of(service: Service) -> str:
    """Scheme, host and port of a service."""
    return service.health_url.removesuffix(_KINDS[ServiceName(service.name)].health)


def grpc_address_of(service: Service) -> str:
    """Host and port where the API is called over gRPC."""
    return f"{HOST}:{service.child.launch.environment[_GRPC_PORT]}"


def _service(folder: DataFolder, name: ServiceName, port: int, variables: Mapping[str, str]) -> Service:
    launch = Launch(
        name=name,
        # -P: the working folder holds data, and nothing may be imported from there.
        command=(sys.executable, "-P", "-m", "ops.services", name),
        folder=folder.path,
        log_file=folder.log(name),
        pid_file=folder.pid_file(name),
        environment=variables,
    )
    return Service(Child(launch), f"http://{HOST}:{port}{_KINDS[name].health}")


def _environment(
    folder: DataFolder,
    chosen: Mapping[ServiceName, int],
    addresses: Addresses,
    environment: Mapping[str, str],
) -> dict[str, str]:
    api = f"http://{HOST}:{chosen[ServiceName.API]}"
    defaults = {
        "ORDERKEEP_ENVIRONMENT": "local",
        "TEMPORAL_NAMESPACE": "default",
        "ORDERKEEP_PUBLIC_URL": api,
        "ORDERKEEP_TEMPORAL_UI_URL": addresses.temporal_ui_url or "",
        "PYTHONUNBUFFERED": "1",
    }
    decided = {
        **addresses.environment(),
        **{f"ORDERKEEP_{_KINDS[name].port.upper()}_PORT": str(port) for name, port in chosen.items()},
        "ORDERKEEP_PROVIDER_URL": f"http://{HOST}:{chosen[ServiceName.PROVIDER]}",
        "ORDERKEEP_PROVIDER_DATA": str(folder.path / "provider"),
        "ORDERKEEP_CARRIER_URL": f"http://{HOST}:{chosen[ServiceName.CARRIER]}",
        "ORDERKEEP_CARRIER_DATA": str(folder.path / "carrier"),
        "ORDERKEEP_DATA": str(folder.path),
    }
    return {**defaults, **environment, **decided}


def run_service(name: ServiceName) -> None:
    """Become one of our processes, with its settings from the environment; returns when it has stopped."""
    module, _, function = _KINDS[name].entry.partition(":")
    getattr(import_module(module), function)()


if __name__ == "__main__":
    run_service(ServiceName(sys.argv[1]))
