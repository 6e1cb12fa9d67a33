"""Shown prices on real servers: cached in two levels, late by less than a second, and never in the way."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from adapters.postgres.catalogue import PostgresCatalogue
from adapters.postgres.pool import open_pool
from adapters.postgres.price_book import PostgresPriceBook
from adapters.postgres.promotions import PostgresPromotions
from adapters.redis.client import open_client
from adapters.redis.shown_prices import BookVersion
from domain.money import Money
from domain.ports.catalogue import Author, Catalogue, TimedPrices
from domain.ports.prices import BasePage, PlaceAndTime
from domain.pricing.book import FeeRules, PointsRule
from domain.pricing.breakdown import Funder
from domain.pricing.kinds import rule_of
from domain.pricing.promotion import Promotion
from tests.support.shown_prices import Counting, Process, a_process, a_promotion, an_item, here, now

ANN = Author("ann")
SECOND = 1.0
FOR_GOOD = timedelta(hours=1)  # however slow the machine, nobody asks again


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[Redis]:
    async with aclosing(open_client(redis_url)) as opened:
        yield opened


@pytest.fixture
async def counting() -> Counting:
    made = Counting()
    await made.store.put_items([an_item()])
    return made


@dataclass
class Shop:
    """Two processes over one PostgreSQL and one Valkey, and who changes prices behind them."""

    catalogue: Catalogue
    processes: tuple[Process, Process]

    async def shows(self, what: Callable[[Process], Awaitable[object]], wanted: object) -> float:
        """How long it takes until every process shows that; fails when it is not within five seconds."""
        started = time.monotonic()
        async with asyncio.timeout(5):
            while [await what(each) for each in self.processes] != [wanted] * 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)  # nobody announces what a time or another process changed
        return time.monotonic() - started


@pytest.fixture
async def shop(fresh_database: str, redis_url: str, client: Redis) -> AsyncIterator[Shop]:
    pool = await open_pool(fresh_database, application="test")
    try:
        book, promotions, name = PostgresPriceBook(pool), PostgresPromotions(pool), uuid4().hex
        async with aclosing(open_client(redis_url)) as other:
            processes = (
                a_process(client, book, promotions, name),
                a_process(other, book, promotions, name),
            )
            yield Shop(PostgresCatalogue(pool), processes)
    finally:
        await pool.close()


async def test_a_changed_price_is_seen_by_every_process_within_a_second(shop: Shop) -> None:
    await shop.catalogue.put_items([an_item(100)])
    await shop.shows(Process.price, 100)

    took = []
    for fen in (90, 80, 70):
        await shop.catalogue.put_items([an_item(fen)])
        took.append(await shop.shows(Process.price, fen))

    assert min(took) < SECOND  # the machine may pause once; a cache that lags does so each time


async def test_a_new_and_an_ended_promotion_are_seen_by_every_process_within_a_second(shop: Shop) -> None:
    await shop.catalogue.put_items([an_item(100)])
    await shop.shows(Process.offers, [])

    took = []
    for name in ("pro_1", "pro_2"):
        await shop.catalogue.put_promotion(replace(a_promotion(), id=name), {}, ANN)
        took.append(await shop.shows(Process.offers, [name]))
        await shop.catalogue.end_promotion(name, now(), ANN)
        took.append(await shop.shows(Process.offers, []))

    assert min(took[::2]) < SECOND
    assert min(took[1::2]) < SECOND


async def test_a_price_that_changes_by_time_alone_changes_on_time(shop: Shop) -> None:
    await shop.catalogue.put_items([an_item(100)])
    turns_at = now() + timedelta(seconds=2)
    await shop.catalogue.put_prices(TimedPrices("tea", an_item(60).prices, turns_at), ANN)
    await shop.shows(Process.price, 100)

    await shop.shows(Process.price, 60)

    assert now() >= turns_at


async def test_what_one_process_read_serves_the_other(client: Redis, counting: Counting) -> None:
    name = uuid4().hex
    first, second = (a_process(client, counting, counting, name, FOR_GOOD) for _ in range(2))

    shown = [[await process.price(), await process.offers()] for process in (first, second) * 3]

    assert shown == [[100, []]] * 6
    assert (counting.pages, counting.lists, counting.versions) == (1, 1, 2)


async def test_everything_in_a_page_survives_the_shared_level(client: Redis, counting: Counting) -> None:
    rules = FeeRules(handling={"card": 200}, points=PointsRule(100, Money(100, "CNY")))
    await counting.store.put_fee_rules("CNY", rules, ANN)
    await counting.store.put_delivery_fee("m1", Money(1_000, "CNY"))
    await counting.store.put_promotion(a_promotion(), {}, ANN)
    name, at = uuid4().hex, here()
    first, second = (a_process(client, counting, counting, name, FOR_GOOD) for _ in range(2))
    plain = await counting.store.page(["tea"], at)
    offers = await counting.store.active(list(plain.items.values()), at, ())

    for process in (first, second):
        page = await process.book.page(["tea"], at)
        assert page == plain
        assert await process.promotions.active(list(page.items.values()), at, ()) == offers
    assert (counting.pages, counting.lists) == (1, 1)


async def test_a_hundred_callers_at_once_share_one_read(client: Redis, counting: Counting) -> None:
    process = a_process(client, counting, counting, uuid4().hex, FOR_GOOD)
    counting.gate.clear()
    callers = [asyncio.ensure_future(process.price()) for _ in range(100)]
    await counting.asked.wait()
    counting.gate.set()

    assert set(await asyncio.gather(*callers)) == {100}
    assert (counting.pages, counting.versions) == (1, 1)


async def test_the_version_is_asked_once_in_a_quarter_of_a_second(
    counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = time.monotonic()
    monkeypatch.setattr("adapters.redis.shown_prices.time.monotonic", lambda: clock)
    version = BookVersion(counting)
    for _ in range(10):
        await version.now()
    assert counting.versions == 1

    clock += 0.25
    await version.now()

    assert counting.versions == 2


async def test_segments_regions_and_items_have_entries_of_their_own(
    client: Redis, counting: Counting
) -> None:
    vip = Promotion(
        "pro_vip",
        "VIP",
        "vip_price",
        rule_of("vip_price", {"prices": {"tea": 70}}),
        "CNY",
        now() - timedelta(days=1),
        now() + timedelta(days=1),
        Funder.PLATFORM,
        segments=frozenset({"vip"}),
    )
    await counting.store.put_promotion(vip, {}, ANN)
    process = a_process(client, counting, counting, uuid4().hex)

    assert await process.offers() == []
    assert await process.offers("vip") == ["pro_vip"]
    assert await process.offers("staff", "vip") == await process.offers("vip", "staff") == ["pro_vip"]
    assert counting.lists == 3
    await process.book.page(["tea"], here(region="DE"))
    await process.book.page(["tea", "cup"], here())
    await process.book.page(["cup", "tea", "tea"], here())
    assert counting.pages == 3


async def test_a_promotion_in_the_cache_is_not_shown_after_its_end(client: Redis, counting: Counting) -> None:
    ends_at = now() + timedelta(minutes=1)
    await counting.store.put_promotion(a_promotion(ends_at=ends_at), {}, ANN)
    process = a_process(client, counting, counting, uuid4().hex)
    items = list((await process.book.page(["tea"], here())).items.values())

    found = [
        await process.promotions.active(items, here(at), ())
        for at in (now(), ends_at - timedelta(microseconds=1), ends_at)
    ]

    assert [[promotion.id for promotion in each] for each in found] == [["pro_1"], ["pro_1"], []]
    assert counting.lists == 1


async def test_no_entry_is_used_for_longer_than_five_minutes(client: Redis, counting: Counting) -> None:
    name, at = uuid4().hex, now()
    process = a_process(client, counting, counting, name)

    for minutes in (0, 4.9, 5, 9.9, 10):
        await process.price(at + timedelta(minutes=minutes))

    assert counting.pages == 3
    keys = [key async for key in client.scan_iter(f"shown:*{name}*")]
    assert len(keys) == 1
    assert 0 < await client.pttl(keys[0]) <= 300_000


async def test_two_databases_behind_one_valkey_do_not_mix(client: Redis, counting: Counting) -> None:
    other = Counting()
    await other.store.put_items([an_item(55)])
    assert await other.version() == await counting.version()

    prices = [await a_process(client, book, book, uuid4().hex).price() for book in (counting, other)]

    assert prices == [100, 55]


async def test_without_valkey_prices_are_shown_all_the_same(
    unused_tcp_port: int, counting: Counting, caplog: pytest.LogCaptureFixture
) -> None:
    await counting.store.put_promotion(a_promotion(), {}, ANN)
    async with aclosing(open_client(f"redis://127.0.0.1:{unused_tcp_port}/0")) as away:
        process = a_process(away, counting, counting, "x")
        with caplog.at_level(logging.WARNING):
            shown = [[await process.price(), await process.offers()] for _ in range(50)]

    assert shown == [[100, ["pro_1"]]] * 50
    assert counting.pages == 1
    assert [record.message for record in caplog.records if "durable store" in record.message]


async def test_a_store_that_is_away_is_not_hidden(client: Redis, counting: Counting) -> None:
    class Away(Counting):
        async def page(self, skus: Collection[str], place: PlaceAndTime) -> BasePage:
            raise OSError

    away = Away(counting.store)

    with pytest.raises(OSError):  # noqa: PT011 - whatever it said
        await a_process(client, away, away, uuid4().hex).price()
