"""What other contexts may know and ask of orders, version 1 (requirements A13, A14).

Behaviour only: nothing here shows how orders are stored or run. A second version goes beside this one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from domain.address import Address
from domain.errors import DomainError
from domain.money import Money


class UnknownOrderError(DomainError):
    """No order of this id was ever accepted."""

    code = "order_not_found"


@dataclass(frozen=True, slots=True)
class PlaceOrderRequest:
    """Asks for an order at the price of a snapshot. `key` is the caller's: the same one places one order.

    `lines` are pairs of SKU and quantity, exactly those that were quoted. `request_id` and `trace_id` name
    the call for the audit, and have no part in what is asked; without an id the key stands for it.
    """

    key: str
    buyer_id: str
    snapshot_id: str
    lines: tuple[tuple[str, int], ...]
    address: Address | None = None
    request_id: str = ""
    trace_id: str = ""


@dataclass(frozen=True, slots=True)
class OrderLineV1:
    """One line as other contexts see it; `category` is physical, virtual or service."""

    line: int
    sku: str
    merchant_id: str
    title: str
    category: str
    quantity: int


@dataclass(frozen=True, slots=True)
class OrderShipmentV1:
    """What is to be handed over together. `units` are pairs of line number and quantity."""

    shipment_id: str
    category: str
    warehouse_id: str
    status: str
    units: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class OrderV1:
    """An immutable picture of an order at `version`.

    `address` is readable; it stays behind its seal when the buyer's personal data was erased.
    """

    order_id: str
    number: str
    version: int
    status: str
    payment_status: str
    fulfilment_status: str
    buyer_id: str
    total: Money
    address: Address | None
    lines: tuple[OrderLineV1, ...]
    shipments: tuple[OrderShipmentV1, ...]


class OrderContext(Protocol):
    """Orders for other contexts: shipping, inventory, and whoever comes."""

    async def place_order(self, request: PlaceOrderRequest) -> str:
        """Place an order, once per key; its id. Raises what the checkout's rules raise."""
        ...

    async def get_order(self, order_id: str) -> OrderV1:
        """The order as it stands now. Raises `UnknownOrderError`."""
        ...
