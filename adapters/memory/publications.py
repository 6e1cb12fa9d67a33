"""Marks of published shards in memory, for tests and examples."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from domain.ports.publications import (
    SHARDS,
    ShardClaim,
    ShardStatus,
    ShardTakenError,
    StoppedStream,
    shard_of,
)

LEASE = timedelta(seconds=3)


@dataclass(slots=True)
class _Shard:
    position: int = 0
    epoch: int = 0
    owner: str | None = None
    seen: float = 0.0


class MemoryPublications:
    """`domain.ports.publications.Publications` in one process. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, lease: timedelta = LEASE) -> None:
        self._clock = clock
        self._lease = lease.total_seconds()
        self._shards = [_Shard() for _ in range(SHARDS)]
        self._owners: dict[str, float] = {}
        self._stopped: dict[str, StoppedStream] = {}

    async def claim(self, owner: str) -> Sequence[ShardClaim]:
        """See the port."""
        now = self._clock()
        self._owners[owner] = now
        self._owners = {name: seen for name, seen in self._owners.items() if now - seen <= self._lease}
        fair = -(-SHARDS // len(self._owners))
        mine = [shard for shard in self._shards if shard.owner == owner]
        for shard in mine[fair:]:
            shard.owner = None
        mine = mine[:fair]
        for shard in self._shards:
            if len(mine) < fair and self._is_free(shard, now):
                shard.owner, shard.epoch = owner, shard.epoch + 1
                mine.append(shard)
        for shard in mine:
            shard.seen = now
        return tuple(
            ShardClaim(number, shard.epoch, shard.position)
            for number, shard in enumerate(self._shards)
            if shard.owner == owner
        )

    async def mark(
        self,
        held: Collection[ShardClaim],
        position: int,
        stopped: Collection[StoppedStream] = (),
        gone_on: Collection[str] = (),
    ) -> Sequence[ShardClaim]:
        """See the port."""
        for claim in held:
            known = self._shards[claim.shard]
            if (known.epoch, known.position) != (claim.epoch, claim.position) or known.owner is None:
                raise ShardTakenError(shard=claim.shard)
        for stream_id in gone_on:
            self._stopped.pop(stream_id, None)
        for stream in stopped:
            self._stopped[stream.stream_id] = replace(stream, resuming=False)
        moved = tuple(replace(claim, position=max(claim.position, position)) for claim in held)
        for claim in moved:
            self._shards[claim.shard].position = claim.position
            self._shards[claim.shard].seen = self._clock()
        return moved

    async def release(self, owner: str) -> None:
        """See the port."""
        self._owners.pop(owner, None)
        for shard in self._shards:
            if shard.owner == owner:
                shard.owner = None

    async def stopped(self, limit: int = 1_000) -> Sequence[StoppedStream]:
        """See the port."""
        return tuple(sorted(self._stopped.values(), key=lambda each: each.position)[:limit])

    async def send_again(self, stream_id: str, version: int) -> None:
        """See the port."""
        known = self._stopped.get(stream_id)
        if known is None:
            known = StoppedStream(stream_id, version, self._shards[shard_of(stream_id)].position, "")
        earliest = min(known.version, version)
        self._stopped[stream_id] = replace(known, version=earliest, resuming=True)

    async def go_back(self, position: int) -> None:
        """See the port."""
        for shard in self._shards:
            shard.position, shard.epoch = min(shard.position, position), shard.epoch + 1

    async def resume(self, stream_id: str | None = None) -> Sequence[str]:
        """See the port."""
        chosen = [name for name in self._stopped if stream_id in {None, name}]
        for name in chosen:
            self._stopped[name] = replace(self._stopped[name], resuming=True)
        return tuple(sorted(chosen))

    async def status(self) -> Sequence[ShardStatus]:
        """See the port; lag is not known here."""
        return tuple(
            ShardStatus(number, shard.position, shard.owner, timedelta())
            for number, shard in enumerate(self._shards)
        )

    def _is_free(self, shard: _Shard, now: float) -> bool:
        return shard.owner is None or now - shard.seen > self._lease
