"""The embedded servers keep their promises: same ports, same data, nobody disturbed, configured ones win."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
import redis.asyncio as redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client

from ops.errors import FolderInUseError, NotOurServerError, StartupError
from ops.servers import Servers, embedded_servers
from ops.servers.temporal import SEARCH_ATTRIBUTES
from tests.support.servers import neutral_environment, postgres_of, session_servers


@pytest.fixture(scope="module")
def own() -> Iterator[Servers]:
    """Servers that these tests may stop and kill: other modules keep connections to the session's."""
    with session_servers() as running:
        yield running


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty data folder."""
    with tempfile.TemporaryDirectory(prefix="orderkeep-test-") as name:
        yield Path(name)


async def test_sqlalchemy_reaches_postgres_with_durability_on(own: Servers) -> None:
    engine = create_async_engine(own.addresses.database_url.replace("postgresql:", "postgresql+asyncpg:"))
    async with engine.connect() as connection:
        settings = [(await connection.execute(text(f"SHOW {name}"))).scalar() for name in DURABLE]
    await engine.dispose()

    assert settings == ["on", "on", "on"]


DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


async def test_temporal_knows_our_search_attributes(own: Servers) -> None:
    client = await Client.connect(own.addresses.temporal_address)
    request = ListSearchAttributesRequest(namespace="default")
    answer = await client.operator_service.list_search_attributes(request)

    assert set(SEARCH_ATTRIBUTES) <= set(answer.custom_attributes)


@pytest.mark.parametrize("way", ["stop", "kill"])
async def test_postgres_keeps_committed_rows(own: Servers, way: str) -> None:
    url = postgres_of(own).create_database(f"kept_after_{way}")
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    connection.terminate()

    getattr(own.postgres, way)()
    own.postgres.start()

    connection = await asyncpg.connect(url)
    assert await connection.fetchval("SELECT one FROM kept") == 1
    await connection.close()


async def test_valkey_keeps_its_entries_over_a_restart(own: Servers) -> None:
    async with redis.from_url(own.addresses.redis_url) as client:
        await client.set("kept", "yes")

    own.valkey.stop()
    own.valkey.start()

    async with redis.from_url(own.addresses.redis_url) as client:
        assert await client.get("kept") == b"yes"


@pytest.mark.parametrize("way", ["stop", "kill"])
async def test_temporal_keeps_open_workflows(own: Servers, way: str) -> None:
    client = await Client.connect(own.addresses.temporal_address)
    await client.start_workflow("Nobody", id=f"kept-after-{way}", task_queue="nobody-listens")

    getattr(own.temporal, way)()
    own.temporal.start()

    again = await Client.connect(own.addresses.temporal_address)
    description = await again.get_workflow_handle(f"kept-after-{way}").describe()
    assert description.status is not None
    assert description.status.name == "RUNNING"


async def test_a_database_copied_from_a_template_has_its_tables_and_a_life_of_its_own(own: Servers) -> None:
    postgres = postgres_of(own)
    template = await asyncpg.connect(postgres.create_database("original"))
    await template.execute("CREATE TABLE orders (number text)")
    await template.close()

    copy = await asyncpg.connect(postgres.create_database("copy", "original"))
    await copy.execute("INSERT INTO orders VALUES ('1')")
    await copy.close()

    template = await asyncpg.connect(postgres.url("original"))
    assert await template.fetchval("SELECT count(*) FROM orders") == 0
    await template.close()


def test_a_database_name_cannot_smuggle_sql(own: Servers) -> None:
    with pytest.raises(ValueError, match="no database name"):
        postgres_of(own).create_database('x"; DROP DATABASE orderkeep; --')


def test_the_next_start_finds_the_same_ports_and_data(folder: Path) -> None:
    with embedded_servers(folder, environment=neutral_environment()) as first:
        before = first.addresses
        postgres_of(first).create_database("survivor")

    with embedded_servers(folder, environment=neutral_environment()) as second:
        assert second.addresses == before
        with pytest.raises(StartupError, match="already exists"):
            postgres_of(second).create_database("survivor")


async def test_two_copies_do_not_see_each_other(own: Servers, folder: Path) -> None:
    async with redis.from_url(own.addresses.redis_url) as client:
        await client.set("mine", "yes")

    with embedded_servers(folder, environment=neutral_environment()) as other:
        async with redis.from_url(other.addresses.redis_url) as client:
            assert await client.get("mine") is None
        assert other.addresses.temporal_address != own.addresses.temporal_address
        assert other.addresses.database_url != own.addresses.database_url

    assert all(server.running for server in own)


def test_a_folder_in_use_refuses_a_second_runner_and_names_the_first(own: Servers) -> None:
    with (
        pytest.raises(FolderInUseError, match="in use by process"),
        embedded_servers(own.folder.path, environment=neutral_environment()),
    ):
        pytest.fail("started twice in one folder")


def test_configured_addresses_win_and_are_not_ours_to_stop(own: Servers, folder: Path) -> None:
    said: list[str] = []
    configured = neutral_environment() | own.addresses.environment()

    with embedded_servers(folder, environment=configured, say=said.append) as servers:
        assert servers.addresses.environment() == own.addresses.environment()
        with pytest.raises(NotOurServerError, match="TEMPORAL_ADDRESS"):
            servers.temporal.stop()

    assert [line.split(" at ")[0] for line in said] == [
        "PostgreSQL: configured by DATABASE_URL",
        "Valkey: configured by REDIS_URL",
        "Temporal: configured by TEMPORAL_ADDRESS",
    ]
    assert all(server.running for server in own)
    assert not (folder / "postgres").exists()
