"""The demo catalogue: something of every kind, offers that show, and a second start that changes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from activities.price_desk import Ask
from activities.price_reading import Question, read_base, read_offers
from adapters.postgres.catalogue import PostgresCatalogue
from adapters.postgres.pool import open_pool
from adapters.postgres.price_book import PostgresPriceBook
from adapters.postgres.promotions import PostgresPromotions
from adapters.postgres.stock import PostgresStockLedger
from adapters.postgres.stock_audit import contradictions
from adapters.postgres.wallets import PostgresWallets
from adapters.postgres.warehouses import PostgresWarehouses
from domain.catalogue.items import Category
from domain.money import Money
from domain.ports.catalogue import Author
from domain.ports.prices import PlaceAndTime
from domain.ports.stock import HoldRequest
from domain.pricing.book import DeliveryFee, FeeRules
from domain.pricing.calculate import calculate
from domain.pricing.calculation import Calculation
from domain.pricing.request import RequestedLine, Scene, Wishes
from domain.stock.allocation import WantedUnits
from domain.stock.allowance import Allowance, Claim
from domain.stock.hold import StockLine
from ops.seed import DEMO_ITEMS, LAST_UNIT, TEA, WEST, seed
from ops.seed_offers import TEA_TIERS, WELCOME

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

NOW = datetime.now(UTC)
POINTS = Allowance.of_points("b-1")
SKUS = [item.sku for item in DEMO_ITEMS]


async def test_there_is_something_of_every_kind_in_every_currency(fresh_database: str) -> None:
    await seed(fresh_database)

    pool = await open_pool(fresh_database, application="test")
    try:
        places = [PlaceAndTime(currency, "", datetime.now(UTC)) for currency in ("CNY", "EUR", "GBP")]
        pages = [await PostgresPriceBook(pool).page(SKUS, place) for place in places]
    finally:
        await pool.close()
    assert all({item.category for item in page.items.values()} == set(Category) for page in pages)
    assert len({item.merchant_id for page in pages for item in page.items.values()}) == 3
    assert pages[0].fees.delivery == {TEA: DeliveryFee(Money(1_000, "CNY"))}


async def test_one_order_of_two_things_needs_two_parcels(seeded: Pool) -> None:
    ledger, warehouses = PostgresStockLedger(seeded), PostgresWarehouses(seeded)
    await ledger.take_holds("ord_1", [StockLine("tea-longjing", 1), StockLine("cup-celadon", 1)], NOW)
    await ledger.confirm_holds("ord_1", NOW)

    wanted = [WantedUnits(1, "tea-longjing", 1), WantedUnits(2, "cup-celadon", 1)]
    chosen = await warehouses.allocate("ord_1", wanted)

    assert [units.warehouse_id for units in chosen] == ["main", WEST]


async def test_all_warehouses_together_have_what_is_on_sale(seeded: Pool) -> None:
    for item in DEMO_ITEMS:
        level = await PostgresStockLedger(seeded).level(item.sku)
        assert level is not None
        assert level.available == item.stock
    assert await contradictions(seeded) == ()


async def test_seeding_again_does_not_bring_back_what_was_sold(fresh_database: str) -> None:
    await seed(fresh_database)
    pool = await open_pool(fresh_database, application="test")
    try:
        ledger, warehouses = PostgresStockLedger(pool), PostgresWarehouses(pool)
        now = datetime.now(UTC)
        await ledger.take_holds("ord_1", [StockLine(LAST_UNIT, 1)], now)
        await ledger.confirm_holds("ord_1", now)
        await warehouses.put_stock(WEST, "tea-puer", 7)
        before = [await ledger.level(sku) for sku in SKUS], await warehouses.shelves(SKUS)

        await seed(fresh_database)

        assert ([await ledger.level(sku) for sku in SKUS], await warehouses.shelves(SKUS)) == before
    finally:
        await pool.close()


@pytest.fixture
async def seeded(fresh_database: str) -> AsyncIterator[Pool]:
    await seed(fresh_database)
    pool = await open_pool(fresh_database, application="test")
    try:
        yield pool
    finally:
        await pool.close()


async def quoted(pool: Pool, sku: str, **wishes: Any) -> Calculation:
    """The price of two at a checkout of buyer b-1."""
    ask = Ask(Scene.CHECKOUT, "CNY", (RequestedLine(sku, 2),), "b-1", Wishes(**wishes))
    question = Question(ask, NOW)
    base = await read_base(question, PostgresPriceBook(pool))
    reading = await read_offers(question, base, PostgresPromotions(pool), PostgresWallets(pool))
    return calculate(reading.page, reading.request, NOW)


async def offers_of(pool: Pool) -> tuple[object, ...]:
    """Every change that anybody ever made, and what b-1 may spend."""
    changes = await PostgresCatalogue(pool).changes(None, None, before=None, limit=100)
    return changes, await PostgresWallets(pool).left({POINTS: None}, ())


async def test_tea_outside_the_offers_costs_what_the_catalogue_says(seeded: Pool) -> None:
    assert (await quoted(seeded, "tea-longjing")).total == Money(99_000, "CNY")


async def test_the_tea_house_gives_its_tiers_and_tells_of_the_next(seeded: Pool) -> None:
    price = await quoted(seeded, "tea-puer")

    assert price.total == Money(57_600 - 3_000 + 1_000, "CNY")
    assert [applied.id for applied in price.promotions] == ["tea-tiers"]
    assert [(remark.code, remark.source) for remark in price.remarks] == [("add_more", "tea-tiers")]


async def test_voucher_points_and_card_show_in_a_price(seeded: Pool) -> None:
    price = await quoted(seeded, "tea-longjing", voucher_code="WELCOME", points=3_000, payment_method="card")

    payable = 98_000 - 2_000 - 3_000 + 1_000
    assert price.total == Money(payable + payable * 2 // 100, "CNY")


async def test_seeding_again_logs_no_change_and_refills_no_points(seeded: Pool, fresh_database: str) -> None:
    lines, claims = (StockLine("tea-puer", 1),), (Claim(POINTS, 900),)
    taken = await PostgresStockLedger(seeded).take(HoldRequest("ord_1", lines, NOW, "b-1", claims=claims))
    assert not taken.refused
    before = await offers_of(seeded)

    await seed(fresh_database)

    assert await offers_of(seeded) == before


async def test_seeding_again_leaves_offers_as_somebody_has_set_them(
    seeded: Pool, fresh_database: str
) -> None:
    catalogue, ann = PostgresCatalogue(seeded), Author("ann")
    await catalogue.end_promotion(TEA_TIERS.id, NOW, ann)
    await catalogue.put_voucher(replace(WELCOME, value=5_000), None, ann)
    await catalogue.put_fee_rules("CNY", FeeRules(), ann)
    before = await offers_of(seeded)

    await seed(fresh_database)

    assert await offers_of(seeded) == before
