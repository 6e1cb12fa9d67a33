"""The cache follows the views, and a cache that fails is tried again without losing a view."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from adapters.memory.order_cache import MemoryOrderCache
from adapters.postgres.events import PostgresEventStore
from adapters.postgres.feed import PostgresEventFeed
from adapters.postgres.projections import cache_refresh
from adapters.postgres.projections.cache_refresh import CacheRefresher
from adapters.postgres.projections.runner import ProjectionRunner
from adapters.postgres.projections.views import PostgresOrderViews
from adapters.redis.client import open_client
from adapters.redis.order_cache import RedisOrderCache
from domain.order.document import order_from
from domain.order.order import Order, fold
from tests.integration.events.stories import Story, tell
from tests.integration.events.waiting import until

if TYPE_CHECKING:
    import pytest

    from adapters.postgres.pool import Pool


class FailingCache(MemoryOrderCache):
    """Says no as often as it is told to."""

    def __init__(self, failures: int) -> None:
        super().__init__()
        self.failures = failures

    async def put(self, order_id: str, version: int, content: bytes) -> bool:
        self.failures -= 1
        return self.failures < 0 and await super().put(order_id, version, content)


async def cached(cache: MemoryOrderCache | RedisOrderCache, order_id: str) -> Order | None:
    entry = await cache.get(order_id)
    return order_from(json.loads(entry[1])) if entry else None


async def test_the_cache_holds_the_order_of_the_view(pool: Pool, redis_url: str) -> None:
    client, story = open_client(redis_url), Story("ord_cached")
    cache = RedisOrderCache(client)
    refresher = CacheRefresher(cache)
    await tell(PostgresEventStore(pool), story.order_id, story.paid())

    await ProjectionRunner(pool, PostgresEventFeed(pool), "one", refresher=refresher).step()
    await refresher.flush()

    order = await cached(cache, story.order_id)
    await client.aclose()
    assert order == fold(story.paid()) == await PostgresOrderViews(pool).get(story.order_id)


async def test_a_failing_cache_is_tried_again_and_the_view_is_there_meanwhile(pool: Pool) -> None:
    cache, story = FailingCache(failures=2), Story("ord_1")
    refresher = CacheRefresher(cache)
    await tell(PostgresEventStore(pool), story.order_id, story.paid())
    await ProjectionRunner(pool, PostgresEventFeed(pool), "one", refresher=refresher).step()

    assert not await refresher.flush()
    assert await PostgresOrderViews(pool).get(story.order_id) == fold(story.paid())
    running = asyncio.create_task(refresher.run())
    await until(lambda: has_come(cache))

    running.cancel()
    assert await cached(cache, story.order_id) == fold(story.paid())
    assert refresher.waiting == 0


async def test_only_the_newest_of_what_waits_is_written() -> None:
    story, cache = Story("ord_1"), MemoryOrderCache()
    refresher = CacheRefresher(cache)

    refresher.offer([fold(story.paid())])
    refresher.offer([fold(story.created())])
    await refresher.flush()

    assert await cached(cache, "ord_1") == fold(story.paid())


async def test_what_waits_for_a_dead_cache_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_refresh, "MOST_WAITING", 3)
    refresher = CacheRefresher(FailingCache(failures=1_000))

    refresher.offer(fold(Story(f"ord_{number}").created()) for number in range(10))

    assert refresher.waiting == 3


async def has_come(cache: MemoryOrderCache) -> bool:
    return await cache.get("ord_1") is not None
