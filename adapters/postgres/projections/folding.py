"""From events to states: every stream that a batch touches, folded to its newest event in the batch.

What came before comes from states that are still known, or from the streams themselves.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Generic

from adapters.postgres.projections.bare import COLUMNS, bare_event
from adapters.postgres.projections.projection import S, Streams

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from adapters.postgres.pool import Pool, Session
    from domain.events import StoredEvent

MOST_KNOWN: Final = 4_000
# Of one stream; a longer one is read in slices.
MOST_AT_ONCE: Final = 5_000
_QUALIFIED = ", ".join(f"e.{column.strip()}" for column in COLUMNS.split(","))
_EARLIER = f"""
SELECT {_QUALIFIED}
FROM unnest($1::text[], $2::integer[], $3::integer[]) AS wanted (id, known, first)
JOIN order_events e ON e.order_id = wanted.id AND e.version > wanted.known AND e.version < wanted.first
ORDER BY e.order_id, e.version
"""  # noqa: S608 - constants only
_SLICE: Final = f"""
SELECT {COLUMNS} FROM order_events WHERE order_id = $1 AND version > $2 AND position <= $3
ORDER BY version LIMIT $4
"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class Poison:
    """An event that could not be folded or written, and why."""

    stream_id: str
    version: int
    position: int
    error: str

    @classmethod
    def of(cls, event: StoredEvent, error: Exception) -> Poison:
        """That event, with the error in one line."""
        return cls(event.stream_id, event.version, event.position, f"{type(error).__name__}: {error}")


@dataclass(slots=True)
class Folded(Generic[S]):
    """The newest good state of each stream, its last event in the batch, and what could not be taken."""

    states: dict[str, S] = field(default_factory=dict)
    last: dict[str, StoredEvent] = field(default_factory=dict)
    poisons: list[Poison] = field(default_factory=list)


class KnownStates(Generic[S]):
    """The newest states that somebody in this process has folded, of the streams that moved last.

    States are made from committed events alone, so all projections over the same streams may share them.
    One of them may be ahead of another's batch: its rows are then newer than asked for, never older.
    """

    def __init__(self, most: int = MOST_KNOWN) -> None:
        self._states: OrderedDict[str, S] = OrderedDict()
        self._most = most

    def get(self, stream_id: str) -> S | None:
        """The state, or None when it is not known any more."""
        return self._states.get(stream_id)

    def keep(self, states: Mapping[str, S]) -> None:
        """Keep these; the ones that were not kept anew for longest give way."""
        for stream_id, state in states.items():
            self._states[stream_id] = state
            self._states.move_to_end(stream_id)
        while len(self._states) > self._most:
            self._states.popitem(last=False)


async def fold_batch(
    session: Session, streams: Streams[S], events: Iterable[StoredEvent], known: KnownStates[S] | None = None
) -> Folded[S]:
    """Fold every stream in `events`; at most one query for all that came before them."""
    by_stream: dict[str, list[StoredEvent]] = defaultdict(list)
    for event in events:
        by_stream[event.stream_id].append(event)
    before = {name: state for name in by_stream if known and (state := known.get(name)) is not None}
    folded = await _over_long_ways(session, streams, by_stream, before)
    earlier = await _earlier(session, streams, by_stream, before)
    for name, stream in by_stream.items():
        fold_stream(folded, streams, name, [*earlier.get(name, ()), *stream], before.get(name))
    if known:
        known.keep(folded.states)
    return folded


def fold_stream(
    folded: Folded[S], streams: Streams[S], name: str, events: Sequence[StoredEvent], state: S | None = None
) -> None:
    """Fold one stream's events onto `state`, leaving out those that it has already; what fails is poison."""
    version = streams.version(state) if state is not None else 0
    for event in events:
        if event.version <= version:
            continue
        try:
            state = streams.after(state, event)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one event must not stop the others
            folded.poisons.append(Poison.of(event, error))
            break
    if state is not None:
        folded.states[name] = state
    folded.last[name] = events[-1]


async def fold_slices(
    session: Session | Pool,
    folded: Folded[S],
    streams: Streams[S],
    name: str,
    *,
    until: int,
    state: S | None = None,
) -> None:
    """Fold one stream's events up to position `until` onto `state`, some thousands at a time."""
    while name not in {bad.stream_id for bad in folded.poisons}:
        version = streams.version(state) if state is not None else 0
        events = [bare_event(row) for row in await session.fetch(_SLICE, name, version, until, MOST_AT_ONCE)]
        if events:
            fold_stream(folded, streams, name, events, state)
            state = folded.states.get(name)
        if len(events) < MOST_AT_ONCE:
            return


async def _over_long_ways(
    session: Session,
    streams: Streams[S],
    by_stream: dict[str, list[StoredEvent]],
    before: dict[str, S],
) -> Folded[S]:
    """Bring streams of which very much came before up to their first event in the batch, or find them bad."""
    folded: Folded[S] = Folded()
    for name, stream in list(by_stream.items()):
        known = streams.version(before[name]) if name in before else 0
        if stream[0].version - known > MOST_AT_ONCE:
            until = stream[0].position - 1
            await fold_slices(session, folded, streams, name, until=until, state=before.get(name))
            if name in folded.states:
                before[name] = folded.states[name]
    for bad in folded.poisons:
        del by_stream[bad.stream_id]
    return folded


async def _earlier(
    session: Session,
    streams: Streams[S],
    by_stream: Mapping[str, Sequence[StoredEvent]],
    before: Mapping[str, S],
) -> dict[str, list[StoredEvent]]:
    versions = {name: streams.version(before[name]) if name in before else 0 for name in by_stream}
    wanted = [name for name, stream in by_stream.items() if stream[0].version > versions[name] + 1]
    found: dict[str, list[StoredEvent]] = defaultdict(list)
    if wanted:
        firsts = [by_stream[name][0].version for name in wanted]
        for row in await session.fetch(_EARLIER, wanted, [versions[name] for name in wanted], firsts):
            found[row["order_id"]].append(bare_event(row))
    return found
