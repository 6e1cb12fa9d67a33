"""Two hundred orders of arrival of callbacks, over HTTP, Postgres and Temporal: all end right."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any
from uuid import uuid4

import pytest

from domain.order.keys import payment_key, refund_key
from domain.payment.facts import FactKind
from tests.integration.payments.callback_stage import Stage, stage, told_of
from tests.support.callback_world import Ending, Moment, Timeline, arrivals, expected, told

pytestmark = pytest.mark.timeout(300)
SAMPLE, SEED, AT_ONCE = 200, 20_261_121, 12


@dataclass(frozen=True)
class Case:
    """One story: what arrives in what order, when, and how often."""

    arrival: tuple[FactKind, ...]
    timeline: Timeline
    moment: Moment
    times: int

    def __str__(self) -> str:
        kinds = " ".join(kind.value for kind in self.arrival)
        return f"{kinds or 'nothing'}; {self.timeline.value}; {self.moment.value}; {self.times} times"


def sample() -> list[Case]:
    """The same two hundred every time, out of some forty thousand."""
    every = [Case(*case) for case in product(arrivals(), Timeline, Moment, (1, 3))]
    return random.Random(SEED).sample(every, SAMPLE)


@pytest.fixture
async def world(database_url: str, redis_url: str, temporal_address: str) -> AsyncIterator[Stage]:
    mark = uuid4().hex[:8]
    values: dict[str, Any] = {
        "database_url": database_url,
        "redis_url": redis_url,
        "temporal_address": temporal_address,
        "order_task_queue": f"orders-{mark}",
        "payment_task_queue": f"payments-{mark}",
        "first_answer_seconds": 30.0,  # twelve stories at once on a busy machine
    }
    async with stage(values) as made:
        yield made


async def test_two_hundred_orders_of_arrival_end_with_the_right_status_and_money(world: Stage):
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(case: Case) -> str:
        async with gate:
            ending, right = await tell(world, case), rights(case)
        return "" if ending in right else f"{case}: {ending}, not {right}"

    wrong = [said for said in await asyncio.gather(*map(one, sample())) if said]

    assert not wrong, f"{len(wrong)} of {SAMPLE}:\n" + "\n".join(wrong[:20])


async def tell(world: Stage, case: Case) -> Ending:
    """One story from the checkout to the end of what its callbacks cause."""
    order_id = f"ord_{uuid4().hex}"
    key = payment_key(order_id, 1)
    facts = told_of(key, told(case.arrival, case.timeline, case.moment), refund_key(key))
    if case.moment is Moment.BEFORE_THE_ORDER:
        for fact in facts:
            await world.tell(fact, case.times)
        await world.place(order_id=order_id)
        await world.deliver(facts)
        await world.rests(order_id, key)
        return await world.last_ending(order_id, key, rights(case))
    await _until(world, case, order_id)
    for fact in facts:
        await world.tell(fact, case.times)
        await world.rests(order_id, key)
    return await world.last_ending(order_id, key, rights(case))


async def _until(world: Stage, case: Case, order_id: str) -> None:
    """Bring the order to where the callbacks find it."""
    expires = case.moment is Moment.AFTER_EXPIRY
    await world.place(world.hurried if expires else world.http, order_id)
    key = payment_key(order_id, 1)
    if expires:
        await world.becomes(order_id, status="cancelled", cancel_reason="payment_timeout")
    if case.moment is Moment.AFTER_REFUND:
        paid = [FactKind.CAPTURED]
        for fact in told_of(key, told(paid, case.timeline, case.moment), refund_key(key)):
            await world.tell(fact, 1)
        await world.becomes(order_id, status="paid")
    if case.moment in {Moment.AFTER_CANCEL, Moment.AFTER_REFUND}:
        await world.post(f"/v1/orders/{order_id}/cancel", {"reason": "buyer"})
    if case.moment is Moment.AFTER_REFUND:
        await world.becomes(order_id, payment_status="refunded")
    await world.rests(order_id, key)


def rights(case: Case) -> Sequence[Ending]:
    """What is right. What comes at once may be heard at once or one by one; a late payment is sent back as
    soon as it is heard, and not when everything was said."""
    if case.moment is Moment.BEFORE_THE_ORDER:
        others = (Moment.BEFORE_THE_ORDER, Moment.BEFORE_THE_WORKFLOW)
        return [expected(case.arrival, case.timeline, moment) for moment in others]
    right = expected(case.arrival, case.timeline, case.moment)
    if case.moment is Moment.AFTER_REFUND:
        return [_sent(right, 1_000)]
    if case.moment in {Moment.AFTER_CANCEL, Moment.AFTER_EXPIRY} and right.captured:
        heard = case.arrival
        captured, back = heard.index(FactKind.CAPTURED), _index(heard, FactKind.REFUNDED)
        return [_sent(right, 0 if back < captured else 1_000)]
    return [right]


def _sent(right: Ending, sent: int) -> Ending:
    refunded = right.captured
    return Ending(right.status, right.payment_status, right.captured, refunded, sent)


def _index(heard: Sequence[FactKind], kind: FactKind) -> int:
    return heard.index(kind) if kind in heard else len(heard)
