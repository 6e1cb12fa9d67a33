"""Publisher and consumer as processes on Postgres and Valkey: events are heard, commands are answered."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import pytest

from adapters.brokers.valkey.broker import ValkeyBroker
from adapters.postgres.event_notices import event_notices
from adapters.postgres.events import PostgresEventStore
from adapters.postgres.heard_stock import heard_stock
from adapters.protobuf.events import encode as encode_body
from domain.events import EventMetadata, EventRecord
from domain.order.order import fold
from domain.order.whereabouts import Whereabouts
from domain.ports.brokers import Delivery, Message
from tests.integration.events.stories import NOON, Story, tell
from tests.integration.events.test_projector_process import free_port, is_up, page
from tests.integration.events.waiting import until
from tests.support.proxy import Proxy

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

PATH = {"PATH": os.environ["PATH"]}


@contextmanager
def a_process(name: str, database_url: str, redis_url: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    environment = {
        **PATH,
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "TEMPORAL_ADDRESS": "127.0.0.1:1",
        f"ORDERKEEP_{name.upper()}_HEALTH_PORT": str(port),
    }
    command = [sys.executable, "-m", "ops.services", name]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        yield process, port
    finally:
        process.kill()
        process.wait()


async def test_what_is_appended_is_heard_by_stock_and_told_to_people(
    pool: Pool, fresh_database: str, empty_valkey: str
) -> None:
    store = PostgresEventStore(pool, encode_body)
    paid, cancelled = Story("ord_1", quantities=(2, 1)), Story("ord_2")
    await tell(store, "ord_1", paid.paid())
    servers = fresh_database, empty_valkey
    with a_process("publisher", *servers), a_process("consumer", *servers):
        await tell(store, "ord_2", cancelled.cancelled())

        async def heard() -> bool:
            return await heard_stock(pool) == {
                "sku_1": Whereabouts(to_send=2),
                "sku_2": Whereabouts(to_send=1),
            }

        await until(heard, seconds=40)

        async def told() -> bool:
            return len(await event_notices(pool)) == 6

        await until(told, seconds=20)

    codes = {(each.recipient.value, each.order_id, each.code) for each in await event_notices(pool)}
    assert codes == {
        ("buyer", "ord_1", "order_waits_for_payment"),
        ("buyer", "ord_1", "payment_received"),
        ("merchant", "ord_1", "order_to_send"),
        ("buyer", "ord_2", "order_waits_for_payment"),
        ("buyer", "ord_2", "order_cancelled"),
        ("merchant", "ord_2", "order_cancelled"),
    }
    assert fold(paid.paid()).version == 4


async def test_an_event_that_nobody_can_send_stops_its_order_alone_and_people_are_told(
    pool: Pool, fresh_database: str, empty_valkey: str
) -> None:
    store = PostgresEventStore(pool, encode_body)
    odd = EventRecord("OrderTeleported", 1, {}, NOON)
    await store.append("ord_bad", 0, "k", [odd], EventMetadata())
    await tell(store, "ord_1", Story("ord_1").paid())

    with a_process("publisher", fresh_database, empty_valkey):

        async def published() -> bool:
            rows = await pool.fetch("SELECT min(position) AS p FROM publisher_shards")
            return bool(rows[0]["p"] == 5)

        await until(published, seconds=40)

    assert await pool.fetchval("SELECT stream_id FROM publisher_stopped") == "ord_bad"
    assert await pool.fetchval("SELECT order_id FROM alerts WHERE code = 'publication_stopped'") == "ord_bad"


async def test_a_command_by_message_is_answered_on_the_topic_for_replies(
    pool: Pool, fresh_database: str, empty_valkey: str
) -> None:
    broker = ValkeyBroker(empty_valkey)
    replies: list[dict[str, Any]] = []

    async def read(deliveries: Sequence[Delivery]) -> None:
        replies.extend(json.loads(each.message.body) for each in deliveries)

    with a_process("consumer", fresh_database, empty_valkey) as (_, port):
        await until(lambda: is_up(port), seconds=40)
        subscription = await broker.subscribe("order-replies", "shop", read)
        await broker.ensure_topics(["order-commands"])
        command = json.dumps({"operation": "read_order", "order_id": "ord_9"}).encode()
        sent = Message("order-commands", "ord_9", "cmd-1", command, {"correlation-id": "c-9"})
        assert await broker.publish_batch([sent], timedelta(seconds=5)) == 1

        async def answered() -> bool:
            return bool(replies)

        await until(answered, seconds=20)
        await subscription.unsubscribe()
        await broker.close()

    assert replies[0]["correlation_id"] == "c-9"
    assert replies[0]["body"]["code"] == "order_not_found"


@pytest.mark.parametrize(("name", "server"), [("publisher", "database"), ("consumer", "broker")])
async def test_a_process_that_starts_while_a_server_does_not_answer_begins_when_it_does(
    name: str, server: str, fresh_database: str, empty_valkey: str
) -> None:
    """A server on a busy machine, or right after its own start, takes connections and says nothing."""
    database, broker = urlsplit(fresh_database), urlsplit(empty_valkey)
    wanted = database if server == "database" else broker
    assert wanted.port is not None
    async with Proxy(wanted.port) as proxy:
        proxy.freeze()
        behind = urlunsplit(wanted._replace(netloc=wanted.netloc.replace(str(wanted.port), str(proxy.port))))
        urls = (behind, empty_valkey) if server == "database" else (fresh_database, behind)
        with a_process(name, *urls) as (process, port):
            await asyncio.sleep(8)  # longer than any first connection is waited for
            assert process.poll() is None
            proxy.cut()
            proxy.mend()

            await until(lambda: is_up(port), seconds=40)
            await asyncio.sleep(1)
            assert process.poll() is None


async def test_both_processes_hand_over_when_they_are_told_to_stop(
    pool: Pool, fresh_database: str, empty_valkey: str
) -> None:
    with (
        a_process("publisher", fresh_database, empty_valkey) as (publisher, at),
        a_process("consumer", fresh_database, empty_valkey) as (consumer, also_at),
    ):
        await until(lambda: is_up(at), seconds=40)
        await until(lambda: is_up(also_at), seconds=40)

        async def holds_shards() -> bool:
            return ((await page(at)) or {}).get("shards") == 8

        await until(holds_shards)
        for process in (publisher, consumer):
            process.send_signal(signal.SIGTERM)
        codes = [await asyncio.to_thread(process.wait, 20) for process in (publisher, consumer)]

    assert codes == [0, 0]
    assert await pool.fetchval("SELECT count(*) FROM publisher_shards WHERE owner IS NOT NULL") == 0
