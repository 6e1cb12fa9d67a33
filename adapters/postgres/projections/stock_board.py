"""The projection `stock_board`: where the units of each SKU are, as orders tell it."""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING, Final

from adapters.postgres.projections.projection import Projection, Sums, View
from adapters.postgres.projections.streams import ORDERS
from adapters.postgres.tables.read_models import stock_board, stock_parts
from domain.order.whereabouts import PLACES, whereabouts

if TYPE_CHECKING:
    from adapters.postgres.projections.projection import Row
    from domain.order.dated import DatedOrder

_SUMS: Final = Sums(stock_board, ("sku",), PLACES)


def _rows(dated: DatedOrder) -> list[Row]:
    order = dated.order
    parts = [[sku, *astuple(where)] for sku, where in whereabouts(order).items()]
    return [{"order_id": order.id, "version": order.version, "parts": parts}]


STOCK_PROJECTION: Final = Projection(
    "stock_board", ORDERS, (View(stock_parts, "order_id", _rows, sums=_SUMS),)
)
