"""The two worlds that every port suite runs over."""

from collections.abc import AsyncIterator, Iterator

import pytest

from ops.servers import Servers
from tests.support.port_worlds import PortWorld, memory_world, postgres_world
from tests.support.servers import database_from
from tests.support.shelves import Shelf, memory_shelf, postgres_shelf


@pytest.fixture(scope="session")
def contract_database(servers: Servers, database_template: str) -> Iterator[str]:
    """A database that the port suites may empty."""
    with database_from(servers, database_template) as url:
        yield url


@pytest.fixture(params=["memory", "postgres"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[PortWorld]:
    """All ports, empty, in memory and on PostgreSQL in turn."""
    if request.param == "memory":
        yield memory_world()
        return
    async with postgres_world(request.getfixturevalue("contract_database")) as found:
        yield found


@pytest.fixture(params=["memory", "postgres"])
async def shelf(request: pytest.FixtureRequest) -> AsyncIterator[Shelf]:
    """A stock ledger and the way to fill it, empty, in memory and on PostgreSQL in turn."""
    if request.param == "memory":
        yield memory_shelf()
        return
    async with postgres_shelf(request.getfixturevalue("contract_database")) as found:
        yield found
