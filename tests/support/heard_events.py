"""A consumer's books with an effect that counts, in memory and on PostgreSQL, and messages to feed them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from adapters.memory.consumption import MemoryConsumption
from adapters.postgres.consumption import PostgresConsumption
from adapters.postgres.pool import open_pool
from domain.order.events import PaymentFailed
from domain.ports.brokers import Message
from domain.ports.consumption import Consumption, HeardEvent

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool, Session

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
_COUNT = """
INSERT INTO stock_heard (sku, reserved) VALUES ($1, 1)
ON CONFLICT (sku) DO UPDATE SET reserved = stock_heard.reserved + 1
"""


def a_message(stream_id: str, version: int, body: bytes = b"{}") -> Message:
    return Message(
        "order-events", stream_id, f"{stream_id}:{version}", body, {"ce-id": f"{stream_id}:{version}"}
    )


def heard(stream_id: str, *versions: int, fault: str = "") -> list[HeardEvent]:
    """Events of one stream."""
    event = PaymentFailed("pay_1", NOON)
    return [
        HeardEvent(a_message(stream_id, n), stream_id, n, NOON, None if fault else event, fault)
        for n in versions
    ]


def hear(message: Message) -> HeardEvent:
    """What a message said, by its id."""
    stream_id, _, version = message.id.rpartition(":")
    return heard(stream_id, int(version))[0]


@dataclass
class Books:
    """`bad` are ids of messages whose effect fails. The effect counts events by stream."""

    pool: Pool | None = None
    bad: set[str] = field(default_factory=set)
    consumption: Consumption = field(init=False)
    consumer: str = "counting"

    def __post_init__(self) -> None:
        if self.pool is None:
            self.consumption = MemoryConsumption(self._count)
        else:
            self.consumption = PostgresConsumption(
                self.pool, self.consumer, self._count_in, hear, (OSError, TimeoutError)
            )

    async def counts(self) -> dict[str, int]:
        """How often the effect was made, by stream."""
        if isinstance(self.consumption, MemoryConsumption):
            return dict(self.consumption.state)
        assert self.pool is not None
        return {
            r["sku"]: r["reserved"] for r in await self.pool.fetch("SELECT sku, reserved FROM stock_heard")
        }

    async def parked(self) -> list[str]:
        """Ids of what stands aside, in order of parking."""
        return [each.message.id for each in await self.consumption.parked()]

    def _fail(self, event: HeardEvent) -> None:
        if event.message.id in self.bad:
            raise ValueError(f"no effect for {event.message.id}")

    def _count(self, state: dict[str, int], events: Sequence[HeardEvent]) -> None:
        for event in events:
            state[event.stream_id] = state.get(event.stream_id, 0) + 1
            self._fail(event)

    async def _count_in(self, session: Session, events: Sequence[HeardEvent]) -> None:
        for event in events:
            await session.execute(_COUNT, event.stream_id)
            self._fail(event)


@asynccontextmanager
async def books_over(kind: str, database_url: str) -> AsyncIterator[Books]:
    """Empty books of that kind."""
    if kind == "memory":
        yield Books()
        return
    pool = await open_pool(database_url, application="test", largest=8)
    try:
        yield Books(pool)
    finally:
        await pool.close()
