"""A price desk over memory: goods, promotions and buyers to set, servers to switch off."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from activities.price_desk import Ask, PriceDesk, Sources
from activities.pricing import PricingActivities
from adapters.clock import RandomIds
from adapters.memory.notices import MemoryNotices
from adapters.memory.price_checks import MemoryPriceChecks
from adapters.memory.prices import MemoryCatalogue
from adapters.memory.snapshots import MemoryPriceSnapshots
from adapters.memory.stock import MemoryStockLedger
from domain.catalogue.buyers import Buyer
from domain.catalogue.items import BasePrice, CatalogueItem, Category
from domain.ports.catalogue import Author
from domain.ports.prices import BasePage, PlaceAndTime
from domain.ports.stock import HoldRequest
from domain.pricing.book import ItemPrice, Voucher, VoucherKind
from domain.pricing.breakdown import Funder
from domain.pricing.kinds import rule_of
from domain.pricing.promotion import Promotion
from domain.pricing.request import RequestedLine, Scene, Wishes
from domain.pricing.snapshot import PriceSnapshot
from domain.stock.allowance import Claim
from domain.stock.hold import HoldKind, StockLine
from tests.support.builders import NOON, cny

ANN = Author("ann")
A_DAY = timedelta(days=1)


@dataclass
class Switched:
    """Price book and promotions of a catalogue, each of which may fail; counts how often each was read."""

    store: MemoryCatalogue
    book_fails: Exception | None = None
    promotions_fail: Exception | None = None
    reads: list[str] = field(default_factory=list)

    async def page(self, skus: Collection[str], place: PlaceAndTime) -> BasePage:
        self.reads.append("page")
        if self.book_fails:
            raise self.book_fails
        return await self.store.page(skus, place)

    async def next_turn(self, skus: Collection[str], place: PlaceAndTime) -> datetime | None:
        return await self.store.next_turn(skus, place)

    async def version(self) -> int:
        return await self.store.version()

    async def active(
        self, items: Collection[ItemPrice], place: PlaceAndTime, segments: Collection[str]
    ) -> tuple[Promotion, ...]:
        self.reads.append("active")
        if self.promotions_fail:
            raise self.promotions_fail
        return await self.store.active(items, place, segments)


class PriceWorld:
    """Tea at 120.00 of shop `m1`, and whatever a test adds. It is noon until a test says otherwise."""

    def __init__(self) -> None:
        self.now = NOON
        self.ledger = MemoryStockLedger()
        self.catalogue = MemoryCatalogue(self.ledger, now=lambda: self.now)
        self.stores = Switched(self.catalogue)
        self.shown = Switched(self.catalogue)
        self.snapshots = MemoryPriceSnapshots()
        self.checks = MemoryPriceChecks()
        self.notices = MemoryNotices()
        self.desk = PriceDesk(
            stores=Sources(self.stores, self.stores),
            shown=Sources(self.shown, self.shown),
            wallets=self.catalogue,
            snapshots=self.snapshots,
            stock=self.ledger,
            ids=RandomIds(),
            outages=(OSError,),
        )
        self.pricing = PricingActivities(self.desk, self.snapshots, self.checks, self.notices)

    async def sells(self, sku: str = "tea", fen: int = 12_000, stock: int = 100) -> None:
        """Put an item on sale, or change its price."""
        prices = (BasePrice(cny(fen), cny(fen)),)
        await self.catalogue.put_items([CatalogueItem(sku, "m1", sku, Category.VIRTUAL, prices, stock)], ANN)

    async def promotes(
        self,
        kind: str = "flash_sale",
        terms: Mapping[str, Any] | None = None,
        *,
        fen: int = 10_000,
        quota: int | None = None,
        **more: Any,
    ) -> Promotion:
        """A promotion on tea; a flash sale at 100.00 unless told otherwise."""
        promotion = Promotion(
            **{
                "id": "pro_1",
                "name": "Flash",
                "kind": kind,
                "rule": rule_of(kind, terms or {"prices": {"tea": fen}}),
                "currency": "CNY",
                "starts_at": NOON - A_DAY,
                "ends_at": NOON + A_DAY,
                "funder": Funder.MERCHANT,
                "merchant_id": "m1",
                "has_quota": quota is not None,
                **more,
            }
        )
        await self.catalogue.put_promotion(promotion, {} if quota is None else {"tea": quota}, ANN)
        return promotion

    async def gives_voucher(self, fen: int = 500, uses: int | None = None, **more: Any) -> None:
        """A voucher SPRING of that amount."""
        voucher = Voucher(
            **{
                "code": "SPRING",
                "name": "Spring",
                "kind": VoucherKind.AMOUNT,
                "value": fen,
                "currency": "CNY",
                "starts_at": NOON - A_DAY,
                "ends_at": NOON + A_DAY,
                "funder": Funder.PLATFORM,
                "has_uses": uses is not None,
                **more,
            }
        )
        await self.catalogue.put_voucher(voucher, uses, ANN)

    async def knows(self, registered_at: datetime | None = None, *segments: str, orders: int = 1) -> None:
        """Tell who `buyer-1` is."""
        await self.catalogue.put_buyer(Buyer("buyer-1", registered_at, orders, frozenset(segments)))

    def ask(
        self,
        scene: Scene = Scene.CHECKOUT,
        quantity: int = 1,
        buyer_id: str | None = "buyer-1",
        **wishes: Any,
    ) -> Ask:
        """A wish for tea."""
        return Ask(scene, "CNY", (RequestedLine("tea", quantity),), buyer_id, Wishes(**wishes))

    async def quote(
        self,
        scene: Scene = Scene.CHECKOUT,
        quantity: int = 1,
        buyer_id: str | None = "buyer-1",
        **wishes: Any,
    ) -> PriceSnapshot:
        """A price for tea."""
        return await self.desk.quote(self.ask(scene, quantity, buyer_id, **wishes), self.now)

    async def holds(
        self,
        reference: str,
        *claims: Claim,
        buyer_id: str = "buyer-1",
        kind: HoldKind = HoldKind.ORDER,
        converts: tuple[str, ...] = (),
    ) -> None:
        """Somebody holds one tea and these allowances."""
        until = self.now + timedelta(minutes=30)
        goods = (StockLine("tea", 1),)
        taken = await self.ledger.take(HoldRequest(reference, goods, until, buyer_id, kind, claims, converts))
        assert not taken.refused, taken
