"""What every order cache promises, in memory and in Valkey; and what it costs when Valkey is away."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count

import pytest
from redis.asyncio import Redis

from adapters.memory.order_cache import MOST_ENTRIES, MemoryOrderCache
from adapters.redis.client import open_client
from adapters.redis.order_cache import RedisOrderCache
from domain.ports.projections import OrderCache

NOBODY = "redis://127.0.0.1:1/0"
_numbers = count(1)


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[Redis]:
    opened = open_client(redis_url)
    yield opened
    await opened.aclose()


@pytest.fixture(params=["memory", "valkey"])
def cache(request: pytest.FixtureRequest) -> OrderCache:
    if request.param == "memory":
        return MemoryOrderCache()
    return RedisOrderCache(request.getfixturevalue("client"))


@pytest.fixture
def order_id() -> str:
    return f"ord_cache_{next(_numbers)}"


async def test_an_entry_comes_back_with_its_version(cache: OrderCache, order_id: str) -> None:
    assert await cache.put(order_id, 3, '{"名": 1}'.encode())

    assert await cache.get(order_id) == (3, '{"名": 1}'.encode())


async def test_an_unknown_order_has_no_entry(cache: OrderCache, order_id: str) -> None:
    assert await cache.get(order_id) is None


async def test_a_dropped_entry_is_gone_and_may_be_written_anew(cache: OrderCache, order_id: str) -> None:
    await cache.put(order_id, 3, b"three")

    assert await cache.drop(order_id)
    assert await cache.drop(order_id)

    assert await cache.get(order_id) is None
    await cache.put(order_id, 2, b"two")
    assert await cache.get(order_id) == (2, b"two")


async def test_a_newer_version_replaces_an_older_one(cache: OrderCache, order_id: str) -> None:
    await cache.put(order_id, 9, b"older")

    await cache.put(order_id, 10, b"newer")

    assert await cache.get(order_id) == (10, b"newer")


@pytest.mark.parametrize("late", [2, 10])
async def test_a_late_or_repeated_version_replaces_nothing(
    cache: OrderCache, order_id: str, late: int
) -> None:
    await cache.put(order_id, 10, b"newest")

    assert await cache.put(order_id, late, b"late")

    assert await cache.get(order_id) == (10, b"newest")


async def test_an_entry_lives_ten_minutes_under_its_orders_name(client: Redis, order_id: str) -> None:
    await RedisOrderCache(client).put(order_id, 1, b"{}")

    assert (
        timedelta(minutes=9)
        < timedelta(seconds=await client.ttl(f"order:{order_id}"))
        <= timedelta(minutes=10)
    )


async def test_the_memory_cache_is_bounded() -> None:
    cache = MemoryOrderCache()

    for number in range(MOST_ENTRIES + 1):
        await cache.put(f"ord_{number}", 1, b"{}")

    assert await cache.get("ord_0") is None
    assert await cache.get(f"ord_{MOST_ENTRIES}") == (1, b"{}")


async def test_a_dead_cache_is_an_empty_one_that_says_no_to_writes() -> None:
    client = open_client(NOBODY)
    cache = RedisOrderCache(client)
    started = time.monotonic()

    answers = [(await cache.get("ord_1"), await cache.put("ord_1", 1, b"{}")) for _ in range(200)]

    await client.aclose()
    assert answers == [(None, False)] * 200
    assert time.monotonic() - started < 3


async def test_a_foreign_entry_is_no_entry(client: Redis, order_id: str) -> None:
    await client.set(f"order:{order_id}", "something else")
    cache = RedisOrderCache(client)

    assert await cache.get(order_id) is None
    assert not await cache.put(order_id, 1, b"{}")
