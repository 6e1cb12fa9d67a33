"""Reads the lists of `domain.ports.read_models` from what was projected. They may lag behind the streams."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Select, Table, and_, or_, select

from adapters.postgres.projections import cursors, searching
from adapters.postgres.queries import compiled
from adapters.postgres.tables.read_models import price_audit, sales_daily, settlement_lines, stock_board
from domain.money import Money
from domain.order.whereabouts import PLACES, Whereabouts
from domain.ports.projections import check_limit
from domain.ports.read_models import (
    Cursor,
    Narrowed,
    PriceStep,
    ReadPage,
    SalesDay,
    SearchHit,
    SettlementLine,
    StockPlace,
)
from domain.review.content import Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import asyncpg

    from adapters.postgres.pool import Pool

# What a list is ordered by, from the first to the last: the column, how a cursor's text is read, descending.
_Order = tuple[tuple[str, "Callable[[str], Any]", bool], ...]
_BY_DAY: Final[_Order] = (
    ("day", date.fromisoformat, True),
    ("merchant_id", cursors.text, False),
    ("currency", cursors.text, False),
)
_BY_SKU: Final[_Order] = (("sku", cursors.text, False),)
_BY_POSITION: Final[_Order] = (("position", cursors.position, True),)
_BY_SALE: Final[_Order] = (
    ("sold_at", cursors.moment, True),
    ("order_id", cursors.text, False),
    ("line", cursors.number, False),
)


class PostgresReadModels:
    """`domain.ports.read_models.ReadModels` over the tables of the projections."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def search(
        self, text: str, *, beginning: bool = False, cursor: Cursor | None = None, limit: int = 20
    ) -> ReadPage[SearchHit]:
        """See the port."""
        return await searching.search(self._pool, text, beginning=beginning, cursor=cursor, limit=limit)

    async def sales_daily(
        self, narrowed: Narrowed, cursor: Cursor | None = None, limit: int = 20
    ) -> ReadPage[SalesDay]:
        """See the port."""
        of = sales_daily.c
        conditions = _equal((of.merchant_id, narrowed.merchant_id))
        conditions += _within(of.day, narrowed.day_from, narrowed.day_until)
        rows, more = await self._page(sales_daily, conditions, _BY_DAY, cursor, limit)
        return ReadPage(tuple(_sales_day(row) for row in rows), more)

    async def stock_board(
        self, narrowed: Narrowed, cursor: Cursor | None = None, limit: int = 20
    ) -> ReadPage[StockPlace]:
        """See the port."""
        conditions = _equal((stock_board.c.sku, narrowed.sku))
        rows, more = await self._page(stock_board, conditions, _BY_SKU, cursor, limit)
        places = (
            StockPlace(row["sku"], Whereabouts(**{place: row[place] for place in PLACES})) for row in rows
        )
        return ReadPage(tuple(places), more)

    async def price_audit(
        self, narrowed: Narrowed, cursor: Cursor | None = None, limit: int = 20
    ) -> ReadPage[PriceStep]:
        """See the port."""
        conditions = _equal((price_audit.c.merchant_id, narrowed.merchant_id))
        if narrowed.sku is not None:
            conditions.append(price_audit.c.skus.contains([narrowed.sku]))
        rows, more = await self._page(price_audit, conditions, _BY_POSITION, cursor, limit)
        return ReadPage(tuple(_price_step(row) for row in rows), more)

    async def settlement_lines(
        self, narrowed: Narrowed, cursor: Cursor | None = None, limit: int = 20
    ) -> ReadPage[SettlementLine]:
        """See the port."""
        of = settlement_lines.c
        conditions: list[ColumnElement[bool]] = [of.sold_at.is_not(None)]
        conditions += _equal(
            (of.merchant_id, narrowed.merchant_id), (of.order_id, narrowed.order_id), (of.sku, narrowed.sku)
        )
        conditions += _within(of.sold_at, _begin(narrowed.day_from), _begin(narrowed.day_until))
        rows, more = await self._page(settlement_lines, conditions, _BY_SALE, cursor, limit)
        return ReadPage(tuple(_settlement_line(row) for row in rows), more)

    async def _page(
        self,
        table: Table,
        conditions: Sequence[ColumnElement[bool]],
        order: _Order,
        cursor: Cursor | None,
        limit: int,
    ) -> tuple[Sequence[asyncpg.Record], Cursor | None]:
        check_limit(limit)
        page: Select[Any] = select(table).where(*conditions)
        if cursor is not None:
            page = page.where(_after(table, order, cursor))
        by = [table.c[name].desc() if falling else table.c[name] for name, _, falling in order]
        query = compiled(page.order_by(*by).limit(limit + 1))
        rows: Sequence[asyncpg.Record] = await self._pool.fetch(query.text, *query.values)
        more = _key(rows[limit - 1], order) if len(rows) > limit else None
        return rows[:limit], more


def _equal(*pairs: tuple[ColumnElement[Any], str | None]) -> list[ColumnElement[bool]]:
    return [column == value for column, value in pairs if value is not None]


def _within(column: ColumnElement[Any], since: date | None, until: date | None) -> list[ColumnElement[bool]]:
    found = [column >= since] if since is not None else []
    return found + ([column < until] if until is not None else [])


def _begin(day: date | None) -> datetime | None:
    return None if day is None else datetime.fromisoformat(f"{day.isoformat()}T00:00:00+00:00")


def _after(table: Table, order: _Order, cursor: Cursor) -> ColumnElement[bool]:
    values = cursors.read(cursor, [read for _, read, _ in order])
    name, _, falling = order[0]
    first = table.c[name]
    # The first half lets the index start at the cursor; the rest leaves out what was seen.
    starts = first <= values[0] if falling else first >= values[0]
    later: list[ColumnElement[bool]] = []
    same: list[ColumnElement[bool]] = []
    for (name, _, falling), value in zip(order, values, strict=True):
        column = table.c[name]
        later.append(and_(*same, column < value if falling else column > value))
        same.append(column == value)
    return and_(starts, or_(*later))


def _key(row: Mapping[str, Any] | asyncpg.Record, order: _Order) -> Cursor:
    values = (row[name] for name, _, _ in order)
    return tuple(value.isoformat() if isinstance(value, date) else str(value) for value in values)


def _sales_day(row: asyncpg.Record) -> SalesDay:
    goods, refunds = (Money(row[name], row["currency"]) for name in ("goods", "refunds"))
    return SalesDay(row["merchant_id"], row["day"], row["orders"], row["units"], goods, refunds)


def _price_step(row: asyncpg.Record) -> PriceStep:
    return PriceStep(
        proposal_id=row["stream_id"].partition(":")[2],
        step=row["step"],
        position=row["position"],
        what=row["what"],
        subject=Subject(row["subject"]),
        merchant_id=row["merchant_id"],
        skus=None if row["skus"] is None else tuple(row["skus"]),
        content=row["content"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        by=row["by"],
        words=row["words"],
        occurred_at=row["occurred_at"],
    )


def _settlement_line(row: asyncpg.Record) -> SettlementLine:
    price, goods, back = (Money(row[name], row["currency"]) for name in ("unit_price", "goods", "refunded"))
    return SettlementLine(
        order_id=row["order_id"],
        line=row["line"],
        number=row["number"],
        merchant_id=row["merchant_id"],
        sku=row["sku"],
        title=row["title"],
        unit_price=price,
        quantity=row["quantity"],
        goods=goods,
        refunded_quantity=row["refunded_quantity"],
        refunded=back,
        sold_at=row["sold_at"],
        refunded_at=row["refunded_at"],
    )
