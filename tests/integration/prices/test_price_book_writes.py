"""Changing prices on a real PostgreSQL: one after another, each whole or not at all, and never undone."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import asyncpg
import pytest

from adapters.postgres.catalogue import PostgresCatalogue
from adapters.postgres.pool import open_pool
from adapters.postgres.price_book import PostgresPriceBook
from adapters.postgres.promotions import PostgresPromotions
from adapters.postgres.stock import PostgresStockLedger
from domain.ports.catalogue import Author, TimedPrices
from domain.ports.stock import HoldRequest
from domain.pricing.promotion import UnknownPromotionKindError
from domain.stock.allowance import Allowance, Claim
from domain.stock.hold import StockLine
from tests.support.offers import ANN, HOUR, JUNE, MAY, a_price, a_promotion, an_item, in_china, on_page

SKUS = [f"sku-{number:02}" for number in range(20)]
LATER = datetime(2026, 5, 15, tzinfo=UTC)
_OVERLAPS = """
SELECT a.sku FROM item_prices a JOIN item_prices b USING (sku, currency, region, passing)
WHERE a.valid_from < b.valid_from AND coalesce(a.valid_until, 'infinity') > b.valid_from
"""
_MOMENTS = "SELECT changed_at FROM price_changes GROUP BY changed_at ORDER BY min(number)"
_OVERLAPPING = """
INSERT INTO item_prices (sku, currency, market_price, discount_price, valid_from)
VALUES ('tea', 'CNY', 2, 1, '2026-05-01Z')
"""


@pytest.fixture
async def pool(fresh_database: str) -> AsyncIterator[asyncpg.Pool]:
    opened = await open_pool(fresh_database, application="price-test", largest=16)
    try:
        yield opened
    finally:
        await opened.close()


@pytest.fixture
def catalogue(pool: asyncpg.Pool) -> PostgresCatalogue:
    return PostgresCatalogue(pool)


async def stands(pool: asyncpg.Pool, sku: str = "tea") -> tuple[int, int, int]:
    """The price of now, the version, and the number of entries in the audit log."""
    page = await PostgresPriceBook(pool).page([sku], in_china(datetime.now(UTC)))
    price = page.items[sku].price.discount_price.amount
    entries = await pool.fetchval("SELECT count(*) FROM price_changes")
    return price, await PostgresPriceBook(pool).version(), entries


async def test_writers_at_once_all_succeed_and_leave_one_price_at_a_time(pool, catalogue) -> None:
    await catalogue.put_items([an_item(sku) for sku in SKUS])
    now = datetime.now(UTC)

    async def one_list(number: int) -> None:
        chosen = random.Random(number).sample(SKUS, len(SKUS))
        prices = (a_price(discount=number + 1), a_price("EUR", discount=number + 1))
        await catalogue.put_items([an_item(sku, *prices[: number % 2 + 1]) for sku in chosen])

    async def one_window(number: int) -> None:
        starts_at = now + (number % 5 - 2) * HOUR
        ends_at = None if number % 4 == 0 else starts_at + 3 * HOUR
        prices = (a_price(discount=150 - number),)
        await catalogue.put_prices(TimedPrices(SKUS[number % 3], prices, starts_at, ends_at), ANN)

    await asyncio.gather(*(write(number) for number in range(30) for write in (one_list, one_window)))

    assert await pool.fetch(_OVERLAPS) == []
    moments = await pool.fetch(
        "SELECT changed_at FROM price_changes GROUP BY changed_at ORDER BY min(number)"
    )
    assert all(earlier["changed_at"] < later["changed_at"] for earlier, later in pairwise(moments))
    assert await PostgresPriceBook(pool).version() == 1 + len(moments)


async def test_the_database_itself_refuses_two_prices_at_once(pool, catalogue) -> None:
    await catalogue.put_items([an_item("tea")])

    with pytest.raises(asyncpg.ExclusionViolationError):
        await pool.execute(_OVERLAPPING)
    await pool.execute(_OVERLAPPING.replace("'CNY'", "'EUR'"))
    await pool.execute(_OVERLAPPING.replace("(sku,", "(passing, sku,").replace("('tea'", "(true, 'tea'"))


async def test_a_change_that_fails_halfway_leaves_no_price_no_entry_and_no_version(pool, catalogue) -> None:
    await catalogue.put_items([an_item("tea", stock=5)])
    before = await stands(pool)

    with pytest.raises(asyncpg.DataError):
        await catalogue.put_items([an_item("tea", a_price(discount=1), stock=2**63)])

    assert await stands(pool) == before


async def test_a_change_that_cannot_be_logged_is_not_made(pool, catalogue) -> None:
    await catalogue.put_items([an_item("tea")])
    before = await stands(pool)
    unsayable = Author("ann", "\x00")

    with pytest.raises(asyncpg.PostgresError):
        await catalogue.put_items([an_item("tea", a_price(discount=1))], unsayable)
    with pytest.raises(asyncpg.PostgresError):
        await catalogue.put_promotion(a_promotion(has_quota=True), {"tea": 5}, unsayable)

    assert await stands(pool) == before
    assert await catalogue.promotion("spring") is None
    assert await pool.fetchval("SELECT count(*) FROM allowances") == 0


@pytest.mark.parametrize("crime", ["UPDATE price_changes SET who = 'nobody'", "DELETE FROM price_changes"])
async def test_the_audit_log_cannot_be_changed(pool, catalogue, crime: str) -> None:
    await catalogue.put_items([an_item("tea")])

    with pytest.raises(asyncpg.RestrictViolationError):
        await pool.execute(crime)
    with pytest.raises(asyncpg.RestrictViolationError):
        await pool.execute("TRUNCATE price_changes")


async def test_a_clock_that_is_set_back_does_not_put_a_change_before_the_last_one(pool, catalogue) -> None:
    await catalogue.put_items([an_item("tea")])
    await pool.execute("UPDATE price_book_version SET changed_at = now() + interval '1 hour'")
    ahead = await pool.fetchval("SELECT changed_at FROM price_book_version")

    await catalogue.put_items([an_item("tea", a_price(discount=1))])
    await catalogue.put_items([an_item("tea", a_price(discount=2))])

    page = await PostgresPriceBook(pool).page(["tea"], in_china(ahead + timedelta(milliseconds=1)))
    assert page.items["tea"].price == a_price(discount=2)
    second, first, _ = await catalogue.changes(None, "tea", before=None, limit=3)
    assert ahead < first.changed_at < second.changed_at


async def test_changes_of_prices_and_quotas_and_orders_that_need_them_do_not_deadlock(
    pool, catalogue
) -> None:
    ledger = PostgresStockLedger(pool)
    promotion = a_promotion(has_quota=True)
    await catalogue.put_items([an_item(sku, stock=1_000) for sku in SKUS])
    await catalogue.put_promotion(promotion, dict.fromkeys(SKUS, 1_000), ANN)

    async def one_order(number: int) -> None:
        chosen = random.Random(number).sample(SKUS, len(SKUS))
        lines = tuple(StockLine(sku, 1) for sku in chosen)
        claims = tuple(Claim(Allowance.of_promotion("spring", sku), 1) for sku in chosen)
        taken = await ledger.take(HoldRequest(f"ord_{number}", lines, LATER, "anna", claims=claims))
        assert not taken.refused
        await (
            ledger.confirm_holds(f"ord_{number}", MAY)
            if number % 2
            else ledger.release_holds(f"ord_{number}")
        )

    async def one_change(number: int) -> None:
        chosen = random.Random(number).sample(SKUS, len(SKUS))
        await catalogue.put_items([an_item(sku, a_price(discount=number + 1), stock=1_000) for sku in chosen])
        wanted = dict.fromkeys(chosen, 1_000)
        await catalogue.put_promotion(replace(promotion, priority=number + 1), wanted, ANN)

    await asyncio.gather(*(call(number) for number in range(40) for call in (one_order, one_change)))

    assert await pool.fetchval("SELECT count(*) FROM allowances WHERE held <> 0 OR consumed <> 20") == 0


async def test_a_quota_that_comes_and_goes_while_orders_need_it_deadlocks_nobody(pool, catalogue) -> None:
    ledger = PostgresStockLedger(pool)
    await catalogue.put_items([an_item(sku, stock=1_000) for sku in SKUS])

    async def one_order(number: int) -> None:
        claims = tuple(Claim(Allowance.of_promotion("spring", sku), 1) for sku in SKUS)
        lines = tuple(StockLine(sku, 1) for sku in SKUS)
        await ledger.take(HoldRequest(f"ord_{number}", lines, LATER, "anna", claims=claims))
        await ledger.release_holds(f"ord_{number}")

    async def one_change(number: int) -> None:
        quotas = dict.fromkeys(random.Random(number).sample(SKUS, len(SKUS)), 100) if number % 2 else {}
        await catalogue.put_promotion(a_promotion(has_quota=bool(quotas)), quotas, ANN)

    await asyncio.gather(*(call(number) for number in range(60) for call in (one_order, one_change)))

    await catalogue.put_promotion(a_promotion(), {}, ANN)
    assert await pool.fetchval("SELECT count(*) FROM allowances") == 0


async def test_a_promotion_of_a_later_release_is_an_error_not_a_gap(pool, catalogue) -> None:
    await catalogue.put_items([an_item("tea")])
    await catalogue.put_promotion(a_promotion(), {}, ANN)
    await pool.execute('UPDATE promotions SET document = document || \'{"kind": "moon_sale"}\'')

    with pytest.raises(UnknownPromotionKindError):
        await PostgresPromotions(pool).active([on_page(an_item("tea"))], in_china(JUNE - HOUR), ())
