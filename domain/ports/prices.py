"""Where prices come from and where snapshots are kept."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from domain.catalogue.items import CatalogueItem
from domain.errors import DomainError
from domain.money import Money
from domain.pricing.calculate import PriceBookPage
from domain.pricing.snapshot import PriceSnapshot


class SnapshotNotFoundError(DomainError):
    """No snapshot of this id, or not one that this buyer may see."""

    code = "snapshot_not_found"


class SnapshotMismatchError(DomainError):
    """The snapshot prices other lines than those ordered."""

    code = "snapshot_mismatch"


class SnapshotAlreadyUsedError(DomainError):
    """Another order was placed with this snapshot."""

    code = "snapshot_already_used"


class PriceBook(Protocol):
    """Base prices and fees. A page costs the same number of queries for one line as for a thousand."""

    async def page(self, skus: Collection[str], currency: str) -> PriceBookPage:
        """The pages of these SKUs; one that is missing there is not on sale in this currency."""
        ...


class PriceSnapshots(Protocol):
    """Snapshots by id: durable before the id is given out, the same bytes for ever."""

    async def save(self, snapshot: PriceSnapshot) -> None:
        """Keep a new snapshot."""
        ...

    async def get(self, snapshot_id: str) -> PriceSnapshot | None:
        """The snapshot, or None. Expired ones are found too."""
        ...

    async def claim(self, snapshot_id: str, order_id: str) -> None:
        """Bind the snapshot to one order; the same order may repeat. Raises `SnapshotAlreadyUsedError`,
        `SnapshotNotFoundError`.
        """
        ...


class Catalogue(Protocol):
    """What merchants put on sale."""

    async def put_items(self, items: Sequence[CatalogueItem]) -> None:
        """Create or replace SKUs with their prices, all or none. `stock` sets what is on hand and free.

        What is held or sold stays so: `stock` is the new available quantity.
        """
        ...

    async def put_delivery_fee(self, merchant_id: str, fee: Money) -> None:
        """What a merchant charges for carrying physical goods, per order and currency; zero removes it."""
        ...
