"""A shop of its own for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from adapters.postgres.pool import open_pool
from adapters.postgres.snapshots import PostgresPriceSnapshots
from tests.integration.settlement.shop import SNAPSHOT, Shop

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool


@pytest.fixture
async def pool(fresh_database: str) -> AsyncIterator[Pool]:
    opened = await open_pool(fresh_database, application="settling", largest=8)
    yield opened
    await opened.close()


@pytest.fixture
async def shop(pool: Pool) -> Shop:
    await PostgresPriceSnapshots(pool).save(SNAPSHOT)
    return Shop(pool)
