"""All projections by name. Whoever adds one adds it here, and its tables to a migration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.postgres.projections.order_search import SEARCH_PROJECTION
from adapters.postgres.projections.orders import ORDERS_PROJECTION
from adapters.postgres.projections.price_audit import PRICES_PROJECTION
from adapters.postgres.projections.sales_daily import SALES_PROJECTION
from adapters.postgres.projections.settlement_lines import LINES_PROJECTION
from adapters.postgres.projections.stock_board import STOCK_PROJECTION
from domain.ports.read_models import UnknownProjectionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.postgres.projections.projection import Projection

_ALL: Final[tuple[Projection[Any], ...]] = (
    ORDERS_PROJECTION,
    SEARCH_PROJECTION,
    SALES_PROJECTION,
    STOCK_PROJECTION,
    LINES_PROJECTION,
    PRICES_PROJECTION,
)
PROJECTIONS: Final[Mapping[str, Projection[Any]]] = {projection.name: projection for projection in _ALL}


def projection_named(name: str) -> Projection[Any]:
    """The projection of that name. Raises `UnknownProjectionError`."""
    if name not in PROJECTIONS:
        raise UnknownProjectionError(projection=name, known=sorted(PROJECTIONS))
    return PROJECTIONS[name]
