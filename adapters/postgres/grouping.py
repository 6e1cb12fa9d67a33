"""Appends of concurrent callers in one transaction and one round trip. A group of one is an ordinary append.

While groups are on their way to the database, those who come next gather for the following one. Nobody
waits for a group to fill up, and each caller gets the answer or the error of its own append.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

import asyncpg

from adapters.event_batches import batch_of
from adapters.postgres.events import PostgresEventStore, answer
from adapters.postgres.waiting_appends import Caller, WaitingAppends

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from adapters.event_batches import EventBatch
    from adapters.postgres.pool import Pool
    from domain.events import EventMetadata, EventRecord, StoredEvent
    from domain.ports.events import Appended, EncodeBody

_LOG = logging.getLogger(__name__)

LARGEST_GROUP: Final = 64  # appends
MOST_EVENTS: Final = 500  # of a group of more than one
MOST_WAITING: Final = 10_000  # appends; whoever comes later waits at the door
FLIGHTS: Final = 2  # groups on their way: one is prepared here while the other is written there
BESIDE: Final = (
    4  # appends that are carried out alone at a time: they may wait long, and not take all connections
)

_APPEND_MANY = """
SELECT nth, answer, version, positions
FROM append_many($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
"""
# The server is away or the outcome unknown: what holds for one append holds for all.
_OUTAGE = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
)


class GroupingEventStore:
    """`domain.ports.events.EventStore` for one event loop with many writers.

    A few groups at most are on their way, and of each stream one append at a time, so its commands keep their
    order. What goes wrong with a group is tried again for each append alone. A stream that somebody else
    holds is left out and appended beside, so it keeps nobody waiting.
    """

    def __init__(
        self,
        pool: Pool,
        encode_body: EncodeBody | None = None,
        *,
        appended: Callable[[], None] | None = None,
        largest: int = LARGEST_GROUP,
        waiting: int = MOST_WAITING,
        flights: int = FLIGHTS,
    ) -> None:
        self._pool = pool
        self._encode_body = encode_body
        self._appended = appended
        self._largest = largest
        self._plain = PostgresEventStore(pool, encode_body, appended=appended)
        self._room = asyncio.Semaphore(waiting)
        self._waiting = WaitingAppends()
        self._most_flights = flights
        self._flights: set[asyncio.Task[None]] = set()
        self._alone = asyncio.Semaphore(BESIDE)
        self._beside: set[asyncio.Task[None]] = set()

    async def append(
        self,
        stream_id: str,
        expected_version: int,
        command_key: str,
        events: Sequence[EventRecord],
        metadata: EventMetadata,
    ) -> Appended:
        """Append a batch; see the port. Raises `InvalidValueError` for what `batch_of` refuses.

        When its caller gives up, what was not sent yet is not sent; else the outcome is unknown.
        """
        batch = batch_of(
            stream_id, expected_version, command_key, events, metadata, encode_body=self._encode_body
        )
        async with self._room:
            caller = Caller(batch, asyncio.get_running_loop().create_future())
            self._waiting.put(caller)
            self._take_off()
            return await caller.heard

    async def read(self, stream_id: str, *, after: int = 0, limit: int = 10_000) -> Sequence[StoredEvent]:
        """Events of one stream in order; see the port."""
        return await self._plain.read(stream_id, after=after, limit=limit)

    async def head(self, stream_id: str) -> int:
        """Version of the newest event, 0 when there is none."""
        return await self._plain.head(stream_id)

    def _take_off(self) -> None:
        if self._waiting.ready and len(self._flights) < self._most_flights:
            flight = asyncio.create_task(self._fly())
            self._flights.add(flight)
            flight.add_done_callback(self._landed)

    def _landed(self, flight: asyncio.Task[None]) -> None:
        self._flights.discard(flight)
        self._take_off()

    async def _fly(self) -> None:
        while group := self._waiting.take(self._fair_share(), MOST_EVENTS):
            await self._carry_out(group)
            await asyncio.sleep(0)  # who was answered and has more to append joins the next group

    def _fair_share(self) -> int:
        """Groups of one size: a large one would leave the others nothing to do meanwhile."""
        everybody = len(self._waiting) + self._waiting.taken
        return min(-(-everybody // self._most_flights), self._largest)

    async def _carry_out(self, group: Sequence[Caller]) -> None:
        aside: Sequence[Caller] = ()
        try:
            if len(group) > 1:
                aside = await self._together(group)
            else:
                await self._one_by_one(group)
        finally:
            for caller in group:
                if caller not in aside:
                    self._done_with(caller)
        for caller in aside:
            task = asyncio.create_task(self._carry_out_beside(caller))
            self._beside.add(task)
            task.add_done_callback(self._beside.discard)

    async def _together(self, group: Sequence[Caller]) -> Sequence[Caller]:
        """Append in one transaction; returns those that have to be carried out by themselves."""
        try:
            rows = await self._pool.fetch(_APPEND_MANY, *_columns([caller.batch for caller in group]))
        except _OUTAGE as error:
            _LOG.warning("a group of %d appends was lost, they go one by one: %s", len(group), error)
            await self._one_by_one(group)
            return ()
        except Exception as error:  # noqa: BLE001 - whatever it was, each caller hears of its own
            _LOG.warning("a group of %d appends failed, each goes by itself: %s", len(group), error)
            return group
        for row in rows:
            if row["answer"] != "busy":
                _tell(group[row["nth"] - 1], row)
        if self._appended and any(row["answer"] == "appended" for row in rows):
            self._appended()
        return [group[row["nth"] - 1] for row in rows if row["answer"] == "busy"]

    async def _carry_out_beside(self, caller: Caller) -> None:
        try:
            async with self._alone:
                await self._one_by_one([caller])
        finally:
            self._done_with(caller)
            self._take_off()

    async def _one_by_one(self, callers: Sequence[Caller]) -> None:
        for number, caller in enumerate(callers):
            if caller.heard.done():
                continue
            try:
                caller.answer(await self._plain.append_batch(caller.batch))
            except _OUTAGE as error:
                for unheard in callers[number:]:
                    unheard.fail(error)
                return
            except Exception as error:  # noqa: BLE001 - belongs to its caller
                caller.fail(error)

    def _done_with(self, caller: Caller) -> None:
        caller.heard.cancel()  # only when its flight was ended from outside: nobody would answer any more
        self._waiting.release(caller)


def _tell(caller: Caller, row: asyncpg.Record) -> None:
    try:
        caller.answer(answer(row, caller.batch))
    except Exception as error:  # noqa: BLE001 - a conflict belongs to its caller
        caller.fail(error)


def _columns(batches: Sequence[EventBatch]) -> tuple[list[object], ...]:
    first, last, of = list[object](), list[object](), list[object]()
    for number, batch in enumerate(batches, start=1):
        first.append(len(of) + 1)
        of.extend([number] * len(batch.events))
        last.append(len(of))
    return (
        [batch.stream_id for batch in batches],
        [batch.expected_version for batch in batches],
        [batch.command_key for batch in batches],
        [batch.command_digest for batch in batches],
        [batch.said_by for batch in batches],
        first,
        last,
        of,
        [event.event_type for batch in batches for event in batch.events],
        [event.schema_version for batch in batches for event in batch.events],
        [text for batch in batches for text in batch.data],
        [event.occurred_at for batch in batches for event in batch.events],
        [digest for batch in batches for digest in batch.digests],
        [body for batch in batches for body in batch.bodies],
    )
