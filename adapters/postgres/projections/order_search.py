"""The projection `order_search`: from anything that somebody holds in their hands to the orders it names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.postgres.projections.projection import Projection, View
from adapters.postgres.projections.streams import ORDERS
from adapters.postgres.tables.read_models import order_search
from domain.ports.read_models import TermKind, search_term

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from adapters.postgres.projections.projection import Row
    from domain.order.dated import DatedOrder
    from domain.order.order import Order


def terms_of(order: Order) -> set[tuple[TermKind, str]]:
    """Everything by which the order can be found, each term in the form in which it is compared."""
    return {(kind, term) for kind, text in _said(order) if (term := search_term(text))}


def _said(order: Order) -> Iterator[tuple[TermKind, str]]:
    yield TermKind.ORDER, order.id
    yield TermKind.NUMBER, order.number
    yield TermKind.BUYER, order.buyer_id
    yield from _all(TermKind.SKU, (line.sku for line in order.lines))
    yield from _all(TermKind.PAYMENT, order.attempts)
    yield from _all(TermKind.REFUND, (refund.key for refund in order.refunds))
    yield from _all(TermKind.SHIPMENT, (shipment.id for shipment in order.shipments))
    yield from _all(TermKind.TRACKING, (shipment.tracking_number for shipment in order.shipments))
    yield from _all(TermKind.RETURN, (case.id for case in order.returns))


def _all(kind: TermKind, texts: Iterable[str]) -> Iterator[tuple[TermKind, str]]:
    return ((kind, text) for text in texts)


def _rows(dated: DatedOrder) -> list[Row]:
    order = dated.order
    terms = terms_of(order)
    shared = {"order_id": order.id, "version": order.version, "of": len(terms)}
    created = order.created_at.isoformat()
    return [{**shared, "kind": kind, "term": term, "created_at": created} for kind, term in sorted(terms)]


SEARCH_PROJECTION: Final = Projection(
    "order_search", ORDERS, (View(order_search, "order_id", _rows, many=True),)
)
