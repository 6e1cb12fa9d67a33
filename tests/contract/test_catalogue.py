"""What every catalogue promises of changes: an entry in the audit log and a new version each, or neither."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.catalogue.items import BasePrice
from domain.errors import InvalidValueError
from domain.money import Money
from domain.ports.catalogue import (
    Author,
    ChangeSubject,
    ItemNotFoundError,
    TimedPrices,
)
from domain.pricing.book import DeliveryFee, FeeRules, PlatformFee
from domain.pricing.documents import fee_rules_document
from tests.contract.price_log import a_new_name, log
from tests.support.offers import (
    ANN,
    JUNE,
    MAY,
    MID_MAY,
    a_price,
    a_promotion,
    a_voucher,
    an_item,
)
from tests.support.port_worlds import PortWorld

Call = Callable[[PortWorld], Awaitable[None]]


@pytest.fixture
def name() -> str:
    """Of an item or merchant that no other test has used."""
    return a_new_name()


def told(price: BasePrice) -> dict[str, object]:
    return {
        "currency": price.market_price.currency,
        "region": price.region,
        "market_price": price.market_price.amount,
        "discount_price": price.discount_price.amount,
        "listed_price": price.listed_price.amount if price.listed_price else None,
    }


async def test_a_changed_price_is_logged_with_who_why_old_and_new(world: PortWorld, name: str) -> None:
    old = (a_price("CNY"), a_price("CNY", region="CN"))
    new = replace(a_price("CNY", discount=120), listed_price=Money(300, "CNY"))
    await world.catalogue.put_items([an_item(name, *old)])
    before = datetime.now(UTC)

    await world.catalogue.put_items([an_item(name, new)], ANN)

    entry, first = await log(world, ChangeSubject.ITEM_PRICE, name)
    assert (entry.who, entry.why) == ("ann", "spring sale")
    assert (entry.subject, entry.subject_id) == (ChangeSubject.ITEM_PRICE, name)
    assert entry.old == {"prices": [told(price) for price in old]}
    assert entry.new == {"prices": [told(new)]}
    assert before <= entry.changed_at <= datetime.now(UTC)
    assert entry.changed_at.utcoffset() == timedelta(0)
    assert (first.who, first.old) == ("system", None)
    assert first.number < entry.number


async def test_an_unchanged_price_is_no_change(world: PortWorld, name: str) -> None:
    item = an_item(name, a_price("CNY"), a_price("EUR"), stock=3)
    await world.catalogue.put_items([item])
    version = await world.prices.version()

    await world.catalogue.put_items([replace(item, prices=item.prices[::-1], stock=5)], ANN)

    assert len(await log(world, ChangeSubject.ITEM_PRICE, name)) == 1
    assert await world.prices.version() == version
    level = await world.stock.level(name)
    assert level is not None
    assert level.available == 5


async def test_of_many_items_only_changed_ones_are_logged_and_the_version_grows_once(
    world: PortWorld, name: str
) -> None:
    skus = [f"{name}-{letter}" for letter in "abc"]
    await world.catalogue.put_items([an_item(sku) for sku in skus])
    version = await world.prices.version()

    dearer = [an_item(sku, a_price(discount=199)) for sku in skus[:2]]
    await world.catalogue.put_items([*dearer, an_item(skus[2])])

    assert [len(await log(world, ChangeSubject.ITEM_PRICE, sku)) for sku in skus] == [2, 2, 1]
    assert await world.prices.version() == version + 1


async def test_prices_for_a_time_are_logged_once(world: PortWorld, name: str) -> None:
    await world.catalogue.put_items([an_item(name)])
    timed = TimedPrices(name, (a_price(discount=99),), MAY, JUNE)

    await world.catalogue.put_prices(timed, ANN)
    await world.catalogue.put_prices(timed, ANN)

    entries = await log(world, ChangeSubject.ITEM_PRICE, name)
    assert len(entries) == 2
    assert entries[0].old == {"prices": [told(a_price())]}
    assert entries[0].new == {
        "prices": [told(a_price(discount=99))],
        "starts_at": MAY.isoformat(),
        "ends_at": JUNE.isoformat(),
    }


async def test_prices_for_a_time_need_an_item_a_price_and_a_time(world: PortWorld, name: str) -> None:
    await world.catalogue.put_items([an_item(name)])
    once = TimedPrices(name, (a_price(),), MAY, JUNE)

    with pytest.raises(ItemNotFoundError):
        await world.catalogue.put_prices(replace(once, sku="unknown"), ANN)
    for wrong in (
        replace(once, prices=()),
        replace(once, prices=(a_price(), a_price())),
        replace(once, ends_at=MAY),
    ):
        with pytest.raises(InvalidValueError):
            await world.catalogue.put_prices(wrong, ANN)

    assert len(await log(world, ChangeSubject.ITEM_PRICE, name)) == 1


async def test_who_sells_which_items_can_be_asked(world: PortWorld) -> None:
    await world.catalogue.put_items([an_item("tea"), an_item("cup", merchant="m2"), an_item("pot")])

    assert await world.catalogue.owners(["tea", "cup", "unknown"]) == {"tea": "m1", "cup": "m2"}


async def test_a_delivery_fee_is_logged_when_it_changes(world: PortWorld, name: str) -> None:
    fee = DeliveryFee(Money(800, "CNY"), free_from=20_000)

    for wanted in (Money(0, "CNY"), Money(1_000, "CNY"), DeliveryFee(Money(1_000, "CNY")), fee, fee):
        await world.catalogue.put_delivery_fee(name, wanted, ANN)
    await world.catalogue.put_delivery_fee(name, Money(0, "CNY"), ANN)

    entries = await log(world, ChangeSubject.DELIVERY_FEE, name)
    whole = {"amount": 1_000, "currency": "CNY", "free_from": None}
    free = {"amount": 800, "currency": "CNY", "free_from": 20_000}
    assert [(entry.old, entry.new) for entry in entries] == [(free, None), (whole, free), (None, whole)]


async def test_fee_rules_are_logged_when_they_change(world: PortWorld) -> None:
    rules = FeeRules(platform=PlatformFee(amount=50))
    before = len(await log(world, ChangeSubject.FEE_RULES, "XXB"))

    for wanted in (rules, rules, FeeRules()):
        await world.catalogue.put_fee_rules("XXB", wanted, ANN)

    entries = await log(world, ChangeSubject.FEE_RULES, "XXB")
    assert len(entries) == before + 2
    assert entries[0].old == fee_rules_document(rules)
    assert entries[0].new == fee_rules_document(FeeRules())


CHANGES: dict[str, Call] = {
    "a price": lambda world: world.catalogue.put_items([an_item("tea", a_price(discount=1))]),
    "a price for a time": lambda world: world.catalogue.put_prices(
        TimedPrices("tea", (a_price(discount=1),), MAY, JUNE), ANN
    ),
    "a delivery fee": lambda world: world.catalogue.put_delivery_fee("m1", Money(1, "CNY")),
    "fee rules": lambda world: world.catalogue.put_fee_rules("XXB", FeeRules(handling={"card": 1}), ANN),
    "a promotion": lambda world: world.catalogue.put_promotion(a_promotion(), {}, ANN),
    "the end of a promotion": lambda world: world.catalogue.end_promotion("old", MID_MAY, ANN),
    "a voucher": lambda world: world.catalogue.put_voucher(a_voucher(), None, ANN),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_every_change_makes_a_new_version_and_repeating_it_none(world: PortWorld, change: str) -> None:
    await world.catalogue.put_items([an_item("tea")])
    await world.catalogue.put_promotion(a_promotion("old"), {}, ANN)
    version = await world.prices.version()

    await CHANGES[change](world)
    await CHANGES[change](world)

    assert await world.prices.version() == version + 1


async def test_the_log_is_read_backwards_in_parts(world: PortWorld, name: str) -> None:
    for amount in range(1, 6):
        await world.catalogue.put_delivery_fee(name, Money(amount, "CNY"), Author(f"editor-{amount}"))

    everything = await log(world, ChangeSubject.DELIVERY_FEE, name)
    first = await world.catalogue.changes(None, name, before=None, limit=2)
    rest = await world.catalogue.changes(None, name, before=first[-1].number, limit=10)

    assert [entry.who for entry in everything] == [f"editor-{amount}" for amount in (5, 4, 3, 2, 1)]
    assert [*first, *rest] == everything
    assert (await world.catalogue.changes(None, None, before=None, limit=1))[0] == everything[0]
    assert await log(world, ChangeSubject.VOUCHER, name) == []
