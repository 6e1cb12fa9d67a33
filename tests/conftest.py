"""Fixtures for every suite: the session's real servers and the databases in them.

Servers start when the first test asks for one; unit tests never do.
"""

import os
from collections.abc import Iterator

import pytest

from ops.servers import Servers
from tests.support.servers import database_from, migrated_template, session_servers


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker of what needs Kafka or RabbitMQ, and keep gRPC out of the programs that fixtures run.

    Programs of PostgreSQL run as another user, so they are forked; in a process that has spoken gRPC its
    handlers for forks abort such a child now and then. The child becomes another program at once.
    """
    os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"
    config.addinivalue_line("markers", "brokers: needs Kafka or RabbitMQ; run by `make test-brokers`")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs Java or Debian's packages, unless the command asks for it by its marker."""
    if "brokers" in config.getoption("markexpr"):
        return
    left_out = [item for item in items if item.get_closest_marker("brokers")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("brokers")]


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """PostgreSQL, Valkey and Temporal, running until the session ends."""
    with session_servers() as running:
        yield running


@pytest.fixture(scope="session")
def database_template(servers: Servers) -> str:
    """The name of a migrated database to copy from; nobody may connect to it."""
    return migrated_template(servers)


@pytest.fixture(scope="session")
def database_url(servers: Servers, database_template: str) -> Iterator[str]:
    """One migrated database for the whole session."""
    with database_from(servers, database_template) as url:
        yield url


@pytest.fixture
def fresh_database(servers: Servers, database_template: str) -> Iterator[str]:
    """The URL of a migrated database for this test alone."""
    with database_from(servers, database_template) as url:
        yield url


@pytest.fixture(scope="session")
def redis_url(servers: Servers) -> str:
    """The session's Valkey."""
    return servers.addresses.redis_url


@pytest.fixture(scope="session")
def temporal_address(servers: Servers) -> str:
    """The session's Temporal, as host:port; use a task queue of your own."""
    return servers.addresses.temporal_address
