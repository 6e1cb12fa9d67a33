"""What every memory of providers' payment ids promises, over memory and PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from domain.ports.payments import PaymentReference
from tests.support.port_worlds import PortWorld

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
KEY = "pay_ord_1_1"


async def test_of_a_key_that_was_never_asked_for_nothing_is_known(world: PortWorld) -> None:
    assert await world.references.reference_of("stripe", KEY) is None
    assert await world.references.key_of("stripe", "pi_1") is None


async def test_the_first_time_that_it_was_asked_stays(world: PortWorld) -> None:
    assert await world.references.asked("stripe", KEY, NOON) == PaymentReference(NOON, None)
    assert await world.references.asked("stripe", KEY, LATER) == PaymentReference(NOON, None)


async def test_the_first_id_stays_and_is_found_both_ways(world: PortWorld) -> None:
    await world.references.asked("stripe", KEY, NOON)
    await world.references.keep("stripe", KEY, "pi_1")
    await world.references.keep("stripe", KEY, "pi_2")

    assert await world.references.reference_of("stripe", KEY) == PaymentReference(NOON, "pi_1")
    assert await world.references.asked("stripe", KEY, LATER) == PaymentReference(NOON, "pi_1")
    assert await world.references.key_of("stripe", "pi_1") == KEY
    assert await world.references.key_of("stripe", "pi_2") is None


async def test_each_provider_has_ids_of_its_own(world: PortWorld) -> None:
    await world.references.asked("stripe", KEY, NOON)
    await world.references.keep("stripe", KEY, "pi_1")

    assert await world.references.reference_of("other", KEY) is None
    assert await world.references.key_of("other", "pi_1") is None


async def test_an_id_of_a_key_that_was_never_asked_for_is_not_kept(world: PortWorld) -> None:
    await world.references.keep("stripe", KEY, "pi_1")

    assert await world.references.key_of("stripe", "pi_1") is None


async def test_many_asking_at_once_agree_on_one_time(world: PortWorld) -> None:
    times = [NOON + timedelta(seconds=number) for number in range(8)]
    found = await asyncio.gather(*(world.references.asked("stripe", KEY, at) for at in times))

    assert len(set(found)) == 1
