"""An event store of each kind with its feed, and a stream that nobody has written to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from adapters.memory.events import MemoryEventStore
from adapters.postgres.events import PostgresEventStore
from adapters.postgres.feed import PostgresEventFeed
from adapters.postgres.grouping import GroupingEventStore
from adapters.postgres.pool import open_pool
from adapters.sqlite.connection import Synchronous, open_database
from adapters.sqlite.events import SqliteEventStore
from domain.events import EventMetadata, EventRecord, JsonObject, StoredEvent
from domain.ports.events import Appended, EventFeed, EventStore

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
STORES = ("memory", "sqlite", "sqlite-full", "postgres", "postgres-grouped")
UNENCODED = "Unencoded"
_numbers = count(1)


@dataclass(frozen=True)
class Shelf:
    """A store, its feed, and a stream that nobody has written to."""

    store: EventStore
    feed: EventFeed
    stream: str

    async def append(
        self, *events: EventRecord, after: int = 0, key: str = "place", metadata: EventMetadata | None = None
    ) -> Appended:
        return await self.store.append(self.stream, after, key, events, metadata or EventMetadata())

    async def read(self, after: int = 0) -> list[StoredEvent]:
        return list(await self.store.read(self.stream, after=after))

    async def feed_from(self, position: int, limit: int = 1_000) -> list[StoredEvent]:
        """All pages until the feed has nothing more to say."""
        found: list[StoredEvent] = []
        while (page := await self.feed.after(position, limit)).events:
            found.extend(page.events)
            position = page.frontier
        return found

    def another(self) -> Shelf:
        """The same store with another stream."""
        return replace(self, stream=new_stream())


def new_stream() -> str:
    return f"ord_contract_{next(_numbers)}"


def happened(what: str = "OrderDrafted", **data: object) -> EventRecord:
    return EventRecord(
        what, 1, data or {"note": "订单", "amount": {"amount": 2**62, "currency": "CNY"}}, NOON
    )


def body_of(event_type: str, schema_version: int, data: JsonObject) -> bytes | None:
    """Stands for the protobuf of an event; one type has none."""
    return None if event_type == UNENCODED else f"{event_type} {schema_version} {len(data)}".encode()


@asynccontextmanager
async def memory_shelf() -> AsyncIterator[Shelf]:
    store = MemoryEventStore(encode_body=body_of)
    yield Shelf(store, store, new_stream())


@asynccontextmanager
async def sqlite_shelf(path: Path, synchronous: Synchronous = Synchronous.NORMAL) -> AsyncIterator[Shelf]:
    async with open_database(path, synchronous=synchronous) as database:
        store = SqliteEventStore(database, body_of)
        yield Shelf(store, store, new_stream())


@asynccontextmanager
async def postgres_shelf(url: str, *, grouped: bool) -> AsyncIterator[Shelf]:
    pool = await open_pool(url, application="contract", largest=12)
    try:
        store = GroupingEventStore(pool, body_of) if grouped else PostgresEventStore(pool, body_of)
        yield Shelf(store, PostgresEventFeed(pool), new_stream())
    finally:
        await pool.close()
