"""Providers are called no faster than they bear, by all workers together; who is asked goes by one queue."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import PollerBehaviorAutoscaling, Worker

from activities.pacing import PACED, PacedRequests
from tests.workflow.shop import Shop
from workflows.causes import HearingCauses
from workflows.worker_rules import WorkerRules
from workflows.workers import Queues, build_workers, payment_activities, sandbox

CALLS = 30
SLOWLY = 10.0
RULES = WorkerRules(payment_calls_per_second=SLOWLY, payment_requests_per_second=7)


@workflow.defn(name="AsksALot", sandboxed=False)
class AsksALot:
    @workflow.run
    async def run(self, queue: str) -> None:
        within = timedelta(minutes=1)
        calls = [
            workflow.execute_activity("look", task_queue=queue, start_to_close_timeout=within)
            for _ in range(CALLS)
        ]
        await asyncio.gather(*calls)


@activity.defn(name="look")
async def look() -> None:
    """Costs nothing."""


def _names(worker: Worker) -> set[str]:
    found = (activity._Definition.from_callable(each) for each in worker.config().get("activities", ()))
    return {str(each.name) for each in found if each}


@pytest.fixture
def shop_that_is_closed(temporal: Client) -> Shop:
    name = uuid4().hex
    return Shop(temporal, Queues(f"orders-{name}", f"payments-{name}"))


async def test_money_is_captured_paid_back_asked_for_and_let_go_by_way_of_one_queue(
    shop_that_is_closed: Shop,
) -> None:
    shop = shop_that_is_closed
    family = {str(each.__name__) for each in payment_activities(shop)}

    orders, payments = build_workers(shop.temporal, shop, shop.queues, sandbox(), RULES)

    assert _names(orders) & family == {PACED}
    assert _names(payments) == family
    assert family == {PACED, "capture_payment", "refund_payment", "query_payment", "cancel_payment"}


async def test_workers_have_the_pace_of_their_rules_and_as_many_pollers_as_they_need(
    shop_that_is_closed: Shop,
) -> None:
    shop = shop_that_is_closed

    orders, payments = (
        each.config() for each in build_workers(shop.temporal, shop, shop.queues, rules=RULES)
    )

    assert payments["max_task_queue_activities_per_second"] == SLOWLY
    assert {type(each) for each in orders["interceptors"]} == {PacedRequests, HearingCauses}
    pollers = [
        orders["workflow_task_poller_behavior"],
        orders["activity_task_poller_behavior"],
        payments["activity_task_poller_behavior"],
    ]
    assert {type(each) for each in pollers} == {PollerBehaviorAutoscaling}


@pytest.mark.parametrize("rate", [SLOWLY, 1_000.0])
async def test_two_workers_together_call_no_faster_than_the_queue_allows(
    temporal: Client, temporal_address: str, rate: float
) -> None:
    queue = f"payments-{uuid4().hex}"
    async with AsyncExitStack() as stack:
        asking = Worker(temporal, task_queue=f"asks-{queue}", workflows=[AsksALot])
        await stack.enter_async_context(asking)
        for _ in range(2):
            # As from two processes: a client takes one worker for each queue.
            client = await Client.connect(temporal_address)
            await stack.enter_async_context(
                Worker(client, task_queue=queue, activities=[look], max_task_queue_activities_per_second=rate)
            )
        handle = await temporal.start_workflow(
            "AsksALot", queue, id=f"asks-{queue}", task_queue=f"asks-{queue}"
        )
        await handle.result()

    times: list[datetime] = [
        event.event_time.ToDatetime()
        async for event in handle.fetch_history_events()
        if event.HasField("activity_task_started_event_attributes")
    ]
    took = max(times) - min(times)
    assert len(times) == CALLS
    if rate == SLOWLY:
        assert took > timedelta(seconds=CALLS / SLOWLY / 2)
    else:
        assert took < timedelta(seconds=CALLS / SLOWLY / 2)
