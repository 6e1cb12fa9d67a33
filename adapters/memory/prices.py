"""The catalogue in dictionaries: what is put in is read at once by the same object. It forgets at exit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from adapters import price_records as records
from adapters.memory.price_reads import MemoryPriceReads
from adapters.memory.stock import MemoryStockLedger
from domain.catalogue.buyers import Buyer
from domain.catalogue.items import CatalogueItem
from domain.catalogue.timetable import PriceSpan, standing_at, with_price, with_standing
from domain.money import Money
from domain.ports.catalogue import (
    Author,
    ChangeSubject,
    ItemNotFoundError,
    PriceChange,
    PromotionNotFoundError,
    TimedPrices,
)
from domain.pricing.book import DeliveryFee, FeeRules, Voucher
from domain.pricing.documents import fee_rules_document
from domain.pricing.promotion import Promotion
from domain.stock.allowance import Allowance

_SYSTEM = Author("system")


def _utc_now() -> datetime:
    return datetime.now(UTC)


class MemoryCatalogue(MemoryPriceReads):
    """`Catalogue`, `PriceBook`, `Promotions` and `Wallets` in one. Goods and allowances go to `ledger`.

    `now` tells the time of changes: give a test's clock, or a changed price may lie in its future.
    """

    def __init__(
        self, ledger: MemoryStockLedger | None = None, now: Callable[[], datetime] = _utc_now
    ) -> None:
        super().__init__(ledger or MemoryStockLedger())
        self._now = now
        self._quotas: dict[str, set[str]] = {}
        self._changes: list[PriceChange] = []

    async def put_items(self, items: Sequence[CatalogueItem], author: Author = _SYSTEM) -> None:
        """See the port; of two items with one SKU the later counts."""
        now = self._now()
        news = {item.sku: item for item in items}
        for item in items:
            if item.stock is not None:
                self._ledger.check_free(item.sku, item.stock)
        touched = False
        for sku, item in news.items():
            old = self._timetables.get(sku, ())
            new = with_standing(old, item.prices, now)
            touched = touched or _without_prices(self._items.get(sku)) != _without_prices(item)
            self._items[sku], self._timetables[sku] = item, new
            if new != old:
                was, becomes = (
                    records.prices_record(standing_at(old, now)),
                    records.prices_record(item.prices),
                )
                self._log(author, now, (ChangeSubject.ITEM_PRICE, sku), was, becomes)
                touched = True
        self._version += touched
        for item in items:
            if item.stock is not None:
                self._ledger.put(item.sku, item.stock)

    async def owners(self, skus: Collection[str]) -> Mapping[str, str]:
        """See the port."""
        return {sku: self._items[sku].merchant_id for sku in skus if sku in self._items}

    async def put_prices(self, timed: TimedPrices, author: Author) -> None:
        """See the port. Without an end they are the standing prices from then on."""
        records.check_prices(timed)
        if timed.sku not in self._items:
            raise ItemNotFoundError(sku=timed.sku)
        old = new = self._timetables[timed.sku]
        for price in timed.prices:
            new = with_price(new, PriceSpan(price, timed.starts_at, timed.ends_at))
        self._timetables[timed.sku] = new
        was = records.prices_record(standing_at(old, timed.starts_at))
        subject = (ChangeSubject.ITEM_PRICE, timed.sku)
        self._changed(author, subject, was, records.timed_record(timed), same=new == old)

    async def put_delivery_fee(
        self, merchant_id: str, fee: DeliveryFee | Money, author: Author = _SYSTEM
    ) -> None:
        """See the port."""
        wanted = records.as_fee(fee)
        key = merchant_id, wanted.amount.currency
        old, new = self._fees.pop(key, None), None if wanted.amount.is_zero else wanted
        if new is not None:
            self._fees[key] = new
        was, becomes = records.fee_record(old), records.fee_record(new)
        self._changed(author, (ChangeSubject.DELIVERY_FEE, merchant_id), was, becomes, same=old == new)

    async def put_fee_rules(self, currency: str, rules: FeeRules, author: Author) -> None:
        """See the port."""
        old, new = self._rules.get(currency), replace(rules, delivery={})
        self._rules[currency] = new
        was = None if old is None else fee_rules_document(old)
        subject = (ChangeSubject.FEE_RULES, currency)
        self._changed(author, subject, was, fee_rules_document(new), same=old == new)

    async def put_promotion(self, promotion: Promotion, quotas: Mapping[str, int], author: Author) -> None:
        """See the port. SKUs without a quota of their own have none left."""
        records.check_quotas(promotion, quotas)
        old = self._promotions.get(promotion.id)
        free = self._free(promotion.id)
        new = replace(promotion, version=old.version + 1 if old else 1)
        was, becomes = records.promotion_record(old, free), records.promotion_record(new, quotas)
        if records.without_version(was) == records.without_version(becomes):
            return
        self._promotions[promotion.id] = new
        counted = {**dict.fromkeys(free, 0), **quotas} if promotion.has_quota else {}
        for sku in free.keys() - counted.keys():
            self._ledger.drop_allowance(Allowance.of_promotion(promotion.id, sku))
        for sku, available in counted.items():
            self._ledger.put_allowance(Allowance.of_promotion(promotion.id, sku), available)
        self._quotas[promotion.id] = set(counted)
        self._changed(author, (ChangeSubject.PROMOTION, promotion.id), was, becomes)

    async def promotion(self, promotion_id: str) -> Promotion | None:
        """See the port."""
        return self._promotions.get(promotion_id)

    async def end_promotion(self, promotion_id: str, at: datetime, author: Author) -> None:
        """See the port. One that has not begun by then never begins."""
        old = self._promotions.get(promotion_id)
        if old is None:
            raise PromotionNotFoundError(promotion_id=promotion_id)
        self._promotions[promotion_id] = new = records.ended(old, at, self._now())
        was, becomes = records.promotion_record(old), records.promotion_record(new)
        self._changed(author, (ChangeSubject.PROMOTION, promotion_id), was, becomes, same=old == new)

    async def put_voucher(self, voucher: Voucher, uses: int | None, author: Author) -> None:
        """See the port."""
        records.check_uses(voucher, uses)
        counted = Allowance.of_voucher(voucher.code)
        free = self._ledger.allowance_left(counted, None, ())
        was = records.voucher_record(self._vouchers.get(voucher.code), free)
        self._vouchers[voucher.code] = voucher
        if uses is None:
            self._ledger.drop_allowance(counted)
        else:
            self._ledger.put_allowance(counted, uses)
        becomes = records.voucher_record(voucher, uses)
        self._changed(author, (ChangeSubject.VOUCHER, voucher.code), was, becomes, same=was == becomes)

    async def put_buyer(self, buyer: Buyer) -> None:
        """See the port."""
        self._buyers[buyer.id] = buyer

    async def put_points(self, buyer_id: str, points: int) -> None:
        """See the port."""
        records.check_points(points)
        self._ledger.put_allowance(Allowance.of_points(buyer_id), points)

    async def changes(
        self, subject: ChangeSubject | None, subject_id: str | None, *, before: int | None, limit: int
    ) -> Sequence[PriceChange]:
        """See the port."""
        found = [
            change
            for change in reversed(self._changes)
            if subject in {None, change.subject}
            and subject_id in {None, change.subject_id}
            and (before is None or change.number < before)
        ]
        return found[:limit]

    def _free(self, promotion_id: str) -> dict[str, int]:
        counted = {
            sku: Allowance.of_promotion(promotion_id, sku) for sku in self._quotas.get(promotion_id, ())
        }
        return {sku: self._ledger.allowance_left(name, None, ()) or 0 for sku, name in counted.items()}

    def _changed(
        self,
        author: Author,
        subject: tuple[ChangeSubject, str],
        old: records.Record | None,
        new: records.Record | None,
        *,
        same: bool = False,
    ) -> None:
        if not same:
            self._version += 1
            self._log(author, self._now(), subject, old, new)

    def _log(
        self,
        author: Author,
        at: datetime,
        subject: tuple[ChangeSubject, str],
        old: records.Record | None,
        new: records.Record | None,
    ) -> None:
        number = len(self._changes) + 1
        self._changes.append(PriceChange(number, at, author.who, author.why, *subject, old, new))


def _without_prices(item: CatalogueItem | None) -> tuple[object, ...] | None:
    return None if item is None else (item.merchant_id, item.title, item.category)
