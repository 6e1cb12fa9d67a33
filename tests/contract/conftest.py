"""The two worlds that every port suite runs over."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from ops.servers import Servers
from tests.contract.gateway_worlds import FakeWorld, GatewayWorld, SandboxWorld
from tests.contract.stripe_world import CANNOT, StripeWorld
from tests.support.port_worlds import PortWorld, memory_world, postgres_world
from tests.support.sandbox_provider import CallbackReceiver, running_provider
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


@pytest_asyncio.fixture(scope="session")
async def sandbox_world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SandboxWorld]:
    """The sandbox provider as a process, and whoever surrounds it."""
    receiver = CallbackReceiver()
    with running_provider(tmp_path_factory.mktemp("provider")) as provider:
        world = SandboxWorld(provider, receiver)
        yield world
        await world.close()
    receiver.close()


@pytest_asyncio.fixture
async def stripe_world(request: pytest.FixtureRequest) -> AsyncIterator[StripeWorld]:
    """Stripe's library over the recorded contract. What Stripe does not hold to is skipped, and says why."""
    if why := CANNOT.get(request.node.originalname):
        pytest.skip(why)
    world = StripeWorld()
    yield world
    await world.stripe.aclose()


@pytest.fixture(params=["fake", "sandbox", "stripe"])
def gateway_world(request: pytest.FixtureRequest) -> GatewayWorld:
    """Every payment provider in turn; a new one adds its name here and a fixture `<name>_world`."""
    if request.param == "fake":
        return FakeWorld()
    world: GatewayWorld = request.getfixturevalue(f"{request.param}_world")
    return world


@pytest.fixture
async def two_places(shelf: Shelf) -> Shelf:
    """Ten teas in the main warehouse and four in the east; cups only in the east."""
    await shelf.warehouses.put_stock("main", "tea", 10)
    await shelf.warehouses.put_stock("east", "tea", 4)
    await shelf.warehouses.put_stock("east", "cup", 5)
    return shelf
