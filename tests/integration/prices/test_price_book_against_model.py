"""Whatever is put in whatever order: PostgreSQL shows the prices and the audit log that the model shows."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import asyncpg
import pytest

from adapters.memory.prices import MemoryCatalogue
from adapters.postgres.catalogue import PostgresCatalogue
from adapters.postgres.pool import open_pool
from adapters.postgres.price_book import PostgresPriceBook
from domain.catalogue.items import BasePrice, CatalogueItem
from domain.ports.catalogue import Catalogue, TimedPrices
from domain.ports.prices import PlaceAndTime, PriceBook
from tests.support.offers import ANN, HOUR, a_price, an_item

SKUS = ("cup", "pot", "tea")
PLACES = [(currency, region) for currency in ("CNY", "EUR") for region in ("", "CN")]
Step = Callable[[Catalogue], Awaitable[None]]


@pytest.fixture
async def pool(fresh_database: str) -> AsyncIterator[asyncpg.Pool]:
    opened = await open_pool(fresh_database, application="price-test", largest=2)
    try:
        yield opened
    finally:
        await opened.close()


def some_price(dice: random.Random, place: tuple[str, str]) -> BasePrice:
    currency, region = place
    return a_price(currency, discount=dice.randint(1, 4), region=region)


def a_price_list(dice: random.Random) -> Step:
    def item(sku: str) -> CatalogueItem:
        places = dice.sample(PLACES, dice.randint(1, 4))
        return an_item(sku, *(some_price(dice, place) for place in places))

    items = [item(sku) for sku in dice.sample(SKUS, dice.randint(1, 3))]
    return lambda catalogue: catalogue.put_items(items, ANN)


def some_timed_prices(dice: random.Random, now: datetime) -> Step:
    # On the half hour, as "now" is a little later for the one than for the other.
    starts_at = now + (dice.randint(-4, 4) + 0.5) * HOUR
    ends_at = None if dice.random() < 0.3 else starts_at + dice.randint(1, 4) * HOUR
    timed = TimedPrices(dice.choice(SKUS), (some_price(dice, dice.choice(PLACES)),), starts_at, ends_at)
    return lambda catalogue: catalogue.put_prices(timed, ANN)


async def shown(book: PriceBook, now: datetime) -> list[object]:
    moments = [now + number * HOUR for number in range(-6, 10) if number]
    places = [
        PlaceAndTime(currency, region, at)
        for at in (*moments, datetime.now(UTC))
        for currency in ("CNY", "EUR")
        for region in ("", "CN")
    ]
    return [(await book.page(SKUS, place)).items for place in places]


async def logged(catalogue: Catalogue, limit: int) -> list[object]:
    entries = await catalogue.changes(None, None, before=None, limit=limit)
    return [(entry.subject_id, entry.old, entry.new) for entry in entries]


@pytest.mark.parametrize("seed", range(12))
async def test_prices_and_audit_log_are_those_of_the_model(pool: asyncpg.Pool, seed: int) -> None:
    dice, now = random.Random(seed), datetime.now(UTC)
    model, real = MemoryCatalogue(), PostgresCatalogue(pool)
    steps = [_step(dice, now) for _ in range(12)]

    for catalogue in (model, real):
        await catalogue.put_items([an_item(sku) for sku in SKUS], ANN)
    for step in steps:
        for catalogue in (model, real):
            await step(catalogue)

    assert await shown(PostgresPriceBook(pool), now) == await shown(model, now)
    assert await logged(real, 1_000) == await logged(model, 1_000)
    assert await PostgresPriceBook(pool).version() == await model.version()


def _step(dice: random.Random, now: datetime) -> Step:
    return a_price_list(dice) if dice.random() < 0.5 else some_timed_prices(dice, now)
