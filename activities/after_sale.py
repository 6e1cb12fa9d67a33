"""What a return or a refund does besides moving money: shelves, points and vouchers, and lost thresholds."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from temporalio import activity

from activities.calculating import calculated
from activities.fulfilment_contracts import ClawBack, GiveBackAllowances, PriceWhatIsKept, TakeBackGoods
from activities.price_reading import Ask, Question, Reading, Sources, read_base
from domain.errors import DomainError
from domain.ports.prices import PriceSnapshots, Wallets
from domain.ports.stock import StockLedger
from domain.ports.warehouses import Warehouses
from domain.pricing.book import PriceBookPage
from domain.pricing.claw_back import as_granted, as_presented, lost_reductions
from domain.pricing.request import PriceRequest, RequestedLine
from domain.pricing.snapshot import PriceSnapshot

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AfterSaleActivities:
    """The ledger's and the price book's part in after-sale; each call may be repeated."""

    stock: StockLedger
    warehouses: Warehouses
    snapshots: PriceSnapshots
    prices: Sources
    wallets: Wallets

    @activity.defn(name="take_back_goods")
    async def take_back_goods(self, asked: TakeBackGoods) -> None:
        """Put units that had left back on a shelf, once for each return."""
        await self.warehouses.take_back(asked.reference, asked.key, asked.lines, asked.warehouse_id)

    @activity.defn(name="give_back_allowances")
    async def give_back_allowances(self, asked: GiveBackAllowances) -> None:
        """Give points back pro rata, and a voucher with the last of the goods, once for each refund."""
        await self.stock.give_back(
            asked.reference, asked.key, asked.goods, asked.refunded_before, asked.refunded
        )

    @activity.defn(name="price_what_is_kept")
    async def price_what_is_kept(self, asked: PriceWhatIsKept) -> ClawBack:
        """Reductions on kept goods that these would not have earned by themselves, by the sale's own rules.

        No amount when that cannot be told any more: a buyer never pays for what we do not know.
        """
        snapshot = await self.snapshots.get(asked.snapshot_id)
        if snapshot is None:
            return ClawBack()
        kept = {units.line: units.quantity for units in asked.kept}
        try:
            reading = await self._sale_again(snapshot, kept)
            alone = await calculated(reading, snapshot.created_at)
        except DomainError as unknown:
            _log.warning("snapshot %s cannot be priced again: %s", snapshot.id, unknown)
            return ClawBack()
        voucher = reading.page.voucher
        known = {*reading.promotions, *((voucher.code,) if voucher else ())}
        ordered = [line.quantity for line in snapshot.lines]
        return ClawBack(lost_reductions(snapshot.breakdown, ordered, kept, alone.breakdown, known))

    async def _sale_again(self, snapshot: PriceSnapshot, kept: Mapping[int, int]) -> Reading:
        """What the kept goods were priced by, with the promotions and the voucher that the order had."""
        lines = tuple(
            RequestedLine(line.sku, kept[line.line]) for line in snapshot.lines if kept.get(line.line)
        )
        had = {part.source for part in snapshot.breakdown.components}
        ask = Ask(snapshot.scene, snapshot.currency, lines, None, snapshot.wishes)
        question = Question(ask, snapshot.created_at)
        base = await read_base(question, self.prices.book)
        items = list(base.items.values())
        found = await self.prices.promotions.active(items, question.place, snapshot.segments)
        granted = tuple(as_granted(promotion) for promotion in found if promotion.id in had)
        code = snapshot.wishes.voucher_code
        wallet = await self.wallets.wallet(None, code, ask.currency, ()) if code in had else None
        voucher = as_presented(wallet.voucher) if wallet and wallet.voucher else None
        page = PriceBookPage(ask.currency, base.items, base.fees, granted, voucher)
        return Reading(page, PriceRequest(lines, ask.currency, snapshot.scene, None, snapshot.wishes))
