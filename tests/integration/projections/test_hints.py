"""A hint of new events ends an idle pause; whoever gets none looks by itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from adapters.postgres.feed import PostgresEventFeed
from adapters.postgres.projections.runner import ProjectionRunner
from adapters.postgres.projections.views import PostgresOrderViews
from tests.integration.events.waiting import until
from tests.integration.projections.shop import a_cart, tell

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool


class Bell:
    """Wakes whoever waits once it is rung, and nobody before."""

    def __init__(self) -> None:
        self.rung = asyncio.Event()
        self.waits = 0

    async def wait(self, timeout: float) -> None:  # noqa: ASYNC109 - as the protocol says it
        self.waits += 1
        await self.rung.wait()


async def test_a_hint_ends_an_idle_pause(pool: Pool) -> None:
    bell = Bell()
    runner = ProjectionRunner(pool, PostgresEventFeed(pool), "one", wakes=bell)
    running = asyncio.create_task(runner.run())
    await until(lambda: has_waited(bell))
    await tell(pool, a_cart("ord_1").created())
    unseen = not await is_shown(pool)

    bell.rung.set()

    await until(lambda: is_shown(pool))
    running.cancel()
    await asyncio.wait([running])
    assert unseen


async def has_waited(bell: Bell) -> bool:
    return bell.waits > 0


async def is_shown(pool: Pool) -> bool:
    return await PostgresOrderViews(pool).get("ord_1") is not None
