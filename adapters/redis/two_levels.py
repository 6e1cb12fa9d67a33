"""A cache in two levels, in the process and in Valkey, in front of a store. It knows nothing of prices.

Entries hold for a span of time that their makers give; concurrent callers of one key share one read.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from domain.errors import DomainError

if TYPE_CHECKING:
    from adapters.redis.resting import RestingCache

T = TypeVar("T")
_LOG = logging.getLogger(__name__)
# In the process: this many SKUs or promotions in all entries together, some 20 MB of objects.
LARGEST: Final = 20_000


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """A value that holds from `since` until just before `until`; `weight` is its size in things."""

    value: T
    since: datetime
    until: datetime
    weight: int

    def holds_at(self, at: datetime) -> bool:
        """True when a caller at that moment may have it."""
        return self.since <= at < self.until


@dataclass(frozen=True, slots=True)
class Form(Generic[T]):
    """How a value is written as JSON and read again. `read` may raise `ValueError` and its like."""

    write: Callable[[T], Any]
    read: Callable[[Any], T]


class TwoLevels(Generic[T]):
    """Entries by key. The process keeps the latest used up to `largest` in weight."""

    def __init__(self, shared: RestingCache, form: Form[T], *, largest: int = LARGEST) -> None:
        self._shared = shared
        self._form = form
        self._largest = largest
        self._weight = 0
        self._near: OrderedDict[str, Entry[T]] = OrderedDict()
        self._flights: dict[str, asyncio.Task[Entry[T]]] = {}

    @property
    def weight(self) -> int:
        """Of all entries in the process."""
        return self._weight

    async def get(self, key: str, at: datetime, load: Callable[[], Awaitable[Entry[T]]]) -> T:
        """The value of this key at that moment; `load` reads it from the store. Raises what `load` raises."""
        entry = self._near.get(key)
        if entry is not None and entry.holds_at(at):
            self._near.move_to_end(key)
            return entry.value
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.ensure_future(self._fill(key, at, load))
            self._flights[key] = flight
            flight.add_done_callback(lambda done: self._landed(key, done))
        # Shielded: a caller that goes away must not take the others' answer with it.
        return (await asyncio.shield(flight)).value

    def _landed(self, key: str, done: asyncio.Task[Entry[T]]) -> None:
        self._flights.pop(key, None)
        if not done.cancelled():
            done.exception()  # seen, though everybody may have gone

    async def _fill(self, key: str, at: datetime, load: Callable[[], Awaitable[Entry[T]]]) -> Entry[T]:
        entry = self._read(key, await self._shared.get(key))
        if entry is None or not entry.holds_at(at):
            entry = await load()
            await self._shared.put(key, self._written(entry), entry.until - at)
        self._keep(key, entry)
        return entry

    def _keep(self, key: str, entry: Entry[T]) -> None:
        known = self._near.pop(key, None)
        self._weight += entry.weight - (known.weight if known else 0)
        self._near[key] = entry
        while self._weight > self._largest:
            _, oldest = self._near.popitem(last=False)
            self._weight -= oldest.weight

    def _written(self, entry: Entry[T]) -> bytes:
        span = [entry.since.isoformat(), entry.until.isoformat(), entry.weight]
        return json.dumps([*span, self._form.write(entry.value)], separators=(",", ":")).encode()

    def _read(self, key: str, body: bytes | None) -> Entry[T] | None:
        if body is None:
            return None
        try:
            since, until, weight, value = json.loads(body)
            return Entry(
                self._form.read(value), datetime.fromisoformat(since), datetime.fromisoformat(until), weight
            )
        except (DomainError, ValueError, TypeError, LookupError, AttributeError):
            _LOG.warning("the cached entry %s cannot be read", key)
            return None
