"""One member of a group on Valkey: owns partitions by a lease, reads and acknowledges only what it owns.

First comes what earlier owners read and did not acknowledge, then what is new; so the order is kept.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from redis.exceptions import ResponseError

from adapters.brokers.lanes import Held, LaneLostError, Lanes
from adapters.brokers.running import work_together
from adapters.brokers.valkey import scripts
from adapters.brokers.valkey.connecting import AWAY, fenced, open_connection
from adapters.brokers.valkey.topics import log_key, members_key, owners_key, to_message, topic_key
from domain.ports.brokers import Delivery, Handler, SubscribeOptions

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from redis.commands.core import AsyncScript

_LOG = logging.getLogger(__name__)
LEASE: Final = timedelta(seconds=10)  # a member that is silent for so long has lost its partitions
BEATS_IN_LEASE: Final = 10
NEWS_MILLISECONDS: Final = 200  # one wait for new entries; partitions that changed hands are seen after it
MOST_READ: Final = 500  # entries in one answer
READ_BYTES: Final = 4_194_304  # after which an answer takes only a few more entries
_START: Final = b"0-0"
_NEW: Final = b">"


@dataclass(slots=True)
class _Owned:
    """A partition of ours. `after` is the last id taken; what others left is read before `caught_up`."""

    token: bytes
    after: bytes = _START
    caught_up: bool = False
    leaving: bool = False  # meant for another: nothing more is read, and the next beat frees it


class Member:
    """Sessions of one subscription. Each session has connections, lanes and a name of its own."""

    def __init__(
        self,
        redis_url: str,
        topic: str,
        group: str,
        handler: Handler,
        options: SubscribeOptions,
        *,
        partitions: int,
        lease: timedelta,
    ) -> None:
        self._url = redis_url
        self._topic = topic
        self._group = group
        self._handler = handler
        self._options = options
        self._partitions = partitions
        self._lease = lease

    async def session(self, stop: asyncio.Event, connected: Callable[[], None]) -> None:
        """Work until `stop`. Raises what Valkey's client raises."""
        client = open_connection(self._url)
        try:
            partitions = await self._join(client)
            running = _Session(client, self._topic, self._group, partitions, self._lease)
            running.lanes = Lanes(self._handler, self._options, running.acknowledge)
            connected()
            try:
                await running.beat()
                await work_together(stop, running.lanes, running.keep(), running.fetch())
            finally:
                with contextlib.suppress(*AWAY):
                    await running.leave()
        finally:
            await client.aclose()

    async def _join(self, client: Redis) -> int:
        """Make the group where it is missing; how many partitions the topic has."""
        await client.hsetnx(topic_key(self._topic), "partitions", str(self._partitions))
        partitions = int(await client.hget(topic_key(self._topic), "partitions") or self._partitions)
        for partition in range(partitions):
            try:
                log = log_key(self._topic, partition)
                await client.xgroup_create(log, self._group, id="0", mkstream=True)
            except ResponseError as error:
                if not str(error).startswith("BUSYGROUP"):
                    raise
        return partitions


