"""What all statements promise, over memory and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from domain.errors import InvalidValueError
from domain.settlement.case import HoldReason
from domain.settlement.parties import PLATFORM, merchant
from domain.settlement.statement import Account, Statement, statement_id
from domain.settlement.terms import Cycle
from tests.contract.settlement_world import SettlementWorld, memory_settlement, postgres_settlement
from tests.support.settlements import DAY, MORNING, a_movement, a_stretch, settled

TEA = Account(merchant("tea"), "CNY")
MIDNIGHT = (MORNING + DAY).replace(hour=0)


@pytest.fixture(params=["memory", "postgres"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[SettlementWorld]:
    if request.param == "memory":
        yield memory_settlement()
        return
    async with postgres_settlement(request.getfixturevalue("fresh_database")) as found:
        yield found


async def record(world: SettlementWorld, *orders) -> None:
    await world.book.record(a_stretch(await world.book.position(), *orders))


async def drawn(world: SettlementWorld, ids) -> list[Statement]:
    found = [await world.statements.get(each) for each in ids]
    return [statement for statement in found if statement is not None]


async def test_a_statement_lists_every_entry_of_its_day_and_sums_them_up(world: SettlementWorld) -> None:
    await record(
        world,
        settled(a_movement(), a_movement(key="ref_1", amount=-4_000, at=MORNING + timedelta(hours=1))),
        settled(a_movement("ord_2", amount=500, at=MIDNIGHT - timedelta(microseconds=1)), order="ord_2"),
        settled(a_movement("ord_3", at=MIDNIGHT), order="ord_3"),
    )

    (statement,) = await drawn(world, await world.statements.draw(TEA, Cycle.NEXT_DAY, MIDNIGHT))

    assert [(entry.order_id, entry.key) for entry in statement.entries] == [
        ("ord_1", "sale"),
        ("ord_1", "ref_1"),
        ("ord_2", "sale"),
    ]
    assert (statement.sums.goods, statement.sums.commission) == (6_500, -325)
    assert (statement.amount.amount, statement.orders, statement.number) == (6_175, 2, 1)
    assert (statement.period.name, statement.drawn_at) == ("2026-11-02", MIDNIGHT)
    assert statement.entries[0].order_number == "NO-ord_1"


async def test_the_same_cycle_drawn_twice_is_one_statement(world: SettlementWorld) -> None:
    await record(world, settled(a_movement()))

    first = await world.statements.draw(TEA, Cycle.NEXT_DAY, MIDNIGHT)
    again = await world.statements.draw(TEA, Cycle.NEXT_DAY, MIDNIGHT + DAY)

    assert (len(first), len(again)) == (1, 0)


async def test_many_who_draw_at_once_draw_one_statement(world: SettlementWorld) -> None:
    await record(world, settled(a_movement()), settled(a_movement("ord_2", at=MORNING + DAY), order="ord_2"))

    ids = await asyncio.gather(
        *(world.statements.draw(TEA, Cycle.NEXT_DAY, MIDNIGHT + DAY) for _ in range(5))
    )

    made = await drawn(world, [each for some in ids for each in some])
    assert [(one.number, one.period.name) for one in made] == [(1, "2026-11-02"), (2, "2026-11-03")]


async def test_entries_that_come_late_go_into_the_next_statement(world: SettlementWorld) -> None:
    await record(world, settled(a_movement()))
    (first,) = await world.statements.draw(TEA, Cycle.NEXT_DAY, MIDNIGHT)
    before = await world.statements.get(first)
    await record(
        world,
        settled(a_movement("ord_late", at=MORNING), order="ord_late"),
        settled(a_movement("ord_2", at=MORNING + DAY), order="ord_2"),
    )

    assert await world.statements.draw(TEA, Cycle.NEXT_DAY, MIDNIGHT) == ()
    (second,) = await drawn(world, await world.statements.draw(TEA, Cycle.NEXT_DAY, MIDNIGHT + DAY))

    assert await world.statements.get(first) == before
    assert [entry.order_id for entry in second.entries] == ["ord_late", "ord_2"]
    assert (second.number, second.period.name) == (2, "2026-11-03")


@pytest.mark.parametrize(
    ("cycle", "due"),
    [
        (Cycle.NEXT_DAY, MIDNIGHT),
        (Cycle.WEEK_LATER, MIDNIGHT + 6 * DAY),
        (Cycle.MONTHLY, MORNING.replace(month=12, day=1, hour=0)),
    ],
)
async def test_nothing_is_drawn_before_its_time(world: SettlementWorld, cycle, due) -> None:
    await record(world, settled(a_movement()))

    early = await world.statements.draw(TEA, cycle, due - timedelta(microseconds=1))
    in_time = await world.statements.draw(TEA, cycle, due)

    assert (len(early), len(in_time)) == (0, 1)


async def test_days_that_were_missed_are_drawn_one_by_one(world: SettlementWorld) -> None:
    orders = [
        settled(a_movement(f"ord_{day}", at=MORNING + day * DAY), order=f"ord_{day}") for day in range(3)
    ]
    await record(world, *orders)

    made = await drawn(world, await world.statements.draw(TEA, Cycle.NEXT_DAY, MIDNIGHT + 9 * DAY))

    assert [one.number for one in made] == [1, 2, 3]
    assert [[entry.order_id for entry in one.entries] for one in made] == [["ord_0"], ["ord_1"], ["ord_2"]]


async def test_what_is_held_is_not_stated_until_it_is_let_go(world: SettlementWorld) -> None:
    await record(world, settled(a_movement(), hold=HoldReason.CHARGED_BACK))

    assert await world.statements.accounts(MIDNIGHT) == ()
    assert await world.statements.open_entries(TEA) == ()
    assert await world.statements.draw(TEA, Cycle.NEXT_DAY, MIDNIGHT) == ()

    await record(world, settled(a_movement()))
    (statement,) = await drawn(world, await world.statements.draw(TEA, Cycle.NEXT_DAY, MIDNIGHT))
    assert [entry.order_id for entry in statement.entries] == ["ord_1"]


async def test_each_party_and_currency_has_statements_of_its_own(world: SettlementWorld) -> None:
    await record(
        world,
        settled(a_movement()),
        settled(a_movement("ord_2", who="cup", currency="JPY"), order="ord_2", who="cup"),
    )

    accounts = await world.statements.accounts(MIDNIGHT)
    for account in accounts:
        await world.statements.draw(account, Cycle.NEXT_DAY, MIDNIGHT)

    assert accounts == (
        Account(merchant("cup"), "JPY"),
        TEA,
        Account(PLATFORM, "CNY"),
        Account(PLATFORM, "JPY"),
    )
    page = await world.statements.list()
    assert {(each.account, each.number) for each in page.statements} == {(name, 1) for name in accounts}
    assert await world.statements.accounts(MIDNIGHT) == ()


async def test_accounts_without_older_entries_are_not_among_those_to_draw(world: SettlementWorld) -> None:
    await record(world, settled(a_movement()))

    assert await world.statements.accounts(MORNING) == ()
    assert TEA in await world.statements.accounts(MORNING + timedelta(microseconds=1))


async def test_open_entries_are_those_that_the_next_statement_will_have(world: SettlementWorld) -> None:
    await record(world, settled(a_movement()))
    await world.statements.draw(TEA, Cycle.NEXT_DAY, MIDNIGHT)
    await record(world, settled(a_movement("ord_2", at=MORNING + DAY), order="ord_2"))

    assert [entry.order_id for entry in await world.statements.open_entries(TEA)] == ["ord_2"]


async def test_statements_are_listed_newest_first_page_by_page(world: SettlementWorld) -> None:
    orders = [
        settled(a_movement(f"ord_{day}", at=MORNING + day * DAY), order=f"ord_{day}") for day in range(5)
    ]
    await record(world, *orders)
    for day in range(5):
        for account in (TEA, Account(PLATFORM, "CNY")):
            await world.statements.draw(account, Cycle.NEXT_DAY, MIDNIGHT + day * DAY)

    seen, cursor = [], None
    while True:
        page = await world.statements.list(merchant("tea"), cursor, 2)
        seen += [statement.number for statement in page.statements]
        cursor = page.next
        if cursor is None:
            break

    assert seen == [5, 4, 3, 2, 1]
    everybody = await world.statements.list(limit=100)
    assert len(everybody.statements) == 10
    assert [each.drawn_at for each in everybody.statements] == sorted(
        (each.drawn_at for each in everybody.statements), reverse=True
    )
    with pytest.raises(InvalidValueError):
        await world.statements.list(limit=101)


async def test_a_summary_says_what_the_statement_sums_up(world: SettlementWorld) -> None:
    await record(world, settled(a_movement()))
    (name,) = await world.statements.draw(TEA, Cycle.NEXT_DAY, MIDNIGHT)

    (summary,) = (await world.statements.list()).statements
    statement = await world.statements.get(name)

    assert statement is not None
    assert summary.sums == statement.sums
    assert (summary.id, summary.entries, summary.period) == (name, 1, "2026-11-02")
    assert name == statement_id(TEA, Cycle.NEXT_DAY, statement.period)


async def test_there_is_nothing_under_an_id_that_nobody_gave(world: SettlementWorld) -> None:
    assert await world.statements.get("stm_none") is None
