"""The projection `sales_daily`: what each merchant sold on each day, by currency."""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING, Final

from adapters.postgres.projections.projection import Projection, Sums, View
from adapters.postgres.projections.streams import ORDERS
from adapters.postgres.tables.read_models import sales_daily, sales_parts
from domain.order.sold import day_sales

if TYPE_CHECKING:
    from adapters.postgres.projections.projection import Row
    from domain.order.dated import DatedOrder

_SUMS: Final = Sums(sales_daily, ("merchant_id", "day", "currency"), ("orders", "units", "goods", "refunds"))


def _rows(dated: DatedOrder) -> list[Row]:
    order = dated.order
    parts = [
        [merchant, day.isoformat(), order.currency, *astuple(sales)]
        for (merchant, day), sales in day_sales(dated).items()
    ]
    return [{"order_id": order.id, "version": order.version, "parts": parts}]


SALES_PROJECTION: Final = Projection(
    "sales_daily", ORDERS, (View(sales_parts, "order_id", _rows, sums=_SUMS),)
)
