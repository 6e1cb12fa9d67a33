"""Read models and projections that answer what a test has put into them, and remember what was asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.ports.projections import ProjectionHealth
from domain.ports.read_models import (
    Cursor,
    Narrowed,
    PriceStep,
    ReadPage,
    SalesDay,
    SearchHit,
    SettlementLine,
    StockPlace,
    UnknownProjectionError,
)


class FakeReadModels:
    """Every list answers `page`; `asked` is what for."""

    def __init__(self) -> None:
        self.page: ReadPage[Any] = ReadPage(())
        self.asked: tuple[Any, ...] = ()

    async def search(
        self, text: str, *, beginning: bool = False, cursor: Cursor | None = None, limit: int = 20
    ) -> ReadPage[SearchHit]:
        return self._answer(text, beginning, cursor, limit)

    async def sales_daily(
        self, narrowed: Narrowed, cursor: Cursor | None = None, limit: int = 20
    ) -> ReadPage[SalesDay]:
        return self._answer(narrowed, cursor, limit)

    async def stock_board(
        self, narrowed: Narrowed, cursor: Cursor | None = None, limit: int = 20
    ) -> ReadPage[StockPlace]:
        return self._answer(narrowed, cursor, limit)

    async def price_audit(
        self, narrowed: Narrowed, cursor: Cursor | None = None, limit: int = 20
    ) -> ReadPage[PriceStep]:
        return self._answer(narrowed, cursor, limit)

    async def settlement_lines(
        self, narrowed: Narrowed, cursor: Cursor | None = None, limit: int = 20
    ) -> ReadPage[SettlementLine]:
        return self._answer(narrowed, cursor, limit)

    def _answer(self, *asked: Any) -> ReadPage[Any]:
        self.asked = asked
        return self.page


class FakeProjections:
    """One projection, `orders`, as healthy as a test says."""

    def __init__(self) -> None:
        self.healths: list[ProjectionHealth] = []
        self.resumed: list[tuple[str, str | None]] = []

    async def health(self) -> Sequence[ProjectionHealth]:
        return self.healths

    async def resume(self, name: str, stream_id: str | None = None) -> Sequence[str]:
        if name != "orders":
            raise UnknownProjectionError(projection=name, known=["orders"])
        self.resumed.append((name, stream_id))
        return ("ord_1",)
