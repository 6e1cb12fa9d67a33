"""When a price book's prices change by time alone, so that a cache knows how long it may keep them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from domain.catalogue.items import BasePrice, CatalogueItem, Category
from domain.money import Money
from domain.ports.catalogue import Author, TimedPrices
from domain.ports.prices import PlaceAndTime
from tests.support.port_worlds import PortWorld

ANN = Author("ann")
MAY, JUNE, JULY = (datetime(2030, month, 1, tzinfo=UTC) for month in (5, 6, 7))
MOMENT = timedelta(microseconds=1)


def a_price(fen: int = 100, currency: str = "CNY", region: str = "") -> BasePrice:
    return BasePrice(Money(200, currency), Money(fen, currency), region=region)


async def sells(world: PortWorld, sku: str, *prices: BasePrice) -> None:
    await world.catalogue.put_items([CatalogueItem(sku, "m1", sku, Category.PHYSICAL, prices)])


async def turn(world: PortWorld, at: datetime, *skus: str, region: str = "") -> datetime | None:
    return await world.prices.next_turn(skus, PlaceAndTime("CNY", region, at))


async def test_a_standing_price_never_turns(world: PortWorld) -> None:
    await sells(world, "tea", a_price())

    assert await turn(world, MAY, "tea") is None
    assert await turn(world, MAY, "unknown") is None
    assert await turn(world, MAY) is None


async def test_a_passing_price_turns_at_its_start_and_at_its_end(world: PortWorld) -> None:
    await sells(world, "tea", a_price())
    await world.catalogue.put_prices(TimedPrices("tea", (a_price(90),), MAY, JUNE), ANN)

    turns = [await turn(world, at, "tea") for at in (MAY - MOMENT, MAY, JUNE - MOMENT, JUNE)]

    assert turns == [MAY, JUNE, JUNE, None]


async def test_the_soonest_turn_of_several_items_counts(world: PortWorld) -> None:
    for sku, starts_at in (("tea", JULY), ("cup", JUNE)):
        await sells(world, sku, a_price())
        await world.catalogue.put_prices(TimedPrices(sku, (a_price(90),), starts_at), ANN)

    assert await turn(world, MAY, "tea", "cup") == JUNE
    assert await turn(world, MAY, "tea") == JULY


async def test_turns_of_other_currencies_and_regions_do_not_count(world: PortWorld) -> None:
    await sells(world, "tea", a_price(), a_price(currency="EUR"), a_price(region="DE"))
    for price, starts_at in ((a_price(90, "EUR"), MAY), (a_price(90, region="DE"), JUNE)):
        await world.catalogue.put_prices(TimedPrices("tea", (price,), starts_at), ANN)

    assert await turn(world, MAY - MOMENT, "tea", region="CN") is None
    assert await turn(world, MAY - MOMENT, "tea", region="DE") == JUNE
