"""Intake on a real PostgreSQL: what is durable, what need not be, and what the database itself refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import asyncpg
import pytest

from adapters.postgres.intake import PostgresOrderIntake
from adapters.postgres.pool import open_pool
from domain.money import Money
from domain.ports.intake import IntakeEntry, PlaceOrder, StoredAnswer
from domain.pricing.request import RequestedLine

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
async def pool(fresh_database: str) -> AsyncIterator[asyncpg.Pool]:
    opened = await open_pool(fresh_database, application="test", largest=1)
    try:
        yield opened
    finally:
        await opened.close()


def an_entry() -> IntakeEntry:
    command = PlaceOrder("buyer-1", "snp_1", "CNY", (RequestedLine("tea", 1),), None, "req_1")
    return IntakeEntry(
        "ord_1", "NUMBER-1", "key-1", command, Money(1, "CNY"), ("m1",), NOON, None, started=False
    )


async def test_two_orders_never_share_a_number(pool) -> None:
    intake = PostgresOrderIntake(pool)
    await intake.accept("shop", "key-1", "digest", an_entry())

    with pytest.raises(asyncpg.UniqueViolationError):
        await intake.accept("shop", "key-2", "digest", replace(an_entry(), order_id="ord_2"))

    assert await intake.find("ord_2") is None


async def test_only_what_can_be_derived_again_does_not_wait_for_the_disk(pool) -> None:
    intake = PostgresOrderIntake(pool)
    await intake.accept("shop", "key-1", "digest", an_entry())
    async with pool.acquire() as session, session.transaction():
        await session.execute("SELECT keep_order_answer('ord_1', 201, '{}')")
        assert await session.fetchval("SHOW synchronous_commit") == "off"

    await intake.mark_started("ord_1")
    await intake.keep_answer("ord_1", StoredAnswer(201, "{}"))

    assert await pool.fetchval("SHOW synchronous_commit") == "on"


async def test_repeats_are_counted(pool) -> None:
    intake = PostgresOrderIntake(pool)
    for _ in range(3):
        await intake.accept("shop", "key-1", "digest", an_entry())

    assert await pool.fetchval("SELECT repeats FROM order_intake") == 2
