"""What every catalogue and price book promise together, over memory and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

from domain.catalogue.items import BasePrice, CatalogueItem, Category
from domain.money import Money
from domain.ports.stock import StockLevel
from domain.pricing.calculate import ItemPrice, PriceBookPage
from tests.support.port_worlds import PortWorld


def a_price(currency: str, market: int = 200, discount: int = 150) -> BasePrice:
    return BasePrice(Money(market, currency), Money(discount, currency))


def an_item(sku: str, *prices: BasePrice, merchant: str = "m1", stock: int | None = None) -> CatalogueItem:
    return CatalogueItem(sku, merchant, f"《{sku}》", Category.PHYSICAL, prices or (a_price("CNY"),), stock)


async def test_a_page_holds_what_is_sold_in_its_currency(world: PortWorld) -> None:
    await world.catalogue.put_items(
        [an_item("tea", a_price("CNY", 500, 490), a_price("EUR", 60, 60)), an_item("cup", a_price("EUR"))]
    )

    page = await world.prices.page(["tea", "cup", "unknown"], "CNY")

    tea = ItemPrice("tea", "m1", "《tea》", Category.PHYSICAL, a_price("CNY", 500, 490))
    assert page == PriceBookPage("CNY", {"tea": tea}, {})


async def test_a_page_of_nothing_is_empty(world: PortWorld) -> None:
    assert await world.prices.page([], "CNY") == PriceBookPage("CNY", {}, {})


async def test_a_page_is_the_same_for_repeated_skus(world: PortWorld) -> None:
    await world.catalogue.put_items([an_item("tea")])

    assert await world.prices.page(["tea", "tea"], "CNY") == await world.prices.page({"tea"}, "CNY")


async def test_a_page_holds_the_fees_of_its_merchants_in_its_currency(world: PortWorld) -> None:
    await world.catalogue.put_items(
        [an_item("tea"), an_item("cup", merchant="m2"), an_item("pot", merchant="m3")]
    )
    for merchant, fee in (("m1", Money(1_000, "CNY")), ("m2", Money(90, "EUR")), ("m3", Money(500, "CNY"))):
        await world.catalogue.put_delivery_fee(merchant, fee)

    page = await world.prices.page(["tea", "cup"], "CNY")

    assert page.delivery_fees == {"m1": Money(1_000, "CNY")}


async def test_a_fee_is_replaced_and_zero_removes_it(world: PortWorld) -> None:
    await world.catalogue.put_items([an_item("tea")])
    await world.catalogue.put_delivery_fee("m1", Money(1_000, "CNY"))

    await world.catalogue.put_delivery_fee("m1", Money(800, "CNY"))
    replaced = await world.prices.page(["tea"], "CNY")
    await world.catalogue.put_delivery_fee("m1", Money(0, "CNY"))
    removed = await world.prices.page(["tea"], "CNY")

    assert replaced.delivery_fees == {"m1": Money(800, "CNY")}
    assert removed.delivery_fees == {}


async def test_putting_an_item_again_replaces_all_its_prices(world: PortWorld) -> None:
    await world.catalogue.put_items([an_item("tea", a_price("CNY"), a_price("EUR"))])
    changed = replace(an_item("tea", a_price("CNY", 300, 0), merchant="m2"), category=Category.VIRTUAL)

    await world.catalogue.put_items([changed])

    page = await world.prices.page(["tea"], "CNY")
    assert page.items["tea"] == ItemPrice("tea", "m2", "《tea》", Category.VIRTUAL, a_price("CNY", 300, 0))
    assert (await world.prices.page(["tea"], "EUR")).items == {}


async def test_of_two_items_with_one_sku_the_later_counts(world: PortWorld) -> None:
    await world.catalogue.put_items([an_item("tea", stock=3), an_item("tea", a_price("EUR"), stock=4)])

    assert (await world.prices.page(["tea"], "CNY")).items == {}
    assert await world.stock.level("tea") == StockLevel("tea", 4, 0, 0)


async def test_an_item_without_a_count_is_not_stocked(world: PortWorld) -> None:
    await world.catalogue.put_items([an_item("tea")])

    assert await world.stock.level("tea") is None


async def test_an_empty_list_of_items_changes_nothing(world: PortWorld) -> None:
    await world.catalogue.put_items([an_item("tea")])

    await world.catalogue.put_items([])

    assert set((await world.prices.page(["tea"], "CNY")).items) == {"tea"}
