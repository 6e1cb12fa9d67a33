"""Databases that belong to one test: migrated with a pool, empty, and empty with an ordinary owner."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from adapters.postgres.pool import open_pool
from ops.servers import Servers
from tests.integration.events.former_releases import fetchval
from tests.support.servers import postgres_of

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool


@pytest.fixture
async def pool(fresh_database: str) -> AsyncIterator[Pool]:
    opened = await open_pool(fresh_database, application="test", largest=24)
    yield opened
    await opened.close()


@pytest.fixture
async def empty_database(servers: Servers) -> AsyncIterator[str]:
    postgres = postgres_of(servers)
    yield postgres.create_database("orderkeep_test_empty")
    postgres.drop_database("orderkeep_test_empty")


@pytest.fixture
async def owned_database(empty_database: str) -> AsyncIterator[str]:
    """An empty database whose owner is an ordinary role, as that role sees it."""
    await fetchval(empty_database, "CREATE ROLE shop_owner LOGIN")
    await fetchval(empty_database, "ALTER SCHEMA public OWNER TO shop_owner")
    yield urlsplit(empty_database)._replace(netloc=_as_user(empty_database, "shop_owner")).geturl()
    await fetchval(empty_database, "DROP OWNED BY shop_owner CASCADE")
    await fetchval(empty_database, "DROP ROLE shop_owner")


def _as_user(url: str, user: str) -> str:
    return f"{user}@{urlsplit(url).netloc.rpartition('@')[2]}"
