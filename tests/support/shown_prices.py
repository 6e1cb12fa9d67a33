"""Shown prices in a test: a catalogue in memory that counts its reads, and processes with their caches."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from redis.asyncio import Redis

from adapters.memory.prices import MemoryCatalogue
from adapters.redis.shown_prices import VERSION_AGE, BookVersion, ShownPriceBook, ShownPromotions
from domain.catalogue.items import BasePrice, CatalogueItem, Category
from domain.money import Money
from domain.ports.prices import BasePage, PlaceAndTime, PriceBook, Promotions
from domain.pricing.book import ItemPrice
from domain.pricing.breakdown import Funder
from domain.pricing.kinds import rule_of
from domain.pricing.promotion import Promotion


def now() -> datetime:
    return datetime.now(UTC)


def here(at: datetime | None = None, region: str = "") -> PlaceAndTime:
    return PlaceAndTime("CNY", region, at or now())


def an_item(fen: int = 100, sku: str = "tea") -> CatalogueItem:
    price = BasePrice(Money(20_000, "CNY"), Money(fen, "CNY"), Money(30_000, "CNY"))
    return CatalogueItem(sku, "m1", "茶", Category.PHYSICAL, (price,))


def a_promotion(name: str = "pro_1", fen: int = 80, ends_at: datetime | None = None) -> Promotion:
    rule = rule_of("flash_sale", {"prices": {"tea": fen}})
    begins = now() - timedelta(days=1)
    ends = ends_at or begins + timedelta(days=30)
    return Promotion(name, "Flash", "flash_sale", rule, "CNY", begins, ends, Funder.MERCHANT, "m1")


@dataclass
class Counting:
    """A catalogue in memory whose reads are counted, and may be made to wait."""

    store: MemoryCatalogue = field(default_factory=MemoryCatalogue)
    pages: int = 0
    lists: int = 0
    versions: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def page(self, skus: Collection[str], place: PlaceAndTime) -> BasePage:
        self.pages += 1
        self.asked.set()
        await self.gate.wait()
        return await self.store.page(skus, place)

    async def next_turn(self, skus: Collection[str], place: PlaceAndTime) -> datetime | None:
        return await self.store.next_turn(skus, place)

    async def version(self) -> int:
        self.versions += 1
        await asyncio.sleep(0)
        return await self.store.version()

    async def active(
        self, items: Collection[ItemPrice], place: PlaceAndTime, segments: Collection[str]
    ) -> tuple[Promotion, ...]:
        self.lists += 1
        return await self.store.active(items, place, segments)


@dataclass
class Process:
    """The shown prices of one process."""

    book: ShownPriceBook
    promotions: ShownPromotions

    async def price(self, at: datetime | None = None) -> int:
        page = await self.book.page(["tea"], here(at))
        return page.items["tea"].price.discount_price.amount

    async def offers(self, *segments: str) -> list[str]:
        page = await self.book.page(["tea"], here())
        found = await self.promotions.active(list(page.items.values()), here(), segments)
        return [promotion.id for promotion in found]


def a_process(
    client: Redis, book: PriceBook, promotions: Promotions, name: str, age: timedelta = VERSION_AGE
) -> Process:
    """One that asks for the version every `age`."""
    version = BookVersion(book, age)
    return Process(
        ShownPriceBook(client, book, version, name), ShownPromotions(client, promotions, version, name)
    )
