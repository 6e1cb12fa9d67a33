"""Many writers at once: transactions that dawdle, collide and roll back, with real commits in between."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from adapters.postgres.events import PostgresEventStore
from domain.events import EventMetadata, EventRecord
from domain.ports.events import VersionConflictError

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool, Session

LONGEST_DELAY = 0.012
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass
class Crowd:
    """`writers` at once until `events` are committed; every fifth transaction is rolled back."""

    pool: Pool
    events: int
    writers: int = 16
    seed: int = 7
    committed: int = 0
    rolled_back: int = 0
    conflicts: int = 0
    names: list[str] = field(default_factory=lambda: [f"shared_{number}" for number in range(40)])

    async def write(self) -> None:
        await asyncio.gather(*(self._writer(number) for number in range(self.writers)))

    async def _writer(self, number: int) -> None:
        chance = random.Random(self.seed * 1_000 + number)
        turn = 0
        async with self.pool.acquire() as session:
            while self.committed < self.events:
                turn += 1
                shared = chance.random() < 0.5
                stream = chance.choice(self.names) if shared else f"own_{number}_{turn % 10}"
                await self._transaction(session, chance, stream, f"{number}-{turn}")

    async def _transaction(self, session: Session, chance: random.Random, stream: str, key: str) -> None:
        store = PostgresEventStore(cast("Pool", session))  # so that the append joins our transaction
        size = chance.randint(4, 16)
        batch = [EventRecord("Noted", 1, {"n": number}, NOW) for number in range(size)]
        transaction = session.transaction()
        await transaction.start()
        try:
            head = await store.head(stream)
            await store.append(stream, head, key, batch, EventMetadata())
        except VersionConflictError:
            self.conflicts += 1
            await transaction.rollback()
            return
        await asyncio.sleep(chance.random() * LONGEST_DELAY)
        if chance.random() < 0.2:
            await transaction.rollback()
            self.rolled_back += 1
        else:
            await transaction.commit()
            self.committed += size
