"""Publishes the event feed: reads, sends, waits for the broker's word, and only then marks.

The event table is the outbox. Whatever goes wrong, it begins again from the first event that is not marked:
messages may be repeated, never missed, and never leave their order within a stream.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from domain.events import StoredEvent
from domain.ports.brokers import Broker, BrokerUnavailableError
from domain.ports.events import EventFeed, EventStore
from domain.ports.notices import Alert, AlertLevel, Notices
from domain.ports.publications import (
    Publications,
    ShardClaim,
    ShardTakenError,
    StoppedStream,
    shard_of,
)
from ops.messaging.packing import Packer
from ops.messaging.sending import Sender, Sent

_log = logging.getLogger(__name__)
# Beyond this something is wrong with all of them, and somebody must look first.
MOST_STOPPED: Final = 10_000
_LONGEST_TROUBLE: Final = 5.0


@dataclass(frozen=True, slots=True)
class PublisherPace:
    """`page` events are read at once and `batch` sent at once, each batch within `deadline`.

    Pauses grow from the `shortest` to the `longest` while nothing happens. Shards are claimed every `beat`.
    """

    page: int = 2_000
    batch: int = 500
    deadline: timedelta = timedelta(seconds=5)
    shortest: timedelta = timedelta(milliseconds=5)
    longest: timedelta = timedelta(milliseconds=100)
    beat: timedelta = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class PublisherPorts:
    """What a publisher needs of the world. `outages` are what its ports raise while a server is away."""

    feed: EventFeed
    events: EventStore
    broker: Broker
    publications: Publications
    notices: Notices
    outages: tuple[type[Exception], ...] = (OSError, TimeoutError)


class Publisher:
    """One of any number of publishers; `owner` must be unique among them.

    `wait` pauses for so many seconds and may return earlier when there is something to do.
    """

    def __init__(
        self,
        ports: PublisherPorts,
        packer: Packer,
        owner: str,
        *,
        pace: PublisherPace | None = None,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._ports = ports
        self._owner = owner
        self._pace = pace or PublisherPace()
        self._sender = Sender(ports.broker, packer, self._pace.batch, self._pace.deadline)
        self._clock = clock
        self._wait = wait
        self._passing: tuple[type[Exception], ...] = (BrokerUnavailableError, *ports.outages)
        self._reported: set[tuple[str, int]] = set()
        self._held: dict[int, ShardClaim] = {}
        self._stopped: dict[str, StoppedStream] = {}
        self._beat_at = float("-inf")
        self._prepared = False
        self.sent = 0

    @property
    def shards(self) -> int:
        """How many shards this publisher has."""
        return len(self._held)

    async def run(self) -> None:
        """Publish until cancelled, then give the shards up. Servers that are away are waited for."""
        shortest, longest = self._pace.shortest.total_seconds(), self._pace.longest.total_seconds()
        pause = trouble = shortest
        try:
            while True:
                try:
                    worked = await self.step()
                except self._passing as error:
                    _log.warning("publisher: %r; beginning again in %.2f s", error, trouble)
                    self._forget()
                    await asyncio.sleep(trouble)
                    trouble = min(2 * trouble, _LONGEST_TROUBLE)
                    continue
                trouble = shortest
                pause = 0.0 if worked else min(max(2 * pause, shortest), longest)
                await self._wait(pause)
        finally:
            with contextlib.suppress(*self._ports.outages):  # the lease ends by itself
                await self._ports.publications.release(self._owner)

    async def step(self) -> int:
        """Send and mark the next page; how many messages it sent. Raises what servers that are away raise."""
        try:
            if not self._prepared:
                await self._sender.prepare()
                self._prepared = True
            await self._beat()
            if not self._held or len(self._stopped) >= MOST_STOPPED:
                return 0
            resumed = await self._resume()
            first = min(claim.position for claim in self._held.values())
            page = await self._ports.feed.after(first, self._pace.page)
            if page.frontier <= first:
                return resumed
            return resumed + await self._publish(page.events, page.frontier)
        except ShardTakenError:
            _log.info("publisher %s: a shard was taken over; claiming again", self._owner)
            self._forget()
            return 0

    async def _beat(self) -> None:
        if self._clock() - self._beat_at < self._pace.beat.total_seconds():
            return
        claims = await self._ports.publications.claim(self._owner)
        # Asked after the claim: whoever had a shard before stops nothing in it any more.
        stopped = await self._ports.publications.stopped(MOST_STOPPED)
        self._held = {claim.shard: claim for claim in claims}
        self._stopped = {each.stream_id: each for each in stopped}
        self._beat_at = self._clock()
        await self._report(each for each in stopped if each.error)

    def _forget(self) -> None:
        self._prepared = False
        self._held = {}
        self._beat_at = float("-inf")

    async def _resume(self) -> int:
        count = 0
        for stream in [each for each in self._stopped.values() if each.resuming]:
            claim = self._held.get(shard_of(stream.stream_id))
            if claim is None:
                continue
            events = await self._ports.events.read(stream.stream_id, after=stream.version - 1)
            passed = (event for event in events if event.position <= claim.position)
            again = "" if stream.error else f"again-{claim.position}"
            sent = await self._sender.send(passed, again=again)
            if sent.waits:
                raise BrokerUnavailableError(stream_id=stream.stream_id, version=sent.waits.version)
            await self._mark([claim], claim.position, sent, gone_on=(stream.stream_id,))
            count += sent.count
        return count

    async def _publish(self, events: Sequence[StoredEvent], frontier: int) -> int:
        sent = await self._sender.send(event for event in events if self._is_due(event))
        reached = frontier if sent.waits is None else sent.waits.position - 1
        await self._mark(self._held.values(), reached, sent)
        if sent.waits is not None:
            raise BrokerUnavailableError(stream_id=sent.waits.stream_id, version=sent.waits.version)
        return sent.count

    def _is_due(self, event: StoredEvent) -> bool:
        claim = self._held.get(shard_of(event.stream_id))
        stop = self._stopped.get(event.stream_id)
        return (
            claim is not None
            and event.position > claim.position
            and (stop is None or event.version < stop.version)
        )

    async def _mark(
        self, held: Iterable[ShardClaim], position: int, sent: Sent, gone_on: Collection[str] = ()
    ) -> None:
        stops = tuple(sent.stops.values())
        for claim in await self._ports.publications.mark(tuple(held), position, stops, gone_on):
            self._held[claim.shard] = claim
        for stream_id in gone_on:
            del self._stopped[stream_id]
        self._stopped |= sent.stops
        self.sent += sent.count
        await self._report(stops)

    async def _report(self, stops: Iterable[StoppedStream]) -> None:
        for stop in stops:
            if (stop.stream_id, stop.version) in self._reported:
                continue
            _log.error("publisher: %s stops at version %d: %s", stop.stream_id, stop.version, stop.error)
            facts = (("version", str(stop.version)), ("error", stop.error))
            key = f"publication:{stop.stream_id}:{stop.version}"
            alert = Alert(key, AlertLevel.HIGH, "publication_stopped", stop.stream_id, facts)
            await self._ports.notices.raise_alert(alert)
            self._reported.add((stop.stream_id, stop.version))
