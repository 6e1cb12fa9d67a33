"""How workers take their tasks: how fast, and as which version. What they run is elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import PollerBehaviorAutoscaling, WorkerDeploymentConfig

MANY_CALLS: Final = 500.0
# The server tells workers when more of them, or fewer, should ask. It starts where a quiet shop needs it.
POLLERS: Final = PollerBehaviorAutoscaling(minimum=2, maximum=100, initial=5)


@dataclass(frozen=True, slots=True)
class WorkerRules:
    """`payment_calls_per_second` of all workers of a payments queue together; `payment_requests_per_second`
    opened by one worker. With a `version` workers are told apart by it, else all of them are alike.
    """

    payment_calls_per_second: float = MANY_CALLS
    payment_requests_per_second: float = MANY_CALLS
    version: WorkerDeploymentVersion | None = None

    @property
    def deployment(self) -> WorkerDeploymentConfig | None:
        """What the SDK wants to know: workflows end on the version on which they began, unless they say
        otherwise themselves.
        """
        if self.version is None:
            return None
        return WorkerDeploymentConfig(
            version=self.version,
            use_worker_versioning=True,
            default_versioning_behavior=VersioningBehavior.PINNED,
        )
