"""Warehouses on PostgreSQL. Which shelf gives what is chosen in the domain, the rest is in SQL functions."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

import asyncpg

from domain.errors import InvalidValueError
from domain.ports.stock import HoldNotFoundError
from domain.ports.warehouses import MAIN_WAREHOUSE, ShelfLevel
from domain.stock.allocation import AllocatedUnits, WantedUnits, allocate, named
from domain.stock.movement import MovementKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from adapters.postgres.pool import Pool, Session
    from domain.stock.hold import StockLine

# After so many choices that others were quicker than, the shelves are locked before the next one is made.
FREE_TRIES: Final = 5

# One statement sees one moment: what was sold and not yet allocated lies on some shelf of it.
_LOOK = """
SELECT
    (SELECT jsonb_agg(a ORDER BY a.line, a.warehouse_id) FROM allocations a WHERE a.reference = $1) AS chosen,
    (SELECT jsonb_object_agg(l.sku, l.quantity) FROM goods_left($1) l
     WHERE l.sku = ANY ($2) AND l.warehouse_id = '') AS unallocated,
    (SELECT jsonb_agg(s) FROM shelves s WHERE s.sku = ANY ($2)) AS shelves
"""
_LOCK_HOLD = "SELECT FROM holds WHERE reference = $1 FOR NO KEY UPDATE"
_LOCK_SHELVES = """
SELECT FROM shelves s WHERE s.sku = ANY ($1) ORDER BY s.sku, s.warehouse_id FOR NO KEY UPDATE
"""
_ALLOCATE = "SELECT allocate_units($1, $2::integer[], $3::text[], $4::bigint[], $5::text[])"
_MOVE = "SELECT move_units($1, $2, $3, $4::text[], $5::text[], $6::bigint[])"
_SHELVES = """
SELECT s.warehouse_id, s.sku, s.on_shelf, s.allocated FROM shelves s WHERE s.sku = ANY ($1)
ORDER BY s.sku, s.warehouse_id
"""
_Place = tuple[str, str]


class PostgresWarehouses:
    """`domain.ports.warehouses.Warehouses` over `shelves`, `allocations` and `stock_movements`.

    A lost connection or a time-out leaves the outcome unknown: call again with the same reference and key.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def put_stock(self, warehouse_id: str, sku: str, on_shelf: int) -> None:
        """See the port."""
        if on_shelf < 0:
            raise InvalidValueError(field="on_shelf", rule="not negative")
        put = await self._pool.fetchval("SELECT put_on_shelf($1, $2, $3)", named(warehouse_id), sku, on_shelf)
        if not put:
            raise InvalidValueError(field="on_shelf", rule="not less than what is promised")

    async def shelves(self, skus: Sequence[str]) -> Sequence[ShelfLevel]:
        """See the port."""
        rows = await self._pool.fetch(_SHELVES, list(skus))
        return [
            ShelfLevel(row["warehouse_id"], row["sku"], row["on_shelf"], row["allocated"]) for row in rows
        ]

    async def allocate(self, reference: str, wanted: Sequence[WantedUnits]) -> tuple[AllocatedUnits, ...]:
        """See the port. Shelves are locked for one statement only, unless others are quicker all the time."""
        for _ in range(FREE_TRIES):
            chosen = await _try(self._pool, reference, wanted)
            if chosen is not None:
                return chosen
        async with self._pool.acquire() as session, session.transaction():
            await session.execute(_LOCK_HOLD, reference)
            await session.execute(_LOCK_SHELVES, sorted({units.sku for units in wanted}))
            chosen = await _try(session, reference, wanted)
        if chosen is None:
            raise HoldNotFoundError(reference=reference)
        return chosen

    async def hand_over(self, reference: str, key: str, units: Sequence[AllocatedUnits]) -> None:
        """See the port."""
        allocated = [each for each in units if each.warehouse_id]
        await self._move(reference, MovementKind.HANDED_OVER, key, _by_place(allocated))

    async def take_back(
        self, reference: str, key: str, lines: Sequence[StockLine], warehouse_id: str = MAIN_WAREHOUSE
    ) -> None:
        """See the port."""
        place = named(warehouse_id)
        wanted = Counter[_Place]()
        for line in lines:
            wanted[line.sku, place] += line.quantity
        await self._move(reference, MovementKind.TAKEN_BACK, key, wanted)

    async def cancel_units(self, reference: str, key: str, units: Sequence[AllocatedUnits]) -> None:
        """See the port."""
        await self._move(reference, MovementKind.CANCELLED, key, _by_place(units))

    async def _move(self, reference: str, kind: MovementKind, key: str, units: Mapping[_Place, int]) -> None:
        skus, places = [sku for sku, _ in units], [place for _, place in units]
        try:
            await self._pool.execute(_MOVE, reference, kind.value, key, skus, places, list(units.values()))
        except asyncpg.NoDataFoundError as error:
            raise HoldNotFoundError(reference=reference) from error


async def _try(
    session: Pool | Session, reference: str, wanted: Sequence[WantedUnits]
) -> tuple[AllocatedUnits, ...] | None:
    """What was chosen, now or before; None when somebody changed a shelf in between."""
    needed = Counter[str]()
    for units in wanted:
        needed[units.sku] += units.quantity
    [seen] = await session.fetch(_LOOK, reference, list(needed))
    if seen["chosen"] or not wanted:
        return tuple(_allocated(row) for row in seen["chosen"] or ())
    unallocated = seen["unallocated"] or {}
    if any(unallocated.get(sku, 0) < quantity for sku, quantity in needed.items()):
        raise HoldNotFoundError(reference=reference)
    chosen = allocate(wanted, _on_shelves(seen["shelves"] or ()))
    done = await session.fetchval(
        _ALLOCATE,
        reference,
        [units.line for units in chosen],
        [units.sku for units in chosen],
        [units.quantity for units in chosen],
        [units.warehouse_id for units in chosen],
    )
    return chosen if done else None


def _on_shelves(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Mapping[str, int]]:
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in rows:
        found[row["warehouse_id"]][row["sku"]] = row["on_shelf"]
    return found


def _allocated(row: Mapping[str, Any]) -> AllocatedUnits:
    return AllocatedUnits(row["line"], row["sku"], row["quantity"], row["warehouse_id"])


def _by_place(units: Sequence[AllocatedUnits]) -> Counter[_Place]:
    found = Counter[_Place]()
    for each in units:
        found[each.sku, each.warehouse_id] += each.quantity
    return found
