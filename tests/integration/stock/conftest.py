"""A database that these tests may empty."""

from collections.abc import Iterator

import pytest

from ops.servers import Servers
from tests.support.servers import database_from


@pytest.fixture(scope="session")
def stock_database(servers: Servers, database_template: str) -> Iterator[str]:
    """One for all sequences."""
    with database_from(servers, database_template) as url:
        yield url
