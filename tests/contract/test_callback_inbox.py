"""What every callback inbox and every memory of payment attempts promise, over memory and PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.money import Money
from domain.payment.facts import FactKind, PaymentFact
from domain.ports.payments import InboxEntry
from tests.support.port_worlds import PortWorld

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)
CAPTURED = PaymentFact(
    provider="sandbox",
    event_id="evt_1",
    payment_key="pay:ord_1:1",
    kind=FactKind.CAPTURED,
    amount=Money(88_000, "CNY"),
    occurred_at=NOON - timedelta(milliseconds=7),
)
REFUNDED = replace(CAPTURED, event_id="evt_2", kind=FactKind.REFUNDED, refund_key="refund:ord_1:1")


async def waiting(world: PortWorld, before: datetime = LATER, limit: int = 10) -> list[str]:
    return [entry.fact.event_id for entry in await world.inbox.waiting(before=before, limit=limit)]


async def test_an_attempt_belongs_to_the_order_that_made_it_first(world: PortWorld) -> None:
    await world.attempts.remember("pay:ord_1:1", "ord_1", "sandbox", Money(88_000, "CNY"))
    await world.attempts.remember("pay:ord_1:1", "ord_2", "sandbox", Money(1, "CNY"))

    assert await world.attempts.order_of("pay:ord_1:1") == "ord_1"


async def test_an_attempt_that_nobody_made_belongs_to_no_order(world: PortWorld) -> None:
    assert await world.attempts.order_of("pay:none:1") is None


async def test_a_stored_fact_knows_its_order(world: PortWorld) -> None:
    await world.attempts.remember("pay:ord_1:1", "ord_1", "sandbox", Money(88_000, "CNY"))

    entry = await world.inbox.store(CAPTURED, b"raw", NOON)

    assert entry == InboxEntry(CAPTURED, "ord_1", attempts=0, received_at=NOON)


@pytest.mark.parametrize("fact", [CAPTURED, REFUNDED])
async def test_a_waiting_fact_is_found_again_whole(world: PortWorld, fact: PaymentFact) -> None:
    await world.inbox.store(fact, b"\x00\xff", NOON)

    assert list(await world.inbox.waiting(before=LATER, limit=10)) == [InboxEntry(fact, None, 0, NOON)]


async def test_a_fact_that_came_before_its_order_finds_it_later(world: PortWorld) -> None:
    await world.inbox.store(CAPTURED, b"raw", NOON)
    await world.attempts.remember("pay:ord_1:1", "ord_1", "sandbox", Money(88_000, "CNY"))

    (entry,) = await world.inbox.waiting(before=LATER, limit=10)

    assert entry.order_id == "ord_1"


async def test_a_repeat_of_a_delivered_fact_is_nothing_new(world: PortWorld) -> None:
    await world.inbox.store(CAPTURED, b"raw", NOON)
    await world.inbox.delivered("sandbox", "evt_1", NOON)

    assert await world.inbox.store(CAPTURED, b"raw", LATER) is None
    assert await waiting(world) == []


async def test_a_repeat_of_a_waiting_fact_is_stored_once_and_may_be_delivered(world: PortWorld) -> None:
    await world.inbox.store(CAPTURED, b"raw", NOON)

    again = await world.inbox.store(CAPTURED, b"raw", LATER)

    assert again == InboxEntry(CAPTURED, None, attempts=0, received_at=NOON)
    assert await waiting(world) == ["evt_1"]


async def test_ten_equal_callbacks_at_once_are_stored_once(world: PortWorld) -> None:
    await asyncio.gather(*(world.inbox.store(CAPTURED, b"raw", NOON) for _ in range(10)))

    assert await waiting(world) == ["evt_1"]


async def test_another_provider_may_use_the_same_event_id(world: PortWorld) -> None:
    await world.inbox.store(CAPTURED, b"raw", NOON)
    await world.inbox.delivered("sandbox", "evt_1", NOON)

    assert await world.inbox.store(replace(CAPTURED, provider="other"), b"raw", NOON) is not None


async def test_facts_wait_oldest_first_and_are_left_alone_at_first(world: PortWorld) -> None:
    for number in (3, 1, 2):
        fact = replace(CAPTURED, event_id=f"evt_{number}")
        await world.inbox.store(fact, b"raw", NOON + timedelta(seconds=number))

    assert await waiting(world, before=NOON + timedelta(seconds=3)) == ["evt_1", "evt_2"]
    assert await waiting(world, limit=1) == ["evt_1"]


async def test_a_postponed_fact_comes_again_at_its_time_and_counts_its_attempts(world: PortWorld) -> None:
    await world.inbox.store(CAPTURED, b"raw", NOON)
    until = LATER + timedelta(seconds=30)

    await world.inbox.postponed("sandbox", "evt_1", until)

    assert await waiting(world, before=until - timedelta(microseconds=1)) == []
    (entry,) = await world.inbox.waiting(before=until, limit=10)
    assert entry.attempts == 1


async def test_a_postponed_fact_that_was_delivered_does_not_come_again(world: PortWorld) -> None:
    await world.inbox.store(CAPTURED, b"raw", NOON)
    await world.inbox.delivered("sandbox", "evt_1", NOON)

    await world.inbox.postponed("sandbox", "evt_1", NOON)

    assert await waiting(world) == []
