"""What every price book promises of what was put into its catalogue, over memory and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.catalogue.items import BasePrice, Category
from domain.money import Money
from domain.ports.catalogue import TimedPrices
from domain.ports.prices import BasePage, PlaceAndTime
from domain.ports.stock import StockLevel
from domain.pricing.book import DeliveryFee, FeeRules, PlatformFee, PointsRule, ServiceFee
from domain.pricing.promotion import Lane, Selector
from tests.support.offers import (
    ANN,
    HOUR,
    JUNE,
    MAY,
    MID_MAY,
    a_price,
    an_item,
    in_china,
    on_page,
)
from tests.support.port_worlds import PortWorld


async def now_price(world: PortWorld, sku: str, region: str = "", currency: str = "CNY") -> BasePrice | None:
    return await price(world, sku, datetime.now(UTC), region, currency)


async def price(
    world: PortWorld, sku: str, at: datetime, region: str = "", currency: str = "CNY"
) -> BasePrice | None:
    page = await world.prices.page([sku], PlaceAndTime(currency, region, at))
    return page.items[sku].price if sku in page.items else None


async def test_a_page_holds_what_is_sold_in_its_currency(world: PortWorld) -> None:
    tea = an_item("tea", a_price("CNY", 500, 490), a_price("EUR", 60, 60))
    await world.catalogue.put_items([tea, an_item("cup", a_price("EUR"))])

    page = await world.prices.page(["tea", "cup", "unknown"], in_china())

    assert page == BasePage({"tea": on_page(tea)}, FeeRules())


async def test_a_page_of_nothing_has_the_fees_of_its_currency_alone(world: PortWorld) -> None:
    assert await world.prices.page([], in_china()) == BasePage({}, FeeRules())

    rules = FeeRules(platform=PlatformFee(amount=50))
    await world.catalogue.put_fee_rules("CNY", rules, ANN)

    assert await world.prices.page([], in_china()) == BasePage({}, rules)


async def test_a_page_is_the_same_for_repeated_skus(world: PortWorld) -> None:
    await world.catalogue.put_items([an_item("tea")])

    assert await world.prices.page(["tea", "tea"], in_china()) == await world.prices.page({"tea"}, in_china())


async def test_the_price_of_a_region_goes_before_the_one_for_everywhere(world: PortWorld) -> None:
    everywhere, here = a_price(discount=150), a_price(discount=140, region="CN")
    await world.catalogue.put_items([an_item("tea", everywhere, here), an_item("cup", here)])

    assert await now_price(world, "tea", "CN") == here
    assert await now_price(world, "tea", "FR") == everywhere
    assert await now_price(world, "tea") == everywhere
    assert await now_price(world, "cup", "CN") == here
    assert await now_price(world, "cup") is None


async def test_a_listed_price_is_kept(world: PortWorld) -> None:
    listed = replace(a_price(), listed_price=Money(300, "CNY"))
    await world.catalogue.put_items([an_item("tea", listed)])

    assert await now_price(world, "tea") == listed


async def test_a_page_holds_the_fees_of_its_merchants_in_its_currency(world: PortWorld) -> None:
    await world.catalogue.put_items(
        [an_item("tea"), an_item("cup", merchant="m2"), an_item("pot", merchant="m3")]
    )
    for merchant, fee in (("m1", Money(1_000, "CNY")), ("m2", Money(90, "EUR")), ("m3", Money(500, "CNY"))):
        await world.catalogue.put_delivery_fee(merchant, fee)

    page = await world.prices.page(["tea", "cup"], in_china())

    assert page.fees == FeeRules(delivery={"m1": DeliveryFee(Money(1_000, "CNY"))})


async def test_a_fee_is_replaced_and_zero_removes_it(world: PortWorld) -> None:
    await world.catalogue.put_items([an_item("tea")])
    await world.catalogue.put_delivery_fee("m1", Money(1_000, "CNY"))
    free_from = DeliveryFee(Money(800, "CNY"), free_from=20_000)

    await world.catalogue.put_delivery_fee("m1", free_from)
    replaced = await world.prices.page(["tea"], in_china())
    await world.catalogue.put_delivery_fee("m1", Money(0, "CNY"))
    removed = await world.prices.page(["tea"], in_china())

    assert replaced.fees.delivery == {"m1": free_from}
    assert removed.fees.delivery == {}


async def test_fee_rules_are_those_of_the_currency_without_the_delivery_fees_given_with_them(
    world: PortWorld,
) -> None:
    rules = FeeRules(
        services={"insurance": ServiceFee("insurance", "insurance", basis_points=50)},
        handling={"card": 200},
        points=PointsRule(100, Money(100, "CNY")),
        selectors={Lane.SHOP: Selector.PRIORITY},
    )
    await world.catalogue.put_items([an_item("tea", a_price(), a_price("EUR"))])
    await world.catalogue.put_fee_rules(
        "CNY", replace(rules, delivery={"m1": DeliveryFee(Money(1, "CNY"))}), ANN
    )

    page = await world.prices.page(["tea"], in_china())
    in_euro = await world.prices.page(["tea"], PlaceAndTime("EUR", "", MID_MAY))

    assert page.fees == rules
    assert in_euro.fees == FeeRules()


async def test_putting_an_item_again_replaces_all_its_prices(world: PortWorld) -> None:
    await world.catalogue.put_items([an_item("tea", a_price(), a_price("EUR"))])
    changed = replace(an_item("tea", a_price("CNY", 300, 0), merchant="m2"), category=Category.VIRTUAL)

    await world.catalogue.put_items([changed])

    page = await world.prices.page(["tea"], in_china(datetime.now(UTC)))
    assert page.items == {"tea": on_page(changed)}
    assert await now_price(world, "tea", currency="EUR") is None


async def test_a_replaced_price_is_still_that_of_the_past(world: PortWorld) -> None:
    await world.catalogue.put_items([an_item("tea", a_price(discount=150), a_price("EUR"))])
    before = datetime.now(UTC)

    await world.catalogue.put_items([an_item("tea", a_price(discount=120))])

    assert await price(world, "tea", before) == a_price(discount=150)
    assert await price(world, "tea", before, currency="EUR") == a_price("EUR")
    assert await now_price(world, "tea") == a_price(discount=120)


async def test_a_price_that_was_taken_away_may_come_again(world: PortWorld) -> None:
    both, one = an_item("tea", a_price(), a_price("EUR")), an_item("tea", a_price())
    for item in (both, one, both):
        await world.catalogue.put_items([item])

    assert await now_price(world, "tea", currency="EUR") == a_price("EUR")


async def test_a_passing_price_holds_from_its_start_until_just_before_its_end(world: PortWorld) -> None:
    await world.catalogue.put_items([an_item("tea", a_price(discount=150))])

    await world.catalogue.put_prices(TimedPrices("tea", (a_price(discount=99),), MAY, JUNE), ANN)

    instant = timedelta(microseconds=1)
    found = [await price(world, "tea", at) for at in (MAY - instant, MAY, JUNE - instant, JUNE)]
    assert [shown.discount_price.amount for shown in found if shown] == [150, 99, 99, 150]


async def test_after_a_passing_price_within_another_that_one_holds_again(world: PortWorld) -> None:
    await world.catalogue.put_items([an_item("tea", a_price(discount=150))])
    await world.catalogue.put_prices(TimedPrices("tea", (a_price(discount=99),), MAY, JUNE), ANN)

    inner = TimedPrices("tea", (a_price(discount=50),), MID_MAY, MID_MAY + HOUR)
    await world.catalogue.put_prices(inner, ANN)

    moments = (MAY, MID_MAY, MID_MAY + HOUR, JUNE)
    found = [await price(world, "tea", at) for at in moments]
    assert [shown.discount_price.amount for shown in found if shown] == [99, 50, 99, 150]


async def test_a_price_list_leaves_passing_prices_and_changes_what_holds_after_them(world: PortWorld) -> None:
    await world.catalogue.put_items([an_item("tea", a_price(discount=150))])
    begins = datetime.now(UTC) + HOUR
    window = TimedPrices("tea", (a_price(discount=99),), begins, begins + HOUR)
    await world.catalogue.put_prices(window, ANN)

    await world.catalogue.put_items([an_item("tea", a_price(discount=120))])

    found = [await price(world, "tea", at) for at in (begins - HOUR / 2, begins, begins + HOUR)]
    assert [shown.discount_price.amount for shown in found if shown] == [120, 99, 120]


async def test_a_price_list_without_a_currency_ends_its_passing_prices_too(world: PortWorld) -> None:
    await world.catalogue.put_items([an_item("tea", a_price(), a_price("EUR"))])
    begins = datetime.now(UTC) - HOUR
    window = TimedPrices("tea", (a_price("EUR", discount=99),), begins, begins + 24 * HOUR)
    await world.catalogue.put_prices(window, ANN)

    await world.catalogue.put_items([an_item("tea", a_price())])

    assert await now_price(world, "tea", currency="EUR") is None
    assert await price(world, "tea", begins + 2 * HOUR, currency="EUR") is None
    assert await price(world, "tea", begins, currency="EUR") == a_price("EUR", discount=99)


async def test_a_price_without_an_end_holds_for_good_from_its_start(world: PortWorld) -> None:
    await world.catalogue.put_items([an_item("tea", a_price(discount=150))])
    begins = datetime.now(UTC) + HOUR

    await world.catalogue.put_prices(TimedPrices("tea", (a_price(discount=180),), begins), ANN)
    await world.catalogue.put_items([an_item("tea", a_price(discount=120))])

    found = [await price(world, "tea", at) for at in (begins - HOUR / 2, begins, begins + 9_999 * HOUR)]
    assert [shown.discount_price.amount for shown in found if shown] == [120, 180, 180]


async def test_an_item_may_go_on_sale_in_a_new_currency_for_a_time_only(world: PortWorld) -> None:
    await world.catalogue.put_items([an_item("tea")])

    await world.catalogue.put_prices(TimedPrices("tea", (a_price("EUR"),), MAY, JUNE), ANN)

    shown = [await price(world, "tea", at, currency="EUR") for at in (MAY - HOUR, MID_MAY, JUNE)]
    assert shown == [None, a_price("EUR"), None]


async def test_of_two_items_with_one_sku_the_later_counts(world: PortWorld) -> None:
    await world.catalogue.put_items([an_item("tea", stock=3), an_item("tea", a_price("EUR"), stock=4)])

    assert (await world.prices.page(["tea"], in_china())).items == {}
    assert await world.stock.level("tea") == StockLevel("tea", 4, 0, 0)


async def test_an_item_without_a_count_is_not_stocked(world: PortWorld) -> None:
    await world.catalogue.put_items([an_item("tea")])

    assert await world.stock.level("tea") is None


async def test_an_empty_list_of_items_changes_nothing(world: PortWorld) -> None:
    await world.catalogue.put_items([an_item("tea")])
    version = await world.prices.version()

    await world.catalogue.put_items([])

    assert set((await world.prices.page(["tea"], in_china())).items) == {"tea"}
    assert await world.prices.version() == version


@pytest.mark.parametrize("change", ["price", "title", "merchant"])
async def test_the_version_grows_with_everything_that_a_page_shows(world: PortWorld, change: str) -> None:
    tea = an_item("tea")
    await world.catalogue.put_items([tea])
    version = await world.prices.version()
    changed = {
        "price": an_item("tea", a_price(discount=1)),
        "title": replace(tea, title="Green tea"),
        "merchant": an_item("tea", merchant="m2"),
    }

    await world.catalogue.put_items([tea])
    repeated = await world.prices.version()
    await world.catalogue.put_items([changed[change]])

    assert repeated == version
    assert await world.prices.version() > version
