"""What every ledger of money that moved promises, over memory and PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.money import Money
from domain.payment.facts import FactKind
from domain.reconciliation.ledger import BookedLine
from tests.contract.settlement_world import SettlementWorld, memory_settlement, postgres_settlement
from tests.support.settlements import MORNING, a_stretch

HOUR = timedelta(hours=1)


@pytest.fixture(params=["memory", "postgres"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[SettlementWorld]:
    if request.param == "memory":
        yield memory_settlement()
        return
    async with postgres_settlement(request.getfixturevalue("fresh_database")) as found:
        yield found


def a_line(key: str = "pay_1", at: datetime = MORNING, amount: int = 1_000) -> BookedLine:
    return BookedLine("ord_1", key, FactKind.CAPTURED, Money(amount, "CNY"), at)


async def booked(world: SettlementWorld, *lines: BookedLine, provider: str = "sandbox") -> None:
    for line in lines:
        await world.attempts.remember(line.payment_key, line.order_id, provider, line.amount)
    await world.book.record(a_stretch(await world.book.position(), lines=lines))


async def test_lines_are_found_by_provider_and_time(world: SettlementWorld) -> None:
    early, first, last = (a_line(f"pay_{number}", MORNING + number * HOUR) for number in (0, 1, 2))
    await booked(world, last, early, first)
    await booked(world, a_line("pay_other", MORNING + HOUR), provider="other")

    assert await world.ledger.lines("sandbox", MORNING + HOUR, MORNING + 2 * HOUR) == (first,)
    assert await world.ledger.lines("sandbox", MORNING, MORNING + 3 * HOUR) == (early, first, last)


async def test_the_newest_word_on_a_line_stands(world: SettlementWorld) -> None:
    await booked(world, a_line(amount=900))

    await booked(world, a_line(amount=950), a_line(amount=1_000))

    assert await world.ledger.of_payments(["pay_1"]) == (a_line(amount=1_000),)


async def test_refunds_of_one_payment_are_lines_of_their_own(world: SettlementWorld) -> None:
    refunds = tuple(
        replace(a_line(at=MORNING + HOUR), kind=FactKind.REFUNDED, refund_key=key) for key in ("a", "b")
    )
    await booked(world, a_line(), *refunds)

    assert await world.ledger.of_payments(["pay_1", "pay_none"]) == (a_line(), *refunds)
