"""Where goods lie. Promises are counted per SKU by the stock ledger; here it is decided from which shelf.

What was sold lies on some shelf until it is allocated, then stands ready in one warehouse until it leaves.
For each SKU: shelves of all warehouses = available + held + sold and not yet allocated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.stock.allocation import AllocatedUnits, WantedUnits
from domain.stock.hold import StockLine

MAIN_WAREHOUSE = "main"
"""Where stock lies of which nobody has said where."""


@dataclass(frozen=True, slots=True)
class ShelfLevel:
    """Counts of one SKU in one warehouse: on the shelf, and allocated to orders that have not left."""

    warehouse_id: str
    sku: str
    on_shelf: int
    allocated: int


class Warehouses(Protocol):
    """The physical side of stock. Every call is one transaction and safe to repeat.

    `reference` is that of the hold, an order's id; `key` names one movement of it for good.
    """

    async def put_stock(self, warehouse_id: str, sku: str, on_shelf: int) -> None:
        """Set what lies on a shelf and may be sold; what is available for sale changes by the difference.

        Raises `InvalidValueError` when less would be left than is promised to buyers, for a negative number
        and for a warehouse without a name.
        """
        ...

    async def shelves(self, skus: Sequence[str]) -> Sequence[ShelfLevel]:
        """Today's counts, by SKU and warehouse; one query."""
        ...

    async def allocate(self, reference: str, wanted: Sequence[WantedUnits]) -> tuple[AllocatedUnits, ...]:
        """Choose shelves for sold goods by `domain.stock.allocation`, once; the same again: the same answer.

        Raises `HoldNotFoundError` unless these goods were sold under this reference, and `NotOnShelvesError`
        when the shelves' counts are wrong.
        """
        ...

    async def hand_over(self, reference: str, key: str, units: Sequence[AllocatedUnits]) -> None:
        """Allocated units have left for good; `key` is the shipment's id.

        What was allocated and has been cancelled since is taken from its shelf again, as far as nobody has
        bought it. Like the two below it raises `HoldNotFoundError` when nothing ever was held under this
        reference.
        """
        ...

    async def take_back(
        self, reference: str, key: str, lines: Sequence[StockLine], warehouse_id: str = MAIN_WAREHOUSE
    ) -> None:
        """Units that had left are back on a shelf and for sale again; `key` is the return's or shipment's.

        At most what has left and is not back. What was sold and never allocated, because it had left before
        shelves were counted, is for sale again where it is counted.
        """
        ...

    async def cancel_units(self, reference: str, key: str, units: Sequence[AllocatedUnits]) -> None:
        """Sold units will not leave: they are for sale again. `key` is the shipment's id.

        `warehouse_id` is empty for units that were never allocated. At most what has neither left nor been
        cancelled before.
        """
        ...
