"""Chores that come again and again: rounds of one activity. What a chore does is the activity's matter."""

from __future__ import annotations

from datetime import UTC, datetime

from temporalio import workflow
from temporalio.common import VersioningBehavior
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from workflows import names, policies
    from workflows.contracts import Chore

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@workflow.defn(name=names.HOUSEKEEPING_WORKFLOW)
class HousekeepingWorkflow:
    """One turn of a chore; a schedule starts turn after turn."""

    def __init__(self) -> None:
        self._done = 0
        self._failed: BaseException | None = None
        self._worked = False

    @workflow.run
    async def run(self, chore: Chore) -> int:
        """Do the chore's rounds and end before the next turn begins; how many things were done.

        A round that fails is no reason to stop: the next one is its repetition. Raises
        `ApplicationError("chore_failed")` when no round has worked.
        """
        until = _next_turn(chore, workflow.now())
        await self._round(chore)
        for _ in range(chore.rounds - 1):
            if workflow.now() + chore.pause >= until:
                break
            await workflow.sleep(chore.pause, summary=chore.activity)
            await self._round(chore)
        if not self._worked:
            raise ApplicationError(f"{chore.activity} did not work", type="chore_failed") from self._failed
        return self._done

    async def _round(self, chore: Chore) -> None:
        try:
            self._done += await workflow.execute_local_activity(
                chore.activity,
                workflow.now(),
                result_type=int,
                start_to_close_timeout=chore.patience,
                retry_policy=policies.CHORE_RETRY,
                summary=chore.activity,
            )
        except (ActivityError, ApplicationError) as error:  # local ones come unwrapped
            workflow.logger.warning("%s does not work now: %s", chore.activity, error.cause or error)
            self._failed = error
        else:
            self._worked = True


@workflow.defn(name=names.HOUSEKEEPING_WORKFLOW, versioning_behavior=VersioningBehavior.AUTO_UPGRADE)
class MovingHousekeepingWorkflow(HousekeepingWorkflow):
    """The same for workers with a version: a turn moves over to a new one between its tasks.

    A class of its own, since the server refuses the word of a worker that has no version.
    """

    @workflow.run
    async def run(self, chore: Chore) -> int:
        """As above."""
        return await super().run(chore)


def _next_turn(chore: Chore, now: datetime) -> datetime:
    """Schedules count their intervals from the epoch, so a turn that began late still ends in time."""
    return now + chore.every - (now - _EPOCH) % chore.every
