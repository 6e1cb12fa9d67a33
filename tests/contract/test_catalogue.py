"""What every catalogue promises of changes: an entry in the audit log and a new version each, or neither."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from domain.catalogue.items import BasePrice
from domain.errors import InvalidValueError
from domain.money import Money
from domain.ports.catalogue import (
    Author,
    ChangeSubject,
    ItemNotFoundError,
    PriceChange,
    PromotionNotFoundError,
    TimedPrices,
)
from domain.pricing.book import DeliveryFee, FeeRules, PlatformFee
from domain.pricing.documents import fee_rules_document, promotion_document, voucher_document
from domain.stock.allowance import Allowance
from tests.support.offers import (
    ANN,
    HOUR,
    JUNE,
    MAY,
    MID_MAY,
    a_price,
    a_promotion,
    a_voucher,
    an_item,
    in_china,
    on_page,
)
from tests.support.port_worlds import PortWorld

TEA = on_page(an_item("tea"))
Call = Callable[[PortWorld], Awaitable[None]]
_numbers = count(1)


@pytest.fixture
def name() -> str:
    """An id that no other test has used: the audit log keeps everything."""
    return f"subject-{next(_numbers)}"


async def log(world: PortWorld, subject: ChangeSubject, subject_id: str) -> Sequence[PriceChange]:
    return await world.catalogue.changes(subject, subject_id, before=None, limit=100)


async def newest(world: PortWorld, subject: ChangeSubject, subject_id: str) -> PriceChange:
    return (await log(world, subject, subject_id))[0]


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
    rules = FeeRules(platform=PlatformFee(amount=next(_numbers)))
    before = len(await log(world, ChangeSubject.FEE_RULES, "XXB"))

    for wanted in (rules, rules, FeeRules()):
        await world.catalogue.put_fee_rules("XXB", wanted, ANN)

    entries = await log(world, ChangeSubject.FEE_RULES, "XXB")
    assert len(entries) == before + 2
    assert entries[0].old == fee_rules_document(rules)
    assert entries[0].new == fee_rules_document(FeeRules())


async def test_a_promotion_is_kept_and_counts_its_versions(world: PortWorld, name: str) -> None:
    first = a_promotion(name)
    await world.catalogue.put_promotion(first, {}, ANN)

    await world.catalogue.put_promotion(first, {}, ANN)
    await world.catalogue.put_promotion(replace(first, priority=1), {}, ANN)

    second = replace(first, priority=1, version=2)
    assert await world.catalogue.promotion(name) == second
    entries = await log(world, ChangeSubject.PROMOTION, name)
    assert [(entry.old, entry.new) for entry in entries] == [
        (promotion_document(first), promotion_document(second)),
        (None, promotion_document(first)),
    ]


async def test_a_promotion_that_nobody_put_is_not_found(world: PortWorld) -> None:
    assert await world.catalogue.promotion("unknown") is None
    with pytest.raises(PromotionNotFoundError):
        await world.catalogue.end_promotion("unknown", MID_MAY, ANN)


async def test_quotas_set_what_is_free_and_are_logged(world: PortWorld, name: str) -> None:
    counted = a_promotion(name, has_quota=True)

    await world.catalogue.put_promotion(counted, {"tea": 10, "cup": 5}, ANN)
    await world.catalogue.put_promotion(counted, {"tea": 10, "cup": 5}, ANN)
    await world.catalogue.put_promotion(counted, {"tea": 7}, ANN)

    free = [await world.stock.allowance(Allowance.of_promotion(name, sku)) for sku in ("tea", "cup")]
    assert [level.available for level in free if level] == [7, 0]
    quotas = [entry.new and entry.new["quotas"] for entry in await log(world, ChangeSubject.PROMOTION, name)]
    assert quotas == [{"tea": 7}, {"cup": 5, "tea": 10}]


async def test_a_promotion_without_a_quota_any_more_is_not_counted(world: PortWorld, name: str) -> None:
    await world.catalogue.put_promotion(a_promotion(name, has_quota=True), {"tea": 10}, ANN)

    await world.catalogue.put_promotion(a_promotion(name), {}, ANN)

    assert await world.stock.allowance(Allowance.of_promotion(name, "tea")) is None


async def test_quotas_belong_to_promotions_that_have_them_and_are_not_negative(
    world: PortWorld, name: str
) -> None:
    counted = a_promotion(name, has_quota=True)
    for promotion, quotas in ((counted, {}), (a_promotion(name), {"tea": 1}), (counted, {"tea": -1})):
        with pytest.raises(InvalidValueError):
            await world.catalogue.put_promotion(promotion, quotas, ANN)

    assert await world.catalogue.promotion(name) is None


async def test_an_ended_promotion_ends_then_and_its_quota_stays(world: PortWorld, name: str) -> None:
    counted = a_promotion(name, has_quota=True)
    await world.catalogue.put_promotion(counted, {"tea": 10}, ANN)

    await world.catalogue.end_promotion(name, MID_MAY, ANN)
    await world.catalogue.end_promotion(name, MID_MAY + HOUR, ANN)

    assert await world.catalogue.promotion(name) == replace(counted, ends_at=MID_MAY, version=2)
    assert len(await log(world, ChangeSubject.PROMOTION, name)) == 2
    level = await world.stock.allowance(Allowance.of_promotion(name, "tea"))
    assert level is not None
    assert level.available == 10


async def test_a_promotion_that_is_ended_before_its_start_never_begins(world: PortWorld, name: str) -> None:
    now = datetime.now(UTC)
    later = a_promotion(name, starts_at=now + 5 * HOUR, ends_at=now + 9 * HOUR)
    await world.catalogue.put_promotion(later, {}, ANN)

    await world.catalogue.end_promotion(name, now + 3 * HOUR, ANN)

    instants = [now + part * HOUR / 2 for part in range(1, 20)]
    assert [await world.promotions.active([TEA], in_china(at), ()) for at in instants] == [()] * 19


async def test_a_voucher_is_logged_with_its_uses(world: PortWorld, name: str) -> None:
    free, counted = a_voucher(name), a_voucher(name, has_uses=True)
    for voucher, uses in ((free, None), (free, None), (counted, 5), (counted, 5), (counted, 3)):
        await world.catalogue.put_voucher(voucher, uses, ANN)

    level = await world.stock.allowance(Allowance.of_voucher(name))
    assert level is not None
    assert level.available == 3
    document = voucher_document(counted)
    assert [(entry.old, entry.new) for entry in await log(world, ChangeSubject.VOUCHER, name)] == [
        ({**document, "uses": 5}, {**document, "uses": 3}),
        (voucher_document(free), {**document, "uses": 5}),
        (None, voucher_document(free)),
    ]


async def test_a_voucher_without_a_count_any_more_may_be_used_for_ever(world: PortWorld, name: str) -> None:
    await world.catalogue.put_voucher(a_voucher(name, has_uses=True), 5, ANN)

    await world.catalogue.put_voucher(a_voucher(name), None, ANN)

    assert await world.stock.allowance(Allowance.of_voucher(name)) is None


async def test_uses_belong_to_vouchers_that_count_them_and_points_are_not_negative(world: PortWorld) -> None:
    counted = a_voucher(has_uses=True)
    for voucher, uses in ((counted, None), (a_voucher(), 1), (counted, -1)):
        with pytest.raises(InvalidValueError):
            await world.catalogue.put_voucher(voucher, uses, ANN)
    with pytest.raises(InvalidValueError):
        await world.catalogue.put_points("buyer-1", -1)


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
