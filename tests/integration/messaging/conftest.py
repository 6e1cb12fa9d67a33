"""A database and a Valkey whose topics belong to one test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from redis import Redis

from adapters.postgres.pool import open_pool

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool


@pytest.fixture
async def pool(fresh_database: str) -> AsyncIterator[Pool]:
    opened = await open_pool(fresh_database, application="test", largest=12)
    yield opened
    await opened.close()


@pytest.fixture
def empty_valkey(redis_url: str) -> Iterator[str]:
    """A logical database of its own: topics and groups of one test meet no others."""
    parts = urlsplit(redis_url)
    url = f"{parts.scheme}://{parts.netloc}/9"
    with Redis.from_url(url) as client:
        client.flushdb()
    yield url
    with Redis.from_url(url) as client:
        client.flushdb()
