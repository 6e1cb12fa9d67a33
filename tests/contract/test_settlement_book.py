"""What every settlement book promises, over memory and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from domain.settlement.case import HoldReason
from domain.settlement.terms import Cycle, MerchantTerms
from tests.contract.settlement_world import SettlementWorld, memory_settlement, postgres_settlement
from tests.support.settlements import DAY, MORNING, a_movement, a_stretch, settled


@pytest.fixture(params=["memory", "postgres"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[SettlementWorld]:
    if request.param == "memory":
        yield memory_settlement()
        return
    async with postgres_settlement(request.getfixturevalue("fresh_database")) as found:
        yield found


async def test_what_was_recorded_is_found_again_whole(world: SettlementWorld) -> None:
    refund = a_movement(key="ref_1", amount=-4_000, at=MORNING + DAY)
    order = settled(a_movement(), refund)

    assert await world.book.record(a_stretch(0, order)) == 2

    assert await world.book.settled(["ord_1", "ord_none"]) == {"ord_1": order}
    assert await world.book.position() == 10


async def test_a_stretch_that_somebody_else_has_read_writes_nothing(world: SettlementWorld) -> None:
    await world.book.record(a_stretch(0, settled(a_movement())))

    answer = await world.book.record(a_stretch(0, settled(a_movement("ord_2"), order="ord_2")))

    assert answer is None
    assert await world.book.settled(["ord_2"]) == {}
    assert await world.book.position() == 10


async def test_of_many_readers_of_one_stretch_one_writes(world: SettlementWorld) -> None:
    stretch = a_stretch(0, settled(a_movement()))

    answers = await asyncio.gather(*(world.book.record(stretch) for _ in range(6)))

    assert sorted(answers, key=str) == [1, None, None, None, None, None]


async def test_an_order_that_is_told_again_adds_only_what_is_new(world: SettlementWorld) -> None:
    sale, refund = a_movement(), a_movement(key="ref_1", amount=-1_000, at=MORNING + DAY)
    await world.book.record(a_stretch(0, settled(sale)))

    again = await world.book.record(a_stretch(10, settled(sale)))
    later = await world.book.record(a_stretch(20, settled(sale, refund)))

    assert (again, later) == (0, 1)
    assert (await world.book.settled(["ord_1"]))["ord_1"].movements == (sale, refund)


async def test_what_was_recorded_stays_whatever_is_told_later(world: SettlementWorld) -> None:
    await world.book.record(a_stretch(0, settled(a_movement())))

    await world.book.record(a_stretch(10, settled(a_movement(amount=99))))

    assert (await world.book.settled(["ord_1"]))["ord_1"].movements == (a_movement(),)


async def test_terms_of_an_order_stay_those_of_its_settlement(world: SettlementWorld) -> None:
    order = settled(a_movement())
    await world.book.record(a_stretch(0, order))

    await world.book.record(a_stretch(10, replace(order, agreed={"tea": MerchantTerms("tea", 9_000)})))

    assert (await world.book.settled(["ord_1"]))["ord_1"].agreed == order.agreed


async def test_a_held_order_is_let_go_when_it_is_told_without_a_hold(world: SettlementWorld) -> None:
    await world.book.record(a_stretch(0, settled(hold=HoldReason.IN_REVIEW)))

    await world.book.record(a_stretch(10, settled(a_movement())))

    assert await world.book.settled(["ord_1"]) == {"ord_1": settled(a_movement())}


async def test_the_newest_terms_hold_and_strangers_have_none(world: SettlementWorld) -> None:
    old, new = MerchantTerms("tea", 300), MerchantTerms("tea", 700, delivers=False, cycle=Cycle.MONTHLY)
    for terms in (old, new, MerchantTerms("cup", 1)):
        await world.book.put_terms(terms, "ops", MORNING)

    assert await world.book.terms(["tea", "nobody"]) == {"tea": new}


async def test_a_stretch_without_news_only_moves_on(world: SettlementWorld) -> None:
    assert await world.book.record(a_stretch(0, until=7)) == 0
    assert await world.book.position() == 7
