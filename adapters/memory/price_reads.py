"""Price book, promotions and wallets read from dictionaries. Who fills them is `adapters.memory.prices`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from adapters.memory.stock import MemoryStockLedger
from domain.catalogue.buyers import Buyer
from domain.catalogue.items import CatalogueItem
from domain.catalogue.timetable import Timetable, price_at
from domain.ports.prices import BasePage, PlaceAndTime, Wallet
from domain.pricing.book import DeliveryFee, FeeRules, ItemPrice, Voucher
from domain.pricing.promotion import Promotion
from domain.stock.allowance import Allowance

_SOON = timedelta(minutes=10)


class MemoryPriceReads:
    """`PriceBook`, `Promotions` and `Wallets`. What is counted is in `ledger`."""

    def __init__(self, ledger: MemoryStockLedger) -> None:
        self._ledger = ledger
        self._version = 1
        self._items: dict[str, CatalogueItem] = {}
        self._timetables: dict[str, Timetable] = {}
        self._fees: dict[tuple[str, str], DeliveryFee] = {}
        self._rules: dict[str, FeeRules] = {}
        self._promotions: dict[str, Promotion] = {}
        self._vouchers: dict[str, Voucher] = {}
        self._buyers: dict[str, Buyer] = {}

    async def page(self, skus: Collection[str], place: PlaceAndTime) -> BasePage:
        """See the port."""
        found = (self._item_price(sku, place) for sku in sorted(set(skus)))
        items = {item.sku: item for item in found if item is not None}
        merchants = sorted({item.merchant_id for item in items.values()})
        named = ((merchant, self._fees.get((merchant, place.currency))) for merchant in merchants)
        delivery = {merchant: fee for merchant, fee in named if fee is not None}
        return BasePage(items, replace(self._rules.get(place.currency, FeeRules()), delivery=delivery))

    async def next_turn(self, skus: Collection[str], place: PlaceAndTime) -> datetime | None:
        """See the port."""
        spans = (span for sku in skus for span in self._timetables.get(sku, ()))
        here = (
            span for span in spans if span.place in {(place.currency, ""), (place.currency, place.region)}
        )
        turns = (turn for span in here for turn in (span.starts_at, span.ends_at) if turn is not None)
        return min((turn for turn in turns if turn > place.at), default=None)

    async def version(self) -> int:
        """See the port."""
        return self._version

    async def active(
        self, items: Collection[ItemPrice], place: PlaceAndTime, segments: Collection[str]
    ) -> tuple[Promotion, ...]:
        """See the port."""
        known = (self._promotions[name] for name in sorted(self._promotions))
        return tuple(p for p in known if _is_near(p, place) and _is_for(p, items, segments))

    async def wallet(
        self, buyer_id: str | None, voucher_code: str, currency: str, own: Collection[str]
    ) -> Wallet:
        """See the port. A voucher of another currency is not found."""
        voucher = self._vouchers.get(voucher_code)
        usable = voucher if voucher is not None and voucher.currency == currency else None
        return Wallet(None if buyer_id is None else self._buyer(buyer_id, own), usable)

    async def left(
        self, wanted: Mapping[Allowance, int | None], own: Collection[str]
    ) -> Mapping[Allowance, int]:
        """See the port."""
        counts = ((name, self._ledger.allowance_left(name, limit, own)) for name, limit in wanted.items())
        return {name: left for name, left in counts if left is not None}

    def _item_price(self, sku: str, place: PlaceAndTime) -> ItemPrice | None:
        item = self._items.get(sku)
        price = price_at(self._timetables.get(sku, ()), place.currency, place.region, place.at)
        if item is None or price is None:
            return None
        return ItemPrice(sku, item.merchant_id, item.title, item.category, price)

    def _buyer(self, buyer_id: str, own: Collection[str]) -> Buyer:
        known = self._buyers.get(buyer_id) or Buyer(buyer_id)
        return replace(known, total_orders=known.total_orders + self._ledger.orders_of(buyer_id, own))


def _is_near(promotion: Promotion, place: PlaceAndTime) -> bool:
    soon = promotion.starts_at <= place.at + _SOON and place.at < promotion.ends_at
    return soon and promotion.currency == place.currency


def _is_for(promotion: Promotion, items: Collection[ItemPrice], segments: Collection[str]) -> bool:
    theirs = not promotion.segments or not promotion.segments.isdisjoint(segments)
    return theirs and any(promotion.covers(item.sku, item.merchant_id) for item in items)
