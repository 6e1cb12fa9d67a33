"""A small demo catalogue: three merchants, goods of every kind, three currencies, two warehouses.

Old stock stays. What comes off their prices is in `ops.seed_offers`.
"""

from __future__ import annotations

from dataclasses import replace

from adapters.postgres.catalogue import PostgresCatalogue
from adapters.postgres.pool import open_pool
from adapters.postgres.warehouses import PostgresWarehouses
from domain.catalogue.items import BasePrice, CatalogueItem, Category
from domain.money import Money
from domain.ports.catalogue import Catalogue
from domain.ports.warehouses import MAIN_WAREHOUSE, Warehouses
from ops.seed_offers import put_demo_offers

PLENTY = 1_000_000  # what nobody runs out of: files, and seats of a service
LAST_UNIT = "teapot-antique"  # a single unit, for two buyers to race for

WEST = "west"
IN_THE_WEST = {"cup-celadon": PLENTY, "tea-puer": 200}
"""How much of the stock below lies in the second warehouse; all else lies in the main one."""

TEA, BOOKS, REPAIRS = "m-teahouse", "m-bookshop", "m-workshop"


def _item(
    sku: str,
    merchant: str,
    title: str,
    stock: int,
    *prices: BasePrice,
    category: Category = Category.PHYSICAL,
) -> CatalogueItem:
    return CatalogueItem(sku, merchant, title, category, prices, stock)


def _price(currency: str, market: int, discount: int) -> BasePrice:
    return BasePrice(Money(market, currency), Money(discount, currency))


DEMO_ITEMS: tuple[CatalogueItem, ...] = (
    _item(
        "tea-longjing",
        TEA,
        "西湖龙井 Longjing green tea, 250 g",
        PLENTY,
        _price("CNY", 50_000, 49_000),
        _price("EUR", 6_500, 5_900),
        _price("GBP", 5_500, 4_950),
    ),
    _item(
        "tea-puer",
        TEA,
        "普洱 Pu'er tea cake, 357 g",
        500,
        _price("CNY", 32_000, 28_800),
        _price("EUR", 4_200, 3_800),
    ),
    _item(
        "cup-celadon",
        TEA,
        "青瓷杯 Celadon cup",
        PLENTY,
        _price("CNY", 8_800, 6_600),
        _price("EUR", 1_150, 900),
    ),
    _item(LAST_UNIT, TEA, "古董茶壶 Antique teapot, one of its kind", 1, _price("CNY", 388_000, 388_000)),
    _item(
        "book-tea-classic",
        BOOKS,
        "茶经 The Classic of Tea",
        2_000,
        _price("CNY", 6_800, 5_400),
        _price("EUR", 1_800, 1_500),
        _price("GBP", 1_500, 1_250),
    ),
    _item(
        "ebook-tea-classic",
        BOOKS,
        "茶经电子书 The Classic of Tea, e-book",
        PLENTY,
        _price("CNY", 3_000, 1_900),
        _price("EUR", 900, 700),
        _price("GBP", 800, 600),
        category=Category.VIRTUAL,
    ),
    _item(
        "course-brewing",
        BOOKS,
        "泡茶课 Brewing course, video",
        PLENTY,
        _price("EUR", 4_900, 3_900),
        category=Category.VIRTUAL,
    ),
    _item(
        "repair-teapot",
        REPAIRS,
        "茶壶修复 Teapot repair, one hour",
        PLENTY,
        _price("CNY", 20_000, 18_000),
        _price("EUR", 4_500, 4_500),
        _price("GBP", 4_000, 3_900),
        category=Category.SERVICE,
    ),
)
DEMO_FEES = ((TEA, Money(1_000, "CNY")), (TEA, Money(490, "EUR")), (TEA, Money(395, "GBP")))


async def seed(database_url: str) -> None:
    """Put the demo catalogue into a migrated database. Repeating it leaves all stock as it is."""
    pool = await open_pool(database_url, application="orderkeep-seed", largest=2)
    try:
        await put_demo_catalogue(PostgresCatalogue(pool), PostgresWarehouses(pool))
    finally:
        await pool.close()


async def put_demo_catalogue(catalogue: Catalogue, warehouses: Warehouses) -> None:
    """Put the demo's items on sale, its fees and offers in force; a SKU that is stocked keeps its counts.

    What lies in the second warehouse comes first: the main one gets the rest, and tells that it is stocked.
    """
    shelves = await warehouses.shelves([item.sku for item in DEMO_ITEMS])
    known = {shelf.sku for shelf in shelves if shelf.warehouse_id == MAIN_WAREHOUSE}
    for sku in sorted(IN_THE_WEST.keys() - known):
        await warehouses.put_stock(WEST, sku, IN_THE_WEST[sku])
    items = [replace(item, stock=None) if item.sku in known else item for item in DEMO_ITEMS]
    await catalogue.put_items(items)
    for merchant, fee in DEMO_FEES:
        await catalogue.put_delivery_fee(merchant, fee)
    await put_demo_offers(catalogue)
