"""How far the event feed has been published, and who may publish it: one owner for each shard."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from zlib import crc32

from domain.errors import DomainError

# Streams are divided among so many owners at most. Fixed: a mark belongs to a shard for good.
SHARDS = 8


class ShardTakenError(DomainError):
    """Somebody else has moved or taken the shard; nothing was marked. Claim it again."""

    code = "shard_taken"


def shard_of(stream_id: str) -> int:
    """The shard of a stream, 0 to `SHARDS` - 1; the same for ever."""
    return crc32(stream_id.encode()) % SHARDS


@dataclass(frozen=True, slots=True)
class ShardClaim:
    """The right to publish a shard after `position`, until somebody claims a later epoch."""

    shard: int
    epoch: int
    position: int


@dataclass(frozen=True, slots=True)
class StoppedStream:
    """A stream whose event `version` at `position` cannot be sent, and why. Its later events wait.

    `resuming` is set when a person lets it go on.
    """

    stream_id: str
    version: int
    position: int
    error: str
    resuming: bool = False


@dataclass(frozen=True, slots=True)
class ShardStatus:
    """How far a shard is, and who has it. `lag` is the age of the oldest event that may still be unsent."""

    shard: int
    position: int
    owner: str | None
    lag: timedelta


class Publications(Protocol):
    """The marks of all shards. Owners have unique names."""

    async def claim(self, owner: str) -> Sequence[ShardClaim]:
        """The shards that `owner` holds from now on: its fair share of them among all owners alive.

        To be called again before the lease ends; that is its sign of life. What others need is given up here.
        """
        ...

    async def mark(
        self,
        held: Collection[ShardClaim],
        position: int,
        stopped: Collection[StoppedStream] = (),
        gone_on: Collection[str] = (),
    ) -> Sequence[ShardClaim]:
        """Everything up to `position` was sent, but for what comes after a stop.

        No mark goes back but by `go_back`. Stops these streams, lets those in `gone_on` go on, and marks,
        whole or not at all. Raises `ShardTakenError`.
        """
        ...

    async def release(self, owner: str) -> None:
        """Give up everything that `owner` holds."""
        ...

    async def stopped(self, limit: int = 1_000) -> Sequence[StoppedStream]:
        """Streams that stand still, oldest first."""
        ...

    async def send_again(self, stream_id: str, version: int) -> None:
        """Have a stream sent again from `version` on; its owner does it. Consumers know repeats."""
        ...

    async def go_back(self, position: int) -> None:
        """Have everything after `position` published again, by every owner. Consumers know repeats.

        For a broker that has lost what it had confirmed: what is being sent at this moment is not marked
        either. Shards that have not come so far stay where they are.
        """
        ...

    async def resume(self, stream_id: str | None = None) -> Sequence[str]:
        """Let one stopped stream, or all of them, be tried again by their owners; which ones."""
        ...

    async def status(self) -> Sequence[ShardStatus]:
        """All shards."""
        ...
