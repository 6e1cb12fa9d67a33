"""A pool over a database that belongs to one test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from adapters.postgres.pool import open_pool

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool


@pytest.fixture
async def pool(fresh_database: str) -> AsyncIterator[Pool]:
    opened = await open_pool(fresh_database, application="test", largest=12)
    yield opened
    await opened.close()
