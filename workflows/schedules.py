"""What is done again and again, and how often. Doing it is `workflows.housekeeping`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Final

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)

from workflows import names
from workflows.contracts import Chore

_PATIENCE: Final = timedelta(seconds=10)
# A turn that was missed is over: the next one finds what it would have found. The least that is allowed.
_CATCH_UP: Final = timedelta(seconds=10)
# A turn that is stuck must not keep the next ones waiting for long.
_LONGEST_TURNS: Final = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """A chore under its name, and what it is for in a few words."""

    name: str
    chore: Chore
    summary: str


PLANS: Final = (
    Plan(
        "reconcile-orders",
        Chore("reconcile_orders", every=timedelta(minutes=2), patience=timedelta(minutes=1)),
        "finds open orders whose workflow does not run",
    ),
    # Goods are back within 5 s of the time their hold has expired (domain rule 5).
    Plan(
        "sweep-holds",
        Chore("expire_holds", pause=timedelta(seconds=2), rounds=30),
        "puts back what overdue holds hold",
    ),
    Plan("watch-prices", Chore("watch_prices"), "tells when shown prices differ too often"),
    Plan(
        "advance-proposals",
        Chore("advance_proposals", pause=timedelta(seconds=3), rounds=20),
        "activates approved prices at their start and ends them",
    ),
    Plan(
        "settle-orders",
        Chore("settle_orders", pause=timedelta(seconds=10), rounds=6),
        "divides the money of completed orders between its parties",
    ),
    Plan(
        "draw-statements",
        Chore("draw_statements", every=timedelta(hours=1), patience=timedelta(minutes=5)),
        "draws the statements that are due",
    ),
    Plan(
        "reconcile-payments",
        Chore("reconcile_payments", every=timedelta(days=1), patience=timedelta(minutes=5)),
        "compares payment providers' reports with our ledger",
    ),
)


async def ensure_schedules(client: Client, task_queue: str, plans: Iterable[Plan] = PLANS) -> None:
    """Create what is missing and bring the rest up to date; any number of workers may do so at once.

    A schedule that people have paused stays paused. Raises `RPCError` when Temporal refuses or is away.
    """
    for plan in plans:
        schedule = _schedule(plan, task_queue)
        name = names.schedule_id(plan.name, task_queue)
        try:
            await client.create_schedule(name, schedule, trigger_immediately=True, rpc_timeout=_PATIENCE)
        except ScheduleAlreadyRunningError:
            handle = client.get_schedule_handle(name)
            await handle.update(partial(_renewed, schedule), rpc_timeout=_PATIENCE)


def _renewed(wanted: Schedule, found: ScheduleUpdateInput) -> ScheduleUpdate:
    return ScheduleUpdate(replace(wanted, state=found.description.schedule.state))


def _schedule(plan: Plan, task_queue: str) -> Schedule:
    chore = plan.chore
    return Schedule(
        action=ScheduleActionStartWorkflow(
            names.HOUSEKEEPING_WORKFLOW,
            chore,
            id=names.housekeeping_workflow_id(plan.name, task_queue),
            task_queue=task_queue,
            execution_timeout=chore.every * _LONGEST_TURNS,
            static_summary=plan.summary,
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=chore.every)]),
        # One at a time; a turn that ends late is followed at once, and not a whole interval later.
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.BUFFER_ONE, catchup_window=_CATCH_UP),
    )
