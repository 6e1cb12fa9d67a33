"""What a consumer of events has taken, on PostgreSQL: effect, versions and parking in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters.postgres.parked_messages import PostgresParkedMessages, message_from, park, unpark
from domain.in_turn import Turn, in_turn, waits_for
from domain.ports.brokers import Message
from domain.ports.consumption import EffectFailedError, HeardEvent, Taken

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool, Session

# Makes the effect of events, in their order, inside the caller's transaction; raises when it cannot.
Effect = Callable[["Session", Sequence[HeardEvent]], Awaitable[None]]
# Reads a message that was read before.
Hearing = Callable[[Message], HeardEvent]

# Sorted, so that two members of a group that meet at a rebalancing lock in one order.
_KNOW = """
INSERT INTO consumer_streams (consumer, stream_id)
SELECT $1, s FROM unnest($2::text[]) AS s ORDER BY s ON CONFLICT DO NOTHING
"""
_LOCK = """
SELECT stream_id, version FROM consumer_streams WHERE consumer = $1 AND stream_id = ANY($2::text[])
ORDER BY stream_id FOR UPDATE
"""
_WAITING = """
SELECT stream_id, version, message_id, topic, key, headers, body FROM consumer_parked
WHERE consumer = $1 AND stream_id = ANY($2::text[])
"""
_MOVE = """
UPDATE consumer_streams c SET version = n.version
FROM unnest($2::text[], $3::integer[]) AS n (stream_id, version)
WHERE c.consumer = $1 AND c.stream_id = n.stream_id
"""
_STREAMS = """
SELECT DISTINCT stream_id FROM consumer_parked
WHERE consumer = $1 AND stream_id <> '' AND ($2::text IS NULL OR stream_id = $2) ORDER BY stream_id
"""
_VERSION = "SELECT version FROM consumer_streams WHERE consumer = $1 AND stream_id = $2"
_TOTALS = """
SELECT (SELECT count(*) FROM consumer_streams WHERE consumer = $1),
       (SELECT count(*) FROM consumer_parked WHERE consumer = $1)
"""

_Waiting = Mapping[str, Mapping[int, HeardEvent]]


@dataclass(slots=True)
class _Outcome:
    """What to write of a batch besides the effects."""

    applied: list[HeardEvent] = field(default_factory=list)
    parked: list[HeardEvent] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)

    def stops(self, event: HeardEvent, error: str, later: Sequence[HeardEvent]) -> None:
        """This event cannot be taken, and these wait behind it."""
        self.parked += [event, *later]
        self.errors[event.message.id] = error
        self.errors |= {each.message.id: waits_for(event.version) for each in later}


async def totals_of(pool: Pool, consumer: str) -> tuple[int, int]:
    """How many streams a consumer has heard of, and how many messages stand aside."""
    row = await pool.fetchrow(_TOTALS, consumer)
    assert row is not None  # two counts are always one row
    return row[0], row[1]


class PostgresConsumption(PostgresParkedMessages):
    """`domain.ports.consumption.Consumption` of one consumer.

    `outages` are the exceptions by which the database says that it is away: those are raised as they are,
    everything else that an effect raises is the event's fault.
    """

    def __init__(
        self, pool: Pool, consumer: str, effect: Effect, hear: Hearing, outages: tuple[type[Exception], ...]
    ) -> None:
        super().__init__(pool, consumer)
        self._effect = effect
        self._hear = hear
        self._outages = outages

    async def take(self, events: Sequence[HeardEvent], *, park: bool) -> Taken:
        """See the port."""
        arrived: dict[str, list[HeardEvent]] = defaultdict(list)
        for event in events:
            arrived[event.stream_id].append(event)
        async with self._pool.acquire() as session, session.transaction():
            versions, waiting = await self._look(session, arrived)
            turns = [in_turn(versions[name], waiting.get(name, {}), arrived[name]) for name in arrived]
            outcome = await (self._try_each(session, turns) if park else self._make_all(session, turns))
            for turn in turns:
                outcome.parked += turn.early
                outcome.errors |= {event.message.id: turn.why for event in turn.early}
            await self._write(session, outcome, waiting)
        new = tuple(each for each in outcome.parked if each.version not in waiting.get(each.stream_id, {}))
        return Taken(len(outcome.applied), sum(turn.repeated for turn in turns), new, outcome.errors)

    async def resume(self, stream_id: str | None = None, *, over_gap: bool = False) -> Sequence[str]:
        """See the port."""
        rows = await self._pool.fetch(_STREAMS, self._consumer, stream_id)
        names = [row["stream_id"] for row in rows]
        return tuple([name for name in names if await self._resume(name, over_gap=over_gap)])

    async def version(self, stream_id: str) -> int:
        """See the port."""
        return await self._pool.fetchval(_VERSION, self._consumer, stream_id) or 0

    async def totals(self) -> tuple[int, int]:
        """See the port."""
        return await totals_of(self._pool, self._consumer)

    async def _resume(self, name: str, *, over_gap: bool) -> bool:
        async with self._pool.acquire() as session, session.transaction():
            versions, found = await self._look(session, [name])
            waiting = found.get(name, {})
            if not waiting:
                return True
            last = max(versions[name], min(waiting) - 1) if over_gap else versions[name]
            turn = in_turn(last, waiting, (), again=True)
            outcome = await self._try_each(session, [turn])
            await self._write(session, outcome, found)
            return len(outcome.applied) == len(waiting)

    async def _look(
        self, session: Session, names: Collection[str]
    ) -> tuple[Mapping[str, int], Mapping[str, Mapping[int, HeardEvent]]]:
        await session.execute(_KNOW, self._consumer, list(names))
        rows = await session.fetch(_LOCK, self._consumer, list(names))
        waiting: dict[str, dict[int, HeardEvent]] = defaultdict(dict)
        for row in await session.fetch(_WAITING, self._consumer, list(names)):
            waiting[row["stream_id"]][row["version"]] = self._hear(message_from(row))
        return {row["stream_id"]: row["version"] for row in rows}, waiting

    async def _make_all(self, session: Session, turns: Sequence[Turn]) -> _Outcome:
        ready = [event for turn in turns for event in turn.ready]
        if ready:
            await self._make(session, ready)
        return _Outcome(ready)

    async def _try_each(self, session: Session, turns: Sequence[Turn]) -> _Outcome:
        outcome = _Outcome()
        for turn in turns:
            for index, event in enumerate(turn.ready):
                try:
                    async with session.transaction():
                        await self._make(session, [event])
                except EffectFailedError as error:
                    outcome.stops(event, str(error.facts["reason"]), turn.ready[index + 1 :])
                    break
                outcome.applied.append(event)
        return outcome

    async def _make(self, session: Session, events: Sequence[HeardEvent]) -> None:
        faulty = next((event for event in events if event.fault), None)
        if faulty:
            raise EffectFailedError(reason=faulty.fault, message=faulty.message.id)
        try:
            await self._effect(session, events)
        except self._outages:
            raise
        except Exception as error:
            raise EffectFailedError(reason=f"{type(error).__name__}: {error}"[:500]) from error

    async def _write(self, session: Session, outcome: _Outcome, waiting: _Waiting) -> None:
        versions = {event.stream_id: event.version for event in outcome.applied}
        if versions:
            await session.execute(_MOVE, self._consumer, list(versions), list(versions.values()))
        freed = [event for event in outcome.applied if event.version in waiting.get(event.stream_id, {})]
        if freed:
            await unpark(session, self._consumer, freed)
        if outcome.parked:
            await park(session, self._consumer, outcome.parked, outcome.errors)
