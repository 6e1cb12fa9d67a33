"""Catalogue, price book and snapshots in dictionaries. They forget at exit."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from adapters.memory.stock import MemoryStockLedger
from domain.catalogue.items import CatalogueItem
from domain.money import Money
from domain.ports.prices import SnapshotAlreadyUsedError, SnapshotNotFoundError
from domain.pricing.calculate import ItemPrice, PriceBookPage
from domain.pricing.snapshot import PriceSnapshot


class MemoryCatalogue:
    """`Catalogue` and `PriceBook` in one: what is put in is read at once. Stock goes to `ledger`."""

    def __init__(self, ledger: MemoryStockLedger | None = None) -> None:
        self._ledger = ledger or MemoryStockLedger()
        self._items: dict[str, CatalogueItem] = {}
        self._fees: dict[tuple[str, str], Money] = {}

    async def put_items(self, items: Sequence[CatalogueItem]) -> None:
        """See the port; of two items with one SKU the later counts."""
        for item in items:
            self._items[item.sku] = item
            if item.stock is not None:
                self._ledger.put(item.sku, item.stock)

    async def put_delivery_fee(self, merchant_id: str, fee: Money) -> None:
        """See the port."""
        if fee.is_zero:
            self._fees.pop((merchant_id, fee.currency), None)
        else:
            self._fees[merchant_id, fee.currency] = fee

    async def page(self, skus: Collection[str], currency: str) -> PriceBookPage:
        """See the port."""
        known = (self._items[sku] for sku in sorted(set(skus)) if sku in self._items)
        items = {item.sku: page for item in known if (page := _in_currency(item, currency))}
        merchants = sorted({item.merchant_id for item in items.values()})
        fees = {m: self._fees[m, currency] for m in merchants if (m, currency) in self._fees}
        return PriceBookPage(currency, items, fees)


def _in_currency(item: CatalogueItem, currency: str) -> ItemPrice | None:
    for price in item.prices:
        if price.market_price.currency == currency:
            return ItemPrice(item.sku, item.merchant_id, item.title, item.category, price)
    return None


class MemoryPriceSnapshots:
    """`PriceSnapshots` in dictionaries."""

    def __init__(self) -> None:
        self._snapshots: dict[str, PriceSnapshot] = {}
        self._claims: dict[str, str] = {}

    async def save(self, snapshot: PriceSnapshot) -> None:
        """See the port; what is stored under an id stays."""
        self._snapshots.setdefault(snapshot.id, snapshot)

    async def get(self, snapshot_id: str) -> PriceSnapshot | None:
        """See the port."""
        return self._snapshots.get(snapshot_id)

    async def claim(self, snapshot_id: str, order_id: str) -> None:
        """See the port."""
        if snapshot_id not in self._snapshots:
            raise SnapshotNotFoundError(snapshot_id=snapshot_id)
        if self._claims.setdefault(snapshot_id, order_id) != order_id:
            raise SnapshotAlreadyUsedError(snapshot_id=snapshot_id)
