"""What a consumer has taken, in memory, for tests and examples. Effects must be plain functions."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace

from domain.in_turn import in_turn, waits_for
from domain.ports.brokers import Message
from domain.ports.consumption import EffectFailedError, HeardEvent, ParkedMessage, Taken

# The state of the effect, and the events in order; changes the state, or raises.
Effect = Callable[[dict[str, int], Sequence[HeardEvent]], None]


@dataclass(slots=True)
class _Books:
    versions: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, dict[int, HeardEvent]] = field(default_factory=dict)
    aside: list[ParkedMessage] = field(default_factory=list)
    to_forward: set[int] = field(default_factory=set)
    state: dict[str, int] = field(default_factory=dict)
    numbers: int = 0


class MemoryConsumption:
    """`domain.ports.consumption.Consumption` in one process. `state` is what the effect has made."""

    def __init__(self, effect: Effect) -> None:
        self._effect = effect
        self._books = _Books()

    @property
    def state(self) -> dict[str, int]:
        """What the effect has made so far."""
        return self._books.state

    async def take(self, events: Sequence[HeardEvent], *, park: bool) -> Taken:
        """See the port."""
        books = copy.deepcopy(self._books)
        taken = Taken()
        for stream_id in dict.fromkeys(event.stream_id for event in events):
            arrived = [event for event in events if event.stream_id == stream_id]
            taken = _joined(taken, self._take_stream(books, stream_id, arrived, park=park))
        self._books = books
        return taken

    async def resume(self, stream_id: str | None = None, *, over_gap: bool = False) -> Sequence[str]:
        """See the port."""
        books = copy.deepcopy(self._books)
        chosen = [name for name in books.waiting if stream_id in {None, name}]
        for name in chosen:
            if over_gap:
                first = min(books.waiting[name]) - 1
                books.versions[name] = max(books.versions.get(name, 0), first)
            self._take_stream(books, name, (), park=True, again=True)
        self._books = books
        return tuple(sorted(name for name in chosen if name not in books.waiting))

    async def version(self, stream_id: str) -> int:
        """See the port."""
        return self._books.versions.get(stream_id, 0)

    async def totals(self) -> tuple[int, int]:
        """See the port."""
        return len(self._books.versions), len(self._books.aside)

    async def set_aside(self, message: Message, error: str, *, forwarded: bool = False) -> None:
        """See the port."""
        if not any(each.message == message for each in self._books.aside):
            _park(self._books, ParkedMessage(0, message, error))
            if forwarded:
                await self.forwarded([self._books.numbers])

    async def parked(self, limit: int = 1_000) -> Sequence[ParkedMessage]:
        """See the port."""
        return tuple(self._books.aside[:limit])

    async def to_forward(self, limit: int = 100) -> Sequence[ParkedMessage]:
        """See the port."""
        waiting = (each for each in self._books.aside if each.number in self._books.to_forward)
        return tuple(waiting)[:limit]

    async def forwarded(self, numbers: Collection[int]) -> None:
        """See the port."""
        self._books.to_forward -= set(numbers)

    def _take_stream(
        self,
        books: _Books,
        stream_id: str,
        arrived: Sequence[HeardEvent],
        *,
        park: bool,
        again: bool = False,
    ) -> Taken:
        last = books.versions.setdefault(stream_id, 0)
        turn = in_turn(last, books.waiting.get(stream_id, {}), arrived, again=again)
        applied, parked, errors = 0, [], {}
        left = list(turn.ready)
        while left:
            try:
                self._apply(books, left[0])
            except EffectFailedError as error:
                if not park:
                    raise
                errors[left[0].message.id] = str(error.facts["reason"])
                break
            applied += 1
            del left[0]
        for event in left:
            errors.setdefault(event.message.id, waits_for(left[0].version))
        parked = [*left, *turn.early]
        errors |= {event.message.id: turn.why for event in turn.early}
        self._keep(books, stream_id, turn.ready[:applied], parked, errors)
        new = tuple(event for event in parked if event in arrived)
        return Taken(applied, turn.repeated, new, errors)

    def _apply(self, books: _Books, event: HeardEvent) -> None:
        if event.fault:
            raise EffectFailedError(reason=event.fault)
        state = dict(books.state)
        try:
            self._effect(state, [event])
        except Exception as error:
            raise EffectFailedError(reason=f"{type(error).__name__}: {error}") from error
        books.state = state
        books.versions[event.stream_id] = event.version

    @staticmethod
    def _keep(
        books: _Books,
        stream_id: str,
        applied: Sequence[HeardEvent],
        parked: Sequence[HeardEvent],
        errors: dict[str, str],
    ) -> None:
        waiting = books.waiting.setdefault(stream_id, {})
        for event in applied:
            if waiting.pop(event.version, None):
                books.aside = [each for each in books.aside if each.message != event.message]
        for event in parked:
            known = waiting.get(event.version)
            entry = ParkedMessage(0, event.message, errors[event.message.id], stream_id, event.version)
            if known is None:
                waiting[event.version] = event
                _park(books, entry)
            else:
                books.aside = [
                    replace(entry, number=each.number) if each.message == event.message else each
                    for each in books.aside
                ]
        if not waiting:
            del books.waiting[stream_id]


def _park(books: _Books, entry: ParkedMessage) -> None:
    books.numbers += 1
    books.aside.append(replace(entry, number=books.numbers))
    books.to_forward.add(books.numbers)


def _joined(one: Taken, other: Taken) -> Taken:
    return Taken(
        one.applied + other.applied,
        one.repeated + other.repeated,
        (*one.parked, *other.parked),
        {**one.errors, **other.errors},
    )
