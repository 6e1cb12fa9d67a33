"""What an operator sees of messages that stand still, and how they go on."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from adapters import messaging
from adapters.messaging import ConsumerName
from adapters.postgres.events import PostgresEventStore
from adapters.protobuf.events import decode, encode
from domain.cloud_event import message_of
from domain.ports.brokers import Message
from domain.ports.publications import StoppedStream
from ops.messaging.hearing import OrderHearing
from tests.integration.events.stories import Story, tell

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

hear = OrderHearing(decode)


async def run(database_url: str, *arguments: str) -> tuple[int, str]:
    """Exit code and all that was said."""
    environment = {"PATH": os.environ["PATH"], "DATABASE_URL": database_url, "COLUMNS": "200"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ops.cli", *arguments),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


async def test_a_stopped_stream_is_shown_and_goes_on_by_a_command(pool: Pool, fresh_database: str) -> None:
    books = messaging.publications(pool)
    held = await books.claim("somebody")
    await books.mark(held, 20, [StoppedStream("ord_bad", 3, 17, "too large [for anybody]")])

    _, status = await run(fresh_database, "publisher", "status")
    assert "ord_bad at version 3: too large [for anybody]" in status
    assert "somebody" in status

    code, said = await run(fresh_database, "publisher", "resume", "--stream", "ord_bad")
    assert (code, "1 streams are tried again" in said) == (0, True)
    await run(fresh_database, "publisher", "again", "ord_1", "--version", "2")

    _, status = await run(fresh_database, "publisher", "status")
    assert "ord_bad at version 3 (going on)" in status
    assert "ord_1 at version 2 (going on)" in status


async def test_everything_since_a_time_is_sent_again_by_a_command(pool: Pool, fresh_database: str) -> None:
    store, books = PostgresEventStore(pool, encode), messaging.publications(pool)
    await tell(store, "ord_1", Story("ord_1").created())
    moment = await pool.fetchval("SELECT clock_timestamp()")
    await books.mark(await books.claim("somebody"), 2)
    two_minutes = timedelta(minutes=2)

    _, nothing = await run(fresh_database, "publisher", "go-back", (moment + two_minutes).isoformat())
    assert "after position 2 is sent again" in nothing
    code, said = await run(fresh_database, "publisher", "go-back", (moment - two_minutes).isoformat())
    assert (code, "after position 0 is sent again" in said) == (0, True)
    assert {claim.position for claim in await books.claim("somebody")} == {0}
    refused, why = await run(fresh_database, "publisher", "go-back", "yesterday")
    assert (refused, "a time with its zone" in why) == (2, True)


async def test_of_very_many_messages_aside_the_oldest_are_shown_and_all_are_counted(
    pool: Pool, fresh_database: str
) -> None:
    books = messaging.event_books(pool, ConsumerName.STOCK, hear)
    for number in range(23):
        await books.set_aside(Message("order-events", "", f"odd-{number:02}", b"", {}), "no CloudEvent")

    _, status = await run(fresh_database, "consumer", "status")

    assert [f"odd-{number:02}" in status for number in range(23)] == [True] * 20 + [False] * 3
    assert "stock: and 3 more" in status
    assert "23" in status


async def test_parked_events_are_shown_and_taken_by_a_command(pool: Pool, fresh_database: str) -> None:
    store = PostgresEventStore(pool, encode)
    await tell(store, "ord_1", Story("ord_1").paid())
    events = await store.read("ord_1")
    books = messaging.event_books(pool, ConsumerName.STOCK, hear)
    await books.take([hear(message_of(event, None)) for event in (events[0], *events[2:])], park=False)
    odd = replace(message_of(events[1], None), headers={})
    await books.set_aside(odd, "no CloudEvent")

    _, status = await run(fresh_database, "consumer", "status")
    assert "stock: message ord_1:3 of order-events: version 2 is missing" in status
    doctor_code, doctor = await run(fresh_database, "doctor")
    assert "stock: ord_1 from version 3: version 2 is missing" in doctor
    assert "stock: message ord_1:2: no CloudEvent" in doctor
    assert doctor_code == 1

    _, said = await run(fresh_database, "consumer", "resume", "stock")
    assert said.startswith("0 streams go on again; 3 messages stand aside.")
    _, said = await run(fresh_database, "consumer", "resume", "stock", "--stream", "ord_1", "--over-gap")
    assert said.startswith("1 streams go on again; 1 messages stand aside.")
    assert await books.version("ord_1") == 4


async def test_a_consumer_that_does_not_exist_is_refused(fresh_database: str) -> None:
    code, said = await run(fresh_database, "consumer", "resume", "commands")

    assert code == 2
    assert "no consumer of events" in said
