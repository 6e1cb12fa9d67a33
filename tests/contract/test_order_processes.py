"""What every `OrderProcesses` does: it tells what runs, and of many callers one starts what does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from temporalio.client import Client

from adapters.memory.processes import MemoryOrderProcesses
from adapters.temporal.converter import data_converter
from domain.ports.processes import OrderProcesses, ProcessState, ProcessUnknownError
from tests.workflow.shop import open_shop
from tests.workflow.stopped import processes_of, stops


@dataclass
class World:
    """Processes, and one order whose process runs until it is ended by force."""

    processes: OrderProcesses
    order_id: str
    ends: Callable[[], Awaitable[None]]


@pytest.fixture(params=["memory", "temporal"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    if request.param == "memory":
        processes = MemoryOrderProcesses()
        processes.states["ord_1"] = ProcessState.RUNNING

        async def end() -> None:
            processes.states["ord_1"] = ProcessState.TERMINATED

        yield World(processes, "ord_1", end)
        return
    address = request.getfixturevalue("temporal_address")
    temporal = await Client.connect(address, data_converter=data_converter())
    async with open_shop(temporal) as shop:
        buyer = await shop.an_order()
        await buyer.is_paid()
        yield World(processes_of(shop), buyer.id, lambda: stops(buyer))


async def test_a_running_process_is_not_started_again(world: World) -> None:
    assert await world.processes.state(world.order_id) is ProcessState.RUNNING
    assert not await world.processes.restart(world.order_id)


async def test_one_that_was_ended_by_force_is_told_and_started_by_one_caller(world: World) -> None:
    await world.ends()
    assert await world.processes.state(world.order_id) is ProcessState.TERMINATED

    started = await asyncio.gather(*(world.processes.restart(world.order_id) for _ in range(4)))

    assert sorted(started) == [False, False, False, True]
    assert await world.processes.state(world.order_id) is ProcessState.RUNNING


async def test_money_is_sent_back_beside_the_process(world: World) -> None:
    assert await world.processes.send_back(world.order_id)


async def test_nobody_starts_what_nobody_knows(world: World) -> None:
    assert await world.processes.state("ord_nobody") is ProcessState.NEVER_STARTED
    with pytest.raises(ProcessUnknownError):
        await world.processes.restart("ord_nobody")
    with pytest.raises(ProcessUnknownError):
        await world.processes.send_back("ord_nobody")
