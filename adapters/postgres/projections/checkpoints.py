"""How far a projection has come, and who may move it: one owner, fenced by an epoch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from domain.errors import DomainError

if TYPE_CHECKING:
    from adapters.postgres.pool import Session

# How long a silent owner keeps its claim. A clean stop gives it up at once.
LEASE = timedelta(seconds=3)

_ENSURE = "INSERT INTO projection_checkpoints (name) VALUES ($1) ON CONFLICT DO NOTHING"
_CLAIM = """
UPDATE projection_checkpoints SET epoch = epoch + 1, owner = $2, seen_at = clock_timestamp()
WHERE name = $1 AND (owner IS NULL OR owner = $2 OR seen_at < clock_timestamp() - $3::interval)
RETURNING epoch, position
"""
_ADVANCE = """
UPDATE projection_checkpoints SET position = $4, seen_at = clock_timestamp()
WHERE name = $1 AND epoch = $2 AND position = $3
RETURNING set_config('synchronous_commit', 'off', true)
"""
_RELEASE = "UPDATE projection_checkpoints SET owner = NULL WHERE name = $1 AND epoch = $2"
_LOCK = "SELECT position FROM projection_checkpoints WHERE name = $1 FOR UPDATE"
_MOVE = "UPDATE projection_checkpoints SET position = $2 WHERE name = $1"
_FORGET = "DELETE FROM projection_checkpoints WHERE name = $1"


class CheckpointMovedError(DomainError):
    """Somebody else moved or took the checkpoint; nothing may be written. Claim it again."""

    code = "checkpoint_moved"


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to write projection `name` from `position` on, until somebody claims a later epoch."""

    name: str
    epoch: int
    position: int


async def claim(session: Session, name: str, owner: str, lease: timedelta = LEASE) -> Claim | None:
    """Take the checkpoint, or None while another owner was seen within `lease`. Owners have unique names."""
    await session.execute(_ENSURE, name)
    row = await session.fetchrow(_CLAIM, name, owner, lease)
    return Claim(name, row["epoch"], row["position"]) if row else None


async def advance(session: Session, held: Claim, position: int) -> Claim:
    """Compare and set, before any row is written: it locks the checkpoint for the transaction around it.

    The same position again just says that the owner is alive. The commit will not wait for the disk: what a
    crash of the server loses of a read model and its checkpoint together is projected again. Raises
    `CheckpointMovedError`.
    """
    moved = await session.fetchval(_ADVANCE, held.name, held.epoch, held.position, position)
    if moved is None:
        raise CheckpointMovedError(name=held.name, epoch=held.epoch, position=held.position)
    return replace(held, position=position)


async def release(session: Session, held: Claim) -> None:
    """Give the checkpoint up; a claim that is not the newest changes nothing."""
    await session.execute(_RELEASE, held.name, held.epoch)


async def lock(session: Session, name: str) -> int:
    """Keep every runner of `name` waiting until this transaction ends; its position."""
    await session.execute(_ENSURE, name)
    position: int = await session.fetchval(_LOCK, name)
    return position


async def move(session: Session, name: str, position: int) -> None:
    """Put a locked checkpoint somewhere else; the owner notices and claims again."""
    await session.execute(_MOVE, name, position)


async def forget(session: Session, name: str) -> None:
    """Remove a checkpoint that nobody needs any more."""
    await session.execute(_FORGET, name)
