"""What merchants and operators put into the price book, on PostgreSQL: one transaction for each call.

The statements of a call do not grow with what it puts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from adapters import price_records as records
from adapters.postgres import fees, item_prices, price_changes, promotions, vouchers
from adapters.postgres.counts import free_by_sku, set_free, stop_counting
from domain.catalogue.timetable import PriceSpan, standing_at, with_price, with_standing
from domain.ports.catalogue import Author, ChangeSubject, ItemNotFoundError, PromotionNotFoundError
from domain.pricing.documents import fee_rules_document
from domain.stock.allowance import Allowance

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from adapters.postgres.pool import Pool
    from domain.catalogue.buyers import Buyer
    from domain.catalogue.items import CatalogueItem
    from domain.catalogue.timetable import Timetable
    from domain.money import Money
    from domain.ports.catalogue import PriceChange, TimedPrices
    from domain.pricing.book import DeliveryFee, FeeRules, Voucher
    from domain.pricing.promotion import Promotion

_PUT_BUYER = """
INSERT INTO buyers (id, registered_at, total_orders, segments) VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO UPDATE SET registered_at = excluded.registered_at, total_orders = excluded.total_orders,
    segments = excluded.segments
"""
_SYSTEM = Author("system")


class PostgresCatalogue:
    """`domain.ports.catalogue.Catalogue`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def put_items(self, items: Sequence[CatalogueItem], author: Author = _SYSTEM) -> None:
        """See the port; of two items with one SKU the later counts."""
        newest = {item.sku: item for item in items}
        stock = {item.sku: item.stock for item in items if item.stock is not None}
        if not newest:
            return
        async with price_changes.changing(self._pool, author) as change:
            if await item_prices.put_items(change.session, newest.values()):
                change.touch()
            prices = {sku: item.prices for sku, item in newest.items()}
            old = await item_prices.timetables(change.session, prices, change.moment)
            new = {sku: with_standing(old[sku], item.prices, change.moment) for sku, item in newest.items()}
            await item_prices.replace_timetables(change.session, old, new)
            for sku, item in newest.items():
                if old[sku] != new[sku]:
                    _log_prices(change, old[sku], item)
            await item_prices.put_stock(change.session, stock)

    async def owners(self, skus: Collection[str]) -> Mapping[str, str]:
        """See the port."""
        return await item_prices.owners(self._pool, skus)

    async def put_prices(self, timed: TimedPrices, author: Author) -> None:
        """See the port. Without an end they are the standing prices from then on."""
        records.check_prices(timed)
        async with price_changes.changing(self._pool, author) as change:
            if not await item_prices.is_known(change.session, timed.sku):
                raise ItemNotFoundError(sku=timed.sku)
            old = await item_prices.timetables(change.session, {timed.sku: timed.prices}, timed.starts_at)
            new = old[timed.sku]
            for price in timed.prices:
                new = with_price(new, PriceSpan(price, timed.starts_at, timed.ends_at))
            if new != old[timed.sku]:
                await item_prices.replace_timetables(change.session, old, {timed.sku: new})
                before = standing_at(old[timed.sku], timed.starts_at)
                was, becomes = records.prices_record(before), records.timed_record(timed)
                change.log(ChangeSubject.ITEM_PRICE, timed.sku, was, becomes)

    async def put_delivery_fee(
        self, merchant_id: str, fee: DeliveryFee | Money, author: Author = _SYSTEM
    ) -> None:
        """See the port."""
        wanted = records.as_fee(fee)
        new = None if wanted.amount.is_zero else wanted
        async with price_changes.changing(self._pool, author) as change:
            old = await fees.stored_fee(change.session, merchant_id, wanted.amount.currency)
            if new == old:
                return
            if new is None:
                await fees.drop_fee(change.session, merchant_id, wanted.amount.currency)
            else:
                await fees.store_fee(change.session, merchant_id, new)
            was, becomes = records.fee_record(old), records.fee_record(new)
            change.log(ChangeSubject.DELIVERY_FEE, merchant_id, was, becomes)

    async def put_fee_rules(self, currency: str, rules: FeeRules, author: Author) -> None:
        """See the port."""
        new = fee_rules_document(replace(rules, delivery={}))
        async with price_changes.changing(self._pool, author) as change:
            old = await fees.stored_rules(change.session, currency)
            if old != new:
                await fees.store_rules(change.session, currency, new)
                change.log(ChangeSubject.FEE_RULES, currency, old, new)

    async def put_promotion(self, promotion: Promotion, quotas: Mapping[str, int], author: Author) -> None:
        """See the port. SKUs without a quota of their own have none left."""
        records.check_quotas(promotion, quotas)
        counted = Allowance.of_promotion(promotion.id, "")
        async with price_changes.changing(self._pool, author) as change:
            old = await promotions.stored_promotion(change.session, promotion.id)
            free = await free_by_sku(change.session, counted)
            new = replace(promotion, version=old.version + 1 if old else 1)
            was, becomes = records.promotion_record(old, free), records.promotion_record(new, quotas)
            if records.without_version(was) == records.without_version(becomes):
                return
            await promotions.store_promotion(change.session, new)
            if promotion.has_quota:
                await set_free(change.session, counted, {**dict.fromkeys(free, 0), **quotas})
            elif free:
                await stop_counting(change.session, counted)
            change.log(ChangeSubject.PROMOTION, promotion.id, was, becomes)

    async def promotion(self, promotion_id: str) -> Promotion | None:
        """See the port."""
        return await promotions.stored_promotion(self._pool, promotion_id)

    async def end_promotion(self, promotion_id: str, at: datetime, author: Author) -> None:
        """See the port. One that has not begun by then never begins."""
        async with price_changes.changing(self._pool, author) as change:
            old = await promotions.stored_promotion(change.session, promotion_id)
            if old is None:
                raise PromotionNotFoundError(promotion_id=promotion_id)
            new = records.ended(old, at, change.moment)
            if new != old:
                await promotions.store_promotion(change.session, new)
                was, becomes = records.promotion_record(old), records.promotion_record(new)
                change.log(ChangeSubject.PROMOTION, promotion_id, was, becomes)

    async def put_voucher(self, voucher: Voucher, uses: int | None, author: Author) -> None:
        """See the port."""
        records.check_uses(voucher, uses)
        counted = Allowance.of_voucher(voucher.code)
        async with price_changes.changing(self._pool, author) as change:
            old = await vouchers.stored_voucher(change.session, voucher.code)
            free = (await free_by_sku(change.session, counted)).get("")
            was, becomes = records.voucher_record(old, free), records.voucher_record(voucher, uses)
            if was == becomes:
                return
            await vouchers.store_voucher(change.session, voucher)
            if uses is not None:
                await set_free(change.session, counted, {"": uses})
            elif free is not None:
                await stop_counting(change.session, counted)
            change.log(ChangeSubject.VOUCHER, voucher.code, was, becomes)

    async def put_buyer(self, buyer: Buyer) -> None:
        """See the port."""
        segments = sorted(buyer.segments)
        await self._pool.execute(_PUT_BUYER, buyer.id, buyer.registered_at, buyer.total_orders, segments)

    async def put_points(self, buyer_id: str, points: int) -> None:
        """See the port."""
        records.check_points(points)
        await set_free(self._pool, Allowance.of_points(buyer_id), {"": points})

    async def changes(
        self, subject: ChangeSubject | None, subject_id: str | None, *, before: int | None, limit: int
    ) -> Sequence[PriceChange]:
        """See the port."""
        return await price_changes.changes(self._pool, subject, subject_id, before, limit)


def _log_prices(change: price_changes.Change, old: Timetable, item: CatalogueItem) -> None:
    was = records.prices_record(standing_at(old, change.moment))
    change.log(ChangeSubject.ITEM_PRICE, item.sku, was, records.prices_record(item.prices))
