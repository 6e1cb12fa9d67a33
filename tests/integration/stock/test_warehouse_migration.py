"""Stock from before there were warehouses goes on as it was, all of it in the main one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from unittest.mock import patch

import asyncpg
import pytest

from adapters.postgres.migrations import migrate
from adapters.postgres.pool import open_pool
from adapters.postgres.stock import PostgresStockLedger
from adapters.postgres.stock_audit import contradictions
from domain.ports.warehouses import MAIN_WAREHOUSE
from domain.stock.allocation import AllocatedUnits, WantedUnits
from domain.stock.allowance import Allowance
from domain.stock.hold import HoldStatus, StockLine
from ops.servers import Servers
from tests.support.servers import postgres_of
from tests.support.shelves import NOON, Shelf

_NAME = "orderkeep_test_one_warehouse"
_POINTS = Allowance.of_points("ann")
# As the functions of that release write: an order that waits, two that were sold, one that was cancelled.
_OLD_ROWS = """
INSERT INTO stock_items (sku, available) VALUES ('tea', 20), ('cup', 0);
INSERT INTO allowances (kind, subject, available) VALUES ('points', 'ann', 500);
SELECT take_hold('waits', 'order', 'ann', '2027-01-01', ARRAY['tea'], ARRAY[2::bigint], '[]', '{}');
SELECT take_hold('sold', 'order', 'ann', '2027-01-01', ARRAY['tea'], ARRAY[5::bigint],
    '[{"kind": "points", "subject": "ann", "sku": "", "buyer_id": "", "quantity": 100}]', '{}');
SELECT confirm_holds('sold', '2026-03-01');
SELECT take_hold('sent', 'order', 'ann', '2027-01-01', ARRAY['tea'], ARRAY[3::bigint], '[]', '{}');
SELECT confirm_holds('sent', '2026-03-01');
SELECT take_hold('cancelled', 'order', 'ann', '2027-01-01', ARRAY['tea'], ARRAY[4::bigint], '[]', '{}');
SELECT confirm_holds('cancelled', '2026-03-01');
SELECT restock_holds('cancelled');
"""


@pytest.fixture
async def upgraded(servers: Servers) -> AsyncIterator[Shelf]:
    """A shop in business that gets this release."""
    postgres = postgres_of(servers)
    url = postgres.create_database(_NAME)
    with patch("adapters.postgres.migrations.NEWEST", "0009"):
        await asyncio.to_thread(migrate, url)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_OLD_ROWS)
    finally:
        await connection.close()
    await asyncio.to_thread(migrate, url)
    pool = await open_pool(url, application="test")
    try:
        yield Shelf(PostgresStockLedger(pool), pool)
    finally:
        await pool.close()
        postgres.drop_database(_NAME)


async def agree(shelf: Shelf) -> bool:
    assert shelf.pool is not None
    return await contradictions(shelf.pool) == ()


async def test_everything_that_was_counted_lies_in_the_main_warehouse(upgraded: Shelf) -> None:
    assert await upgraded.goods("tea") == (10, 2, 8)
    assert await upgraded.lies("tea") == {MAIN_WAREHOUSE: (20, 0)}
    assert await upgraded.lies("cup") == {MAIN_WAREHOUSE: (0, 0)}
    assert await agree(upgraded)


async def test_old_orders_go_on_to_be_paid_allocated_sent_and_refunded(upgraded: Shelf) -> None:
    await upgraded.ledger.confirm_holds("waits", NOON)
    units = await upgraded.warehouses.allocate("sold", [WantedUnits(1, "tea", 5)])
    await upgraded.warehouses.hand_over("sold", "shp_1", units)
    await upgraded.ledger.give_back("sold", "ref_1", 1_000, 0, 500)

    assert units == (AllocatedUnits(1, "tea", 5, MAIN_WAREHOUSE),)
    assert await upgraded.goods("tea") == (10, 0, 5)
    assert await upgraded.lies("tea") == {MAIN_WAREHOUSE: (15, 0)}
    assert await upgraded.counts(_POINTS) == (450, 0, 50)
    assert await agree(upgraded)


async def test_what_an_old_order_sends_back_is_for_sale_again(upgraded: Shelf) -> None:
    await upgraded.warehouses.take_back("sent", "ret_1", [StockLine("tea", 2)])

    assert await upgraded.goods("tea") == (12, 2, 6)
    assert await upgraded.lies("tea") == {MAIN_WAREHOUSE: (20, 0)}
    assert await upgraded.ledger.restock("sent") is HoldStatus.RESTOCKED
    assert await upgraded.goods("tea") == (13, 2, 5)
    assert await agree(upgraded)
