"""The projection `settlement_lines`: each line of an order as finance needs it: sold, at what, paid back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.postgres.projections.projection import Projection, View
from adapters.postgres.projections.streams import ORDERS
from adapters.postgres.tables.read_models import settlement_lines
from domain.order.sold import SoldLine, sold_lines

if TYPE_CHECKING:
    from adapters.postgres.projections.projection import Row
    from domain.order.dated import DatedOrder
    from domain.order.lines import OrderLine
    from domain.order.order import Order


def _rows(dated: DatedOrder) -> list[Row]:
    order = dated.order
    sold = sold_lines(dated)
    if sold:
        assert dated.sold_at is not None, "or nothing would be sold"
        at = dated.sold_at.isoformat()
        return [_row(order, number, each, at) for number, each in enumerate(sold, start=1)]
    return [_row(order, number, _unsold(line), None) for number, line in enumerate(order.lines, start=1)]


def _unsold(line: OrderLine) -> SoldLine:
    return SoldLine(line, line.quantity, 0)


def _row(order: Order, number: int, sold: SoldLine, sold_at: str | None) -> Row:
    newest = max((part.at for part in sold.refunds), default=None)
    return {
        "order_id": order.id,
        "line": number,
        "version": order.version,
        "of": len(order.lines),
        "number": order.number,
        "merchant_id": sold.line.merchant_id,
        "sku": sold.line.sku,
        "title": sold.line.title,
        "currency": order.currency,
        "unit_price": sold.line.unit_price.amount,
        "quantity": sold.quantity,
        "goods": sold.goods,
        "refunded_quantity": sum(part.quantity for part in sold.refunds),
        "refunded": sum(part.amount for part in sold.refunds),
        "sold_at": sold_at,
        "refunded_at": newest.isoformat() if newest else None,
    }


LINES_PROJECTION: Final = Projection(
    "settlement_lines", ORDERS, (View(settlement_lines, "order_id", _rows, many=True),)
)
