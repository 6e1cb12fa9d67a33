"""Every broker in turn; Kafka and RabbitMQ only with `-m brokers`, since they come from outside."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.support.brokers import (
    BrokerWorld,
    ClosableBroker,
    fresh_topic,
    kafka_world,
    memory_world,
    rabbitmq_world,
    valkey_world,
)

REMOTE = [
    "valkey",
    pytest.param("kafka", marks=pytest.mark.brokers),
    pytest.param("rabbitmq", marks=pytest.mark.brokers),
]
WORLDS = ["memory", *REMOTE]


@pytest.fixture(scope="session")
def memory_broker_world() -> Iterator[BrokerWorld]:
    with memory_world() as world:
        yield world


@pytest.fixture(scope="session")
def valkey_broker_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerWorld]:
    with valkey_world(tmp_path_factory.mktemp("broker-valkey")) as world:
        yield world


@pytest.fixture(scope="session")
def kafka_broker_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerWorld]:
    with kafka_world(tmp_path_factory.mktemp("broker-kafka")) as world:
        yield world


@pytest.fixture(scope="session")
def rabbitmq_broker_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerWorld]:
    with rabbitmq_world(tmp_path_factory.mktemp("broker-rabbitmq")) as world:
        yield world


@pytest.fixture(params=WORLDS)
def world(request: pytest.FixtureRequest) -> BrokerWorld:
    found: BrokerWorld = request.getfixturevalue(f"{request.param}_broker_world")
    return found


@pytest.fixture(params=REMOTE)
def remote(request: pytest.FixtureRequest) -> BrokerWorld:
    """A broker that is another process."""
    found: BrokerWorld = request.getfixturevalue(f"{request.param}_broker_world")
    return found


@pytest_asyncio.fixture
async def broker(world: BrokerWorld) -> AsyncIterator[ClosableBroker]:
    connected = world.connect()
    yield connected
    await connected.close()


@pytest_asyncio.fixture
async def topic(broker: ClosableBroker) -> str:
    name = fresh_topic()
    await broker.ensure_topics([name])
    return name
