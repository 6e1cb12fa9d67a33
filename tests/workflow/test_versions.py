"""Orders end on the version of the workers that began them; new ones begin on the current one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.common import WorkerDeploymentVersion
from typer.testing import CliRunner, Result

from adapters.temporal.converter import data_converter
from ops.cli import app
from ops.deployment import Deployment, DeploymentError, DeploymentState, VersionState
from tests.workflow.gates import until
from tests.workflow.shop import Shop
from workflows.contracts import Chore
from workflows.worker_rules import WorkerRules
from workflows.workers import Queues, build_workers, sandbox

_DONE = ("workflow_task_completed_event_attributes", "activity_task_started_event_attributes")


@dataclass
class Fleet:
    """Workers of several versions over one shop."""

    shop: Shop
    address: str
    name: str

    @property
    def deployment(self) -> Deployment:
        return Deployment(self.shop.temporal, self.name)

    @asynccontextmanager
    async def runs(self, build_id: str) -> AsyncIterator[None]:
        client = await Client.connect(
            self.address, data_converter=data_converter(), identity=f"worker-{build_id}"
        )
        rules = WorkerRules(version=WorkerDeploymentVersion(self.name, build_id))
        async with AsyncExitStack() as stack:
            for worker in build_workers(client, self.shop, self.shop.queues, sandbox(), rules):
                await stack.enter_async_context(worker)
            await self.is_seen(build_id)
            yield

    async def is_seen(self, build_id: str) -> None:
        async def known() -> set[str]:
            try:
                return {each.build_id for each in (await self.deployment.state()).versions}
            except DeploymentError:
                return set()

        await until(known, lambda found: build_id in found)

    async def makes_current(self, build_id: str) -> None:
        """As soon as the server has seen both queues of the version."""

        async def made() -> bool:
            try:
                await self.deployment.make_current(build_id)
            except DeploymentError:
                return False
            return True

        await until(made, bool)


@pytest.fixture
async def fleet(temporal: Client, temporal_address: str) -> Fleet:
    name = uuid4().hex
    shop = Shop(temporal, Queues(f"orders-{name}", f"payments-{name}"))
    await shop.sells()
    return Fleet(shop, temporal_address, f"orders-{name}")


async def _workers_of(handle: WorkflowHandle[Any, Any], *kinds: str) -> list[str]:
    """Who did the workflow's tasks and activities, in their order."""
    return [
        getattr(event, kind).identity
        async for event in handle.fetch_history_events()
        if (kind := str(event.WhichOneof("attributes"))) in (kinds or _DONE)
    ]


async def test_orders_end_where_they_began_and_new_ones_begin_on_the_current_version(fleet: Fleet) -> None:
    async with fleet.runs("a"), fleet.runs("b"):
        await fleet.makes_current("a")
        old = await fleet.shop.an_order()
        await old.checks_out()

        await fleet.makes_current("b")
        new = await fleet.shop.an_order()
        await new.checks_out()
        for buyer in (old, new):
            await buyer.pays_and_it_is_reported()
            await buyer.becomes(lambda order: order.status == "paid")
            await buyer.parcel("handed_over")
            await buyer.parcel("delivered")
            await buyer.comes_to_rest()

        assert set(await _workers_of(old.handle)) == {"worker-a"}
        assert set(await _workers_of(new.handle)) == {"worker-b"}


async def test_money_goes_back_by_the_version_that_the_order_began_on(fleet: Fleet) -> None:
    async with fleet.runs("a"), fleet.runs("b"):
        await fleet.makes_current("a")
        buyer = await fleet.shop.an_order()
        await buyer.is_paid()
        await fleet.makes_current("b")

        await buyer.handle.cancel()
        with pytest.raises(WorkflowFailureError):
            await buyer.comes_to_rest()

        workers = await _workers_of(buyer.handle, "activity_task_started_event_attributes")
        assert (await buyer.order()).status == "cancelled"
        assert "PaymentRefunded" in await buyer.kinds()
        assert set(workers) == {"worker-a"}


async def test_a_chore_moves_over_in_the_middle_of_its_turn(fleet: Fleet) -> None:
    chore = Chore("expire_holds", pause=timedelta(milliseconds=200), rounds=200, every=timedelta(hours=1))
    async with fleet.runs("a"), fleet.runs("b"):
        await fleet.makes_current("a")
        queue = fleet.shop.queues.orders
        turn = await fleet.shop.temporal.start_workflow(
            "Housekeeping", chore, id=f"turn-{queue}", task_queue=queue
        )
        await until(lambda: _workers_of(turn), lambda workers: "worker-a" in workers)

        await fleet.makes_current("b")

        workers = await until(lambda: _workers_of(turn), lambda workers: workers[-3:] == ["worker-b"] * 3)
        await turn.terminate()
        assert workers == sorted(workers)


async def test_a_new_version_may_have_its_share_before_it_is_current(fleet: Fleet) -> None:
    async with fleet.runs("a"), fleet.runs("b"):
        await fleet.makes_current("a")

        await fleet.deployment.ramp("b", 100)
        buyer = await fleet.shop.an_order()
        await buyer.checks_out()

        assert set(await _workers_of(buyer.handle)) == {"worker-b"}
        assert await fleet.deployment.state() == DeploymentState(
            "a", "b", 100, (VersionState("a", "current"), VersionState("b", "ramping"))
        )


async def test_a_version_that_no_worker_has_cannot_take_work(fleet: Fleet) -> None:
    async with fleet.runs("a"):
        await fleet.makes_current("a")

        with pytest.raises(DeploymentError):
            await fleet.deployment.make_current("never-built")
        with pytest.raises(DeploymentError):
            await fleet.deployment.ramp("never-built", 5)

        assert (await fleet.deployment.state()).current == "a"


async def test_workers_without_a_version_are_alike(fleet: Fleet) -> None:
    assert WorkerRules().deployment is None
    async with fleet.shop.opens_again():
        buyer = await fleet.shop.an_order()
        await buyer.checks_out()

        with pytest.raises(DeploymentError, match="not found"):
            await fleet.deployment.state()


async def test_an_operator_makes_a_version_current_and_sees_it(fleet: Fleet, monkeypatch) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", fleet.address)
    monkeypatch.setenv("ORDERKEEP_DEPLOYMENT", fleet.name)

    async def orderkeep(*words: str) -> Result:
        return await asyncio.to_thread(lambda: CliRunner().invoke(app, ["deploy", *words]))

    async with fleet.runs("a"), fleet.runs("b"):
        await fleet.makes_current("b")
        before = await orderkeep("status")
        made = await orderkeep("current", "a")
        ramped = await orderkeep("ramp", "b", "25")
        refused = await orderkeep("current", "never-built")

    assert [each.exit_code for each in (before, made, ramped)] == [0, 0, 0]
    assert ["a", "inactive", "–"] in _rows(before)
    assert ["b", "current", "100 %"] in _rows(before)
    assert ["a", "current", "100 %"] in _rows(made)
    assert ["a", "current", "75 %"] in _rows(ramped)
    assert ["b", "ramping", "25 %"] in _rows(ramped)
    assert isinstance(refused.exception, DeploymentError)


def _rows(result: Result) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("│")[1:-1]] for line in result.output.splitlines()]
