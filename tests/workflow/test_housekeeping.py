"""Chores come again and again, one turn after the other, whatever fails in between."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from temporalio import activity
from temporalio.client import Client, ScheduleHandle, WorkflowFailureError
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from activities.housekeeping import HoldSweeper
from adapters.memory.stock import MemoryStockLedger
from domain.ports.stock import HoldRequest, StockLevel
from domain.stock.hold import HoldKind, StockLine
from tests.workflow.gates import until
from workflows import names
from workflows.contracts import Chore
from workflows.housekeeping import HousekeepingWorkflow
from workflows.schedules import PLANS, Plan, ensure_schedules
from workflows.workers import sandbox

IN_TIME = timedelta(seconds=5)
SOON = timedelta(milliseconds=100)
A_TIMER_MAY_BE_LATE = 1.5
SWEEPING = next(plan for plan in PLANS if plan.name == "sweep-holds")


@dataclass
class House:
    """A worker with two chores: sweeping, and one that a test looks into."""

    temporal: Client
    queue: str = field(default_factory=lambda: f"house-{uuid4().hex}")
    stock: MemoryStockLedger = field(default_factory=MemoryStockLedger)
    rounds: list[tuple[str, datetime]] = field(default_factory=list)
    failures: int = 0

    @activity.defn(name="look_around")
    async def look_around(self, now: datetime) -> int:
        self.rounds.append((activity.info().workflow_run_id or "", now))
        if len(self.rounds) <= self.failures:
            raise ConnectionRefusedError
        return 1

    async def does(self, chore: Chore) -> int:
        done: int = await self.temporal.execute_workflow(
            "Housekeeping", chore, id=f"turn-{uuid4().hex}", task_queue=self.queue, result_type=int
        )
        return done

    async def runs(self) -> set[str]:
        return {run for run, _ in self.rounds}

    def schedule(self, plan: Plan) -> ScheduleHandle:
        return self.temporal.get_schedule_handle(names.schedule_id(plan.name, self.queue))

    @asynccontextmanager
    async def keeps(self, plan: Plan) -> AsyncIterator[None]:
        await ensure_schedules(self.temporal, self.queue, [plan])
        try:
            yield
        finally:
            await self.schedule(plan).delete()


@pytest.fixture
async def house(temporal: Client) -> AsyncIterator[House]:
    house = House(temporal)
    worker = Worker(
        temporal,
        task_queue=house.queue,
        workflows=[HousekeepingWorkflow],
        activities=[HoldSweeper(house.stock).expire_holds, house.look_around],
        workflow_runner=sandbox(),
    )
    async with worker:
        yield house


async def test_an_expired_cart_hold_is_put_back_within_five_seconds_of_its_time(house: House) -> None:
    house.stock.put("tea", 5)
    async with house.keeps(SWEEPING):
        for number in range(3):
            expires = datetime.now(UTC) + timedelta(seconds=1)
            held = HoldRequest(
                f"hold_{number}", (StockLine("tea", 2),), expires, "buyer-1", kind=HoldKind.CART
            )
            assert not (await house.stock.take(held)).refused

            await until(lambda: house.stock.level("tea"), _is_all_back)

            assert expires <= datetime.now(UTC) <= expires + IN_TIME


async def test_turn_follows_turn_without_a_gap(house: House) -> None:
    chore = Chore("look_around", pause=timedelta(milliseconds=300), rounds=50, every=timedelta(seconds=2))

    async with house.keeps(Plan("look-around", chore, "looks around")):
        await until(house.runs, lambda runs: len(runs) > 2)

    times = [at for _, at in house.rounds]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert max(gaps) < IN_TIME
    assert len(times) > len(await house.runs()) > 2


async def test_a_turn_ends_before_the_next_one_begins(house: House) -> None:
    chore = Chore("look_around", pause=SOON, rounds=1_000, every=timedelta(seconds=3))

    await house.does(chore)

    begun, last = (house.rounds[place][1].timestamp() for place in (0, -1))
    next_turn = begun - begun % 3 + 3
    assert last < next_turn + A_TIMER_MAY_BE_LATE


async def test_a_turn_tells_how_much_it_did_and_costs_little_history(house: House) -> None:
    handle = await house.temporal.start_workflow(
        "Housekeeping",
        Chore("look_around", pause=SOON, rounds=3, every=timedelta(hours=1)),
        id=f"turn-{uuid4().hex}",
        task_queue=house.queue,
        result_type=int,
    )

    assert await handle.result() == 3
    assert len([event async for event in handle.fetch_history_events()]) <= 5 + 3 * 6


async def test_a_round_that_fails_is_repeated_by_the_next(house: House) -> None:
    house.failures = 2

    done = await house.does(Chore("look_around", pause=SOON, rounds=4, every=timedelta(hours=1)))

    assert (done, len(house.rounds)) == (2, 4)


async def test_a_turn_in_which_nothing_worked_is_seen_as_failed(house: House) -> None:
    house.failures = 100

    with pytest.raises(WorkflowFailureError) as failed:
        await house.does(Chore("look_around", pause=SOON, rounds=2, every=timedelta(hours=1)))

    assert isinstance(failed.value.cause, ApplicationError)
    assert failed.value.cause.type == "chore_failed"


async def test_every_worker_may_ask_for_the_schedules(house: House) -> None:
    async with house.keeps(SWEEPING):
        await ensure_schedules(house.temporal, house.queue, [SWEEPING])
        found = (await house.schedule(SWEEPING).describe()).schedule

    assert [interval.every for interval in found.spec.intervals] == [timedelta(minutes=1)]


async def test_a_changed_plan_reaches_its_schedule_and_a_pause_by_people_stays(house: House) -> None:
    slower = replace(SWEEPING, chore=replace(SWEEPING.chore, every=timedelta(minutes=2)))
    async with house.keeps(SWEEPING):
        await house.schedule(SWEEPING).pause(note="counting the shelves")

        await ensure_schedules(house.temporal, house.queue, [slower])
        found = (await house.schedule(SWEEPING).describe()).schedule

    assert [interval.every for interval in found.spec.intervals] == [timedelta(minutes=2)]
    assert (found.state.paused, found.state.note) == (True, "counting the shelves")


async def test_overdue_holds_are_put_back_in_bounded_batches() -> None:
    limits: list[int] = []

    class Full:
        async def expire_holds(self, now: datetime, limit: int) -> int:
            limits.append(limit)
            return limit

    done = await HoldSweeper(Full()).expire_holds(datetime.now(UTC))  # type: ignore[arg-type]

    assert (done, limits) == (2_000, [200] * 10)


def _is_all_back(level: Any) -> bool:
    return bool(level == StockLevel("tea", available=5, held=0, sold=0))
