"""Which version of the workers takes new work: asked of Temporal and told to it. It knows no workflow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from temporalio.api.enums.v1 import WorkerDeploymentVersionStatus
from temporalio.api.workflowservice.v1 import (
    DescribeWorkerDeploymentRequest,
    SetWorkerDeploymentCurrentVersionRequest,
    SetWorkerDeploymentRampingVersionRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError

from ops.errors import OperatorError

_PATIENCE: Final = timedelta(seconds=20)
_STATUS: Final = "WORKER_DEPLOYMENT_VERSION_STATUS_"


class DeploymentError(OperatorError):
    """Temporal would not do it; the text says why."""


@dataclass(frozen=True, slots=True)
class VersionState:
    """A version and what it does: inactive, current, ramping, draining (its orders go on) or drained."""

    build_id: str
    state: str


@dataclass(frozen=True, slots=True)
class DeploymentState:
    """`current` is empty while new work goes to workers without a version; `share` in per cent."""

    current: str
    ramping: str
    share: float
    versions: tuple[VersionState, ...]


class Deployment:
    """The workers' versions under one name."""

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self._name = name

    async def make_current(self, build_id: str) -> None:
        """Send all new work to this version. Raises `DeploymentError`."""
        request = SetWorkerDeploymentCurrentVersionRequest(
            namespace=self._client.namespace,
            deployment_name=self._name,
            build_id=build_id,
            identity=self._client.identity,
        )
        try:
            await self._client.workflow_service.set_worker_deployment_current_version(
                request, timeout=_PATIENCE
            )
        except RPCError as error:
            raise self._refused(error) from error

    async def ramp(self, build_id: str, share: float) -> None:
        """Send this share of new work to a version, 0 to 100 per cent. Raises `DeploymentError`."""
        request = SetWorkerDeploymentRampingVersionRequest(
            namespace=self._client.namespace,
            deployment_name=self._name,
            build_id=build_id,
            percentage=share,
            identity=self._client.identity,
        )
        try:
            await self._client.workflow_service.set_worker_deployment_ramping_version(
                request, timeout=_PATIENCE
            )
        except RPCError as error:
            raise self._refused(error) from error

    async def state(self) -> DeploymentState:
        """What goes where. Raises `DeploymentError`, also when no worker has come under this name yet."""
        request = DescribeWorkerDeploymentRequest(
            namespace=self._client.namespace, deployment_name=self._name
        )
        try:
            found = await self._client.workflow_service.describe_worker_deployment(request, timeout=_PATIENCE)
        except RPCError as error:
            raise self._refused(error) from error
        info = found.worker_deployment_info
        versions = (
            VersionState(
                each.deployment_version.build_id,
                WorkerDeploymentVersionStatus.Name(each.status).removeprefix(_STATUS).lower(),
            )
            for each in info.version_summaries
        )
        routing = info.routing_config
        return DeploymentState(
            routing.current_deployment_version.build_id,
            routing.ramping_deployment_version.build_id,
            routing.ramping_version_percentage,
            tuple(sorted(versions, key=lambda each: each.build_id)),
        )

    def _refused(self, error: RPCError) -> DeploymentError:
        return DeploymentError(f"deployment {self._name}: {error.message}")
