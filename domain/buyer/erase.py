"""When a buyer's personal data may be erased: not while their goods still need to know where to go."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from domain.buyer.events import BuyerErased
from domain.catalogue.items import Category
from domain.errors import DomainError
from domain.order.order import Order
from domain.order.shipments import ShipmentStatus
from domain.order.status import OrderStatus

ENDED = frozenset({OrderStatus.COMPLETED, OrderStatus.CANCELLED})
_AT_HOME = frozenset({ShipmentStatus.PLANNED, ShipmentStatus.BOOKED})
_UNSHIPPED = frozenset({OrderStatus.DRAFT, OrderStatus.CREATED, OrderStatus.PAID})


class GoodsToBeSentError(DomainError):
    """Goods of this buyer are still to be sent; `orders` says whose address they need."""

    code = "goods_to_be_sent"

    def __init__(self, orders: tuple[str, ...]) -> None:
        super().__init__(orders=orders)
        self.orders = orders


def has_goods_to_send(order: Order) -> bool:
    """True while something of the order is still to leave for the buyer's address."""
    if order.address is None or order.status in ENDED:
        return False
    if order.shipments:
        parcels = (each for each in order.shipments if each.plan.category is Category.PHYSICAL)
        return any(parcel.status in _AT_HOME for parcel in parcels)
    carried = any(line.category is Category.PHYSICAL for line in order.lines)
    return carried and order.status in _UNSHIPPED


def erase_buyer(
    buyer_id: str,
    orders: Iterable[Order],
    *,
    by: str,
    at: datetime,
    awaited: Iterable[str] = (),
    even_with_open_orders: bool = False,
) -> BuyerErased:
    """Decide that the buyer's personal data goes for good. `awaited` are accepted orders with an address that
    have not begun.

    Raises `GoodsToBeSentError`, unless `even_with_open_orders`: parcels that are not booked yet are then
    refused, and the money for them goes back.
    """
    unsent = tuple(sorted({*(order.id for order in orders if has_goods_to_send(order)), *awaited}))
    if unsent and not even_with_open_orders:
        raise GoodsToBeSentError(unsent)
    return BuyerErased(buyer_id=buyer_id, unsent_orders=unsent, by=by, erased_at=at)
