"""A broker that has lost what it had confirmed is sent it again, on real servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redis.asyncio import Redis

from adapters.messaging import publications
from adapters.postgres.events import PostgresEventStore
from adapters.postgres.heard_stock import heard_stock
from adapters.protobuf.events import encode as encode_body
from domain.order.whereabouts import Whereabouts
from tests.integration.events.stories import Story, tell
from tests.integration.events.test_projector_process import is_up
from tests.integration.events.waiting import until
from tests.integration.messaging.test_messaging_processes import a_process

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool


async def test_what_a_broker_has_lost_reaches_its_consumers_when_the_publisher_goes_back(
    pool: Pool, fresh_database: str, empty_valkey: str
) -> None:
    await tell(PostgresEventStore(pool, encode_body), "ord_1", Story("ord_1").paid())

    async def published() -> bool:
        return bool(await pool.fetchval("SELECT min(position) FROM publisher_shards") == 4)

    async def heard() -> bool:
        return await heard_stock(pool) == {"sku_1": Whereabouts(to_send=2)}

    with a_process("publisher", fresh_database, empty_valkey):
        await until(published, seconds=40)
        async with Redis.from_url(empty_valkey) as broker:
            await broker.flushdb()
        with a_process("consumer", fresh_database, empty_valkey) as (_, port):
            await until(lambda: is_up(port), seconds=40)
            assert not await heard()

            await publications(pool).go_back(0)

            await until(heard, seconds=40)
