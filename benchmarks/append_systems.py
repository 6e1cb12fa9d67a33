"""The stores that `benchmarks.append` compares: ours, an ordinary ORM event table, and pyeventsourcing.

Each gets the same five events as dictionaries and has to leave them in the same Postgres, committed.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from sqlalchemy import DateTime, ForeignKey, Identity, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from adapters.postgres.events import PostgresEventStore
from adapters.postgres.grouping import GroupingEventStore
from adapters.postgres.migrations import migrate
from adapters.postgres.pool import open_pool
from adapters.protobuf.events import encode as encode_body
from domain.events import EventMetadata, EventRecord
from domain.order.encoding import encode
from tests.integration.events.stories import Story

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
CONNECTIONS = 16
# A stream as it is: an order that is placed, paid and cancelled by its buyer.
RECORDS = [encode(event) for event in (*Story("ord_bench").paid(), Story("ord_bench").cancelled()[-1])]
DATA = [(record.event_type, record.schema_version, dict(record.data)) for record in RECORDS]

Append = Callable[[], Awaitable[None]]
Count = Callable[[], Awaitable[int]]
Opened = tuple[Append, Count]


@asynccontextmanager
async def ours(url: str, *, grouped: bool, bodies: bool = True) -> AsyncIterator[Opened]:
    """Hash chain, command keys and protobuf bodies included, as the worker has it."""
    await asyncio.to_thread(migrate, url)
    pool = await open_pool(url, application="bench", largest=CONNECTIONS, smallest=CONNECTIONS)
    kind = GroupingEventStore if grouped else PostgresEventStore
    store = kind(pool, encode_body if bodies else None)
    metadata = EventMetadata(correlation_id="req_bench", workflow_id="order:bench")

    async def append() -> None:
        events = [EventRecord(kind, schema, data, AT) for kind, schema, data in DATA]
        await store.append(f"ord_{uuid4().hex}", 0, "place", events, metadata)

    try:
        yield append, lambda: _rows(url, "order_events")
    finally:
        await pool.close()


class _Base(DeclarativeBase):
    """The tables of the ORM store."""


class _Stream(_Base):
    """The head of a stream; `version_id_col` is SQLAlchemy's own optimistic check."""

    __tablename__ = "streams"
    id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    revision: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012 - as SQLAlchemy has it


class _Event(_Base):
    """One event; its position is an identity column."""

    __tablename__ = "events"
    stream_id: Mapped[str] = mapped_column(ForeignKey("streams.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(Identity(), unique=True)
    kind: Mapped[str]
    schema: Mapped[int]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    occurred_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    recorded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


@asynccontextmanager
async def orm(url: str) -> AsyncIterator[Opened]:
    """SQLAlchemy ORM over asyncpg: read the head, check it, add rows, commit."""
    address = url.replace("postgresql://", "postgresql+asyncpg://")
    engine = create_async_engine(address, pool_size=CONNECTIONS, max_overflow=0)
    async with engine.begin() as connection:
        await connection.run_sync(_Base.metadata.create_all)
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    details = {"correlation_id": "req_bench", "workflow_id": "order:bench", "actor": "system"}

    async def append() -> None:
        name = f"ord_{uuid4().hex}"
        async with sessions() as session, session.begin():
            stream = await session.get(_Stream, name)
            version = stream.version if stream else 0
            if version != 0:
                raise AssertionError(name)
            session.add(_Stream(id=name, version=version + len(DATA)))
            await session.flush()
            session.add_all(
                _Event(
                    stream_id=name,
                    version=number,
                    kind=kind,
                    schema=schema,
                    data=data,
                    details=details,
                    occurred_at=AT,
                )
                for number, (kind, schema, data) in enumerate(DATA, start=version + 1)
            )

    try:
        yield append, lambda: _rows(url, "events")
    finally:
        await engine.dispose()


class _Order(Aggregate):
    """An aggregate as pyeventsourcing's users write it: each method is an event, and the state follows it."""

    @event("Drafted")
    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data

    @event("Happened")
    def happen(self, kind: str, schema: int, data: dict[str, Any]) -> None:
        """Take in one of the events of the benchmark."""
        self.kind, self.schema, self.data = kind, schema, data


@asynccontextmanager
async def application(url: str) -> AsyncIterator[Opened]:
    """Pyeventsourcing as its users run it: an application saves aggregates, with the settings as they come.

    It is called from threads, as its pool is meant to be, with as many connections as everybody has.
    """
    where = urlsplit(url)
    environment = {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": where.path.lstrip("/"),
        "POSTGRES_HOST": where.hostname or "",
        "POSTGRES_PORT": str(where.port or 5432),
        "POSTGRES_USER": where.username or "",
        "POSTGRES_PASSWORD": "",
        "POSTGRES_POOL_SIZE": str(CONNECTIONS),
        "POSTGRES_MAX_OVERFLOW": "0",
        "POSTGRES_MAX_WAITING": str(CONNECTIONS * 4),
    }
    orders = await asyncio.to_thread(lambda: Application[UUID](environment))
    threads = ThreadPoolExecutor(CONNECTIONS)

    def place() -> None:
        order = _Order(DATA[0][2])
        for kind, schema, data in DATA[1:]:
            order.happen(kind, schema, data)
        orders.save(order)

    async def append() -> None:
        await asyncio.get_running_loop().run_in_executor(threads, place)

    try:
        yield append, lambda: _rows(url, "application_events")
    finally:
        threads.shutdown()
        orders.close()


@asynccontextmanager
async def recorder(url: str, *, functions: bool) -> AsyncIterator[Opened]:
    """The lowest layer of pyeventsourcing alone: JSON as plain as can be, no mapper, no aggregates.

    `functions` lets it insert by functions in the database, which is not its default.
    """
    where = urlsplit(url)
    datastore = PostgresDatastore(
        where.path.lstrip("/"),
        where.hostname or "",
        where.port or 5432,
        where.username or "",
        "",
        pool_size=CONNECTIONS,
        max_overflow=0,
        max_waiting=CONNECTIONS * 4,
        enable_db_functions=functions,
    )
    lowest = PostgresApplicationRecorder(datastore)
    await asyncio.to_thread(lowest.create_table)
    threads = ThreadPoolExecutor(CONNECTIONS)

    def insert() -> None:
        stream = uuid4()
        lowest.insert_events(
            [
                StoredEvent(stream, number, kind, json.dumps(data).encode())
                for number, (kind, _, data) in enumerate(DATA, start=1)
            ]
        )

    async def append() -> None:
        await asyncio.get_running_loop().run_in_executor(threads, insert)

    try:
        yield append, lambda: _rows(url, "stored_events")
    finally:
        threads.shutdown()
        datastore.close()


async def _rows(url: str, table: str) -> int:
    """Counted on a connection of its own, whatever the system believes to have stored."""
    connection = await asyncpg.connect(url)
    try:
        found: int = await connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - our own names
        return found
    finally:
        await connection.close()
