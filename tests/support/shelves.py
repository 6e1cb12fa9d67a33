"""A ledger with goods and allowances put in directly, without a catalogue or a price book."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from adapters.memory.stock import MemoryStockLedger
from adapters.memory.warehouses import MemoryWarehouses
from adapters.postgres.pool import open_pool
from adapters.postgres.stock import PostgresStockLedger
from adapters.postgres.warehouses import PostgresWarehouses
from domain.ports.stock import HoldRequest
from domain.ports.warehouses import Warehouses
from domain.stock.allowance import Allowance, Claim
from domain.stock.hold import HoldKind, StockLine

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=30)
SHELVES = ("allocations", "stock_movements", "allowance_returns", "shelves")
"""The tables of places and movements, children of holds."""
_EMPTIED = (*SHELVES, "hold_allowances", "hold_lines", "holds", "allowances", "stock_items")
_PUT_GOODS = "SELECT put_free_goods(ARRAY[$1], ARRAY[$2::bigint])"
_PUT_ALLOWANCE = """
INSERT INTO allowances (kind, subject, sku, buyer_id, available) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (kind, subject, sku, buyer_id) DO UPDATE SET available = excluded.available
"""
_DROP_ALLOWANCE = "DELETE FROM allowances WHERE (kind, subject, sku, buyer_id) = ($1, $2, $3, $4)"


@dataclass(frozen=True)
class Shelf:
    """A ledger and the way to fill it: in memory, or with `pool` on PostgreSQL."""

    ledger: MemoryStockLedger | PostgresStockLedger
    pool: Pool | None = None

    async def put(self, **goods: int) -> None:
        """Set what is free of each SKU; it lies in the main warehouse."""
        for sku, count in goods.items():
            if isinstance(self.ledger, MemoryStockLedger):
                self.ledger.put(sku, count)
            else:
                assert self.pool is not None
                await self.pool.execute(_PUT_GOODS, sku, count)

    @property
    def warehouses(self) -> Warehouses:
        """Where the goods of this ledger lie."""
        if isinstance(self.ledger, MemoryStockLedger):
            return MemoryWarehouses(self.ledger)
        assert self.pool is not None
        return PostgresWarehouses(self.pool)

    async def allow(self, allowance: Allowance, count: int) -> None:
        """Set what is free of an allowance."""
        if isinstance(self.ledger, MemoryStockLedger):
            self.ledger.put_allowance(allowance, count)
        else:
            assert self.pool is not None
            await self.pool.execute(_PUT_ALLOWANCE, *key(allowance), count)

    async def stop_counting(self, allowance: Allowance) -> None:
        """Nobody counts it any more."""
        if isinstance(self.ledger, MemoryStockLedger):
            self.ledger.drop_allowance(allowance)
        else:
            assert self.pool is not None
            await self.pool.execute(_DROP_ALLOWANCE, *key(allowance))

    async def goods(self, sku: str) -> tuple[int, int, int]:
        """Available, held, sold."""
        level = await self.ledger.level(sku)
        assert level is not None
        return level.available, level.held, level.sold

    async def lies(self, sku: str) -> dict[str, tuple[int, int]]:
        """On the shelf and allocated, by warehouse."""
        levels = await self.warehouses.shelves([sku])
        return {level.warehouse_id: (level.on_shelf, level.allocated) for level in levels}

    async def sell(self, request: HoldRequest) -> None:
        """Take a hold and confirm it."""
        assert not (await self.ledger.take(request)).refused
        assert not (await self.ledger.confirm_holds(request.reference, NOON)).refused

    async def counts(self, allowance: Allowance) -> tuple[int, int, int]:
        """Available, held, consumed."""
        level = await self.ledger.allowance(allowance)
        assert level is not None
        return level.available, level.held, level.consumed


def memory_shelf() -> Shelf:
    """An empty one in memory."""
    return Shelf(MemoryStockLedger())


@asynccontextmanager
async def postgres_shelf(database_url: str) -> AsyncIterator[Shelf]:
    """An emptied one on PostgreSQL."""
    pool = await open_pool(database_url, application="shelf", largest=16)
    try:
        await pool.execute(";".join(f"DELETE FROM {table}" for table in _EMPTIED))
        yield Shelf(PostgresStockLedger(pool), pool)
    finally:
        await pool.close()


def key(allowance: Allowance) -> tuple[str, str, str, str]:
    """An allowance as its table has it."""
    return allowance.kind.value, allowance.subject, allowance.sku, allowance.buyer_id


def an_order(
    reference: str,
    *claims: Claim,
    buyer: str = "ann",
    converts: tuple[str, ...] = (),
    until: datetime = LATER,
    **goods: int,
) -> HoldRequest:
    """What an order of that buyer holds."""
    return HoldRequest(
        reference=reference,
        lines=tuple(StockLine(sku, quantity) for sku, quantity in goods.items()),
        until=until,
        buyer_id=buyer,
        claims=claims,
        converts=converts,
    )


def a_cart(
    reference: str, *claims: Claim, buyer: str = "ann", until: datetime = LATER, **goods: int
) -> HoldRequest:
    """What a cart of that buyer holds."""
    lines = tuple(StockLine(sku, quantity) for sku, quantity in goods.items())
    return HoldRequest(reference, lines, until, buyer, HoldKind.CART, claims)
