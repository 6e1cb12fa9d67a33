"""Price book and promotions behind two caches keep every promise of those without; only later, perhaps."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from adapters.redis.client import open_client
from adapters.redis.shown_prices import BookVersion, ShownPriceBook, ShownPromotions
from tests.contract.test_price_book import *  # noqa: F403 - the same suite, over the world below
from tests.contract.test_promotions import *  # noqa: F403
from tests.support.port_worlds import PortWorld, memory_world, postgres_world


@pytest.fixture(params=["memory", "postgres"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[PortWorld]:
    """The caches over each world in turn. Versions are asked each time, so that a change shows at once."""
    async with aclosing(open_client(request.getfixturevalue("redis_url"))) as client:
        if request.param == "memory":
            yield _cached(memory_world(), client)
            return
        async with postgres_world(request.getfixturevalue("contract_database")) as found:
            yield _cached(found, client)


def _cached(world: PortWorld, client) -> PortWorld:
    version = BookVersion(world.prices, age=timedelta(0))
    name = uuid4().hex
    return replace(
        world,
        prices=ShownPriceBook(client, world.prices, version, name),
        promotions=ShownPromotions(client, world.promotions, version, name),
    )