class _Session:
    """What one session owns and how it talks to the server."""

    lanes: Lanes[bytes]

    def __init__(self, client: Redis, topic: str, group: str, partitions: int, lease: timedelta) -> None:
        self._client = client
        self._topic = topic
        self._group = group
        self._partitions = partitions
        self._lease = lease
        self._name = secrets.token_hex(8)
        self._owned: dict[int, _Owned] = {}
        self._group_keys = [members_key(topic, group), owners_key(topic, group)]
        self._beat = client.register_script(scripts.BEAT)
        self._leave = client.register_script(scripts.LEAVE)
        self._read = client.register_script(scripts.READ)
        self._acknowledge = client.register_script(scripts.ACKNOWLEDGE)

    async def keep(self) -> None:
        """Tell every so often that we live, and follow what is ours."""
        while True:
            await asyncio.sleep(self._lease.total_seconds() / BEATS_IN_LEASE)
            await self.beat()

    async def beat(self) -> None:
        """Tell that we live; take and let go of partitions as the server says."""
        busy = -1 if self.lanes.busy is None else self.lanes.busy
        milliseconds = int(self._lease.total_seconds() * 1_000)
        arguments: list[str | int] = [self._name, milliseconds, self._partitions, busy]
        answer = await self._beat(keys=self._group_keys, args=arguments)
        mine = {int(answer[at]): answer[at + 1 : at + 3] for at in range(0, len(answer), 3)}
        for partition, owned in list(self._owned.items()):
            if partition not in mine or mine[partition][0] != owned.token:
                self._lose(partition)
        for partition, (token, stay) in mine.items():
            self._follow(partition, token, stays=stay == b"stay")

    def _follow(self, partition: int, token: bytes, *, stays: bool) -> None:
        owned = self._owned.get(partition)
        if not stays:
            if owned is not None and not owned.leaving:
                owned.leaving = True
                self.lanes.forget(partition)
        elif owned is None or (owned.leaving and self.lanes.busy != partition):
            self._owned[partition] = _Owned(token)
            self.lanes.freed.set()

    async def leave(self) -> None:
        """Let go of everything at once, so that nobody waits for the lease to end."""
        await self._leave(keys=self._group_keys, args=[self._name, self._partitions])

    async def fetch(self) -> None:
        """Fill lanes with what there is, and wait for more."""
        while True:
            self.lanes.freed.clear()
            taken = 0
            for partition, owned in list(self._owned.items()):
                count = min(MOST_READ, self.lanes.room_of(partition, len(self._owned)))
                if count > 0 and not owned.leaving:
                    taken += await self._take(partition, owned, count)
            if not taken:
                await self._wait_for_news()

    async def acknowledge(self, partition: int, batch: Sequence[Held[bytes]]) -> None:
        """Mark as done. Raises `LaneLostError` when the partition is not ours any more."""
        owned = self._owned.get(partition)
        if owned is None:
            raise LaneLostError
        for first in range(0, len(batch), MOST_READ):
            ids = [held.token for held in batch[first : first + MOST_READ]]
            await self._ask(self._acknowledge, partition, owned, self._group, *ids)

    async def _take(self, partition: int, owned: _Owned, count: int) -> int:
        """Read into a lane; how many entries came."""
        start = _NEW if owned.caught_up else owned.after
        try:
            answer = await self._ask(
                self._read, partition, owned, self._group, scripts.CONSUMER, start, count, READ_BYTES
            )
        except LaneLostError:
            self._lose(partition)
            return 0
        if self._owned.get(partition) is not owned or owned.leaving:
            return 0
        if isinstance(answer, bytes | None):
            if owned.caught_up:
                owned.after = answer or _START
                return 0
            owned.caught_up = True
            return await self._take(partition, owned, count)
        again = not owned.caught_up
        owned.after = answer[-1][0]
        held = [self._held(partition, entry, fields, again=again) for entry, fields in answer if fields]
        if gone := [entry for entry, fields in answer if not fields]:
            _LOG.error("%d entries of %s were removed unhandled", len(gone), log_key(self._topic, partition))
            await self._ask(self._acknowledge, partition, owned, self._group, *gone)
        self.lanes.put(partition, held)
        return len(answer)

    def _held(self, partition: int, entry: bytes, fields: Sequence[bytes], *, again: bool) -> Held[bytes]:
        place = f"{self._topic}/{partition}/{entry.decode()}"
        return Held(Delivery(to_message(self._topic, fields), place, again), entry)

    async def _wait_for_news(self) -> None:
        """Return when a partition with room has something new, when there is more room, or after a while."""
        count = len(self._owned)
        after: dict[bytes | str | memoryview[int], int | bytes | str | memoryview[int]] = {
            log_key(self._topic, partition): owned.after
            for partition, owned in self._owned.items()
            if owned.caught_up and not owned.leaving and self.lanes.room_of(partition, count) > 0
        }
        if not after:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(NEWS_MILLISECONDS / 1_000):
                    await self.lanes.freed.wait()
            return
        await self._client.xread(after, count=1, block=NEWS_MILLISECONDS)

    async def _ask(self, script: AsyncScript, partition: int, owned: _Owned, *arguments: Any) -> Any:
        keys = [
            owners_key(self._topic, self._group),
            log_key(self._topic, partition),
            topic_key(self._topic),
        ]
        try:
            return await script(keys=keys, args=[partition, owned.token, *arguments])
        except ResponseError as error:
            if fenced(error):
                raise LaneLostError from error
            raise

    def _lose(self, partition: int) -> None:
        self._owned.pop(partition, None)
        self.lanes.forget(partition)
