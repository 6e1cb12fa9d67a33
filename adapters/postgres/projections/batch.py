"""One transaction of a projection: move the checkpoint, fold, write, park. Nothing outside the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from adapters.postgres.projections import checkpoints, parking
from adapters.postgres.projections.folding import Folded, Poison, fold_batch, fold_slices
from adapters.postgres.projections.registry import projection_named
from adapters.postgres.projections.writing import write_states

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.postgres.pool import Pool, Session
    from adapters.postgres.projections.checkpoints import Claim
    from adapters.postgres.projections.folding import KnownStates
    from adapters.postgres.projections.projection import Projection
    from domain.events import StoredEvent
    from domain.ports.events import FeedPage

# Parked streams that are let on in one transaction; runners of the projection wait as long.
_TOGETHER: Final = 100


@dataclass(frozen=True, slots=True)
class Written:
    """What a batch changed: the claim at its new position, states written, the streams that stopped."""

    claim: Claim
    states: tuple[Any, ...]
    poisons: tuple[Poison, ...]


async def write_page(
    session: Session,
    held: Claim,
    page: FeedPage,
    projection: Projection[Any],
    *,
    known: KnownStates[Any] | None = None,
    beside: str = "",
    careful: bool = True,
) -> Written:
    """Project one page inside the caller's transaction. Raises `CheckpointMovedError` before any write.

    Without `careful` a row that the database refuses ends the transaction, raised; see `writing.REFUSED`.
    """
    moved = await checkpoints.advance(session, held, page.frontier)
    folded = await project(
        session, held.name, page.events, projection, known=known, beside=beside, careful=careful
    )
    return Written(moved, tuple(folded.states.values()), tuple(folded.poisons))


async def project(
    session: Session,
    name: str,
    events: Sequence[StoredEvent],
    projection: Projection[Any],
    *,
    known: KnownStates[Any] | None = None,
    beside: str = "",
    careful: bool = True,
) -> Folded[Any]:
    """Fold and write these events, but for parked streams, and park what cannot be taken, under `name`.

    Streams of other families are passed over: other projections care for them.
    """
    taken = [event for event in events if projection.streams.takes(event.stream_id)]
    if not taken:
        return Folded()
    parked = await parking.parked_of(session, name, {event.stream_id for event in taken})
    going = [event for event in taken if event.stream_id not in parked]
    folded = await fold_batch(session, projection.streams, going, known)
    await write_states(session, projection, folded, beside, careful=careful)
    await parking.park(session, name, folded.poisons)
    return folded


async def resume(pool: Pool, name: str, stream_id: str | None = None) -> tuple[str, ...]:
    """Replay one parked stream, or all of them, up to the checkpoint; the ids of those that go on again.

    Runners of `name` wait meanwhile. A stream whose event is still bad is parked again. Raises
    `UnknownProjectionError`.
    """
    projection = projection_named(name)
    wanted = await parking.ids(pool, name) if stream_id is None else [stream_id]
    gone_on: list[str] = []
    for first in range(0, len(wanted), _TOGETHER):
        gone_on += await _let_on(pool, projection, wanted[first : first + _TOGETHER])
    return tuple(gone_on)


async def _let_on(pool: Pool, projection: Projection[Any], wanted: Sequence[str]) -> list[str]:
    async with pool.acquire() as session, session.transaction():
        position = await checkpoints.lock(session, projection.name)
        taken = await parking.take_out(session, projection.name, wanted)
        folded: Folded[Any] = Folded()
        for stream_id in taken:
            await fold_slices(session, folded, projection.streams, stream_id, until=position)
        await write_states(session, projection, folded)
        await parking.park(session, projection.name, folded.poisons)
        stopped = {bad.stream_id for bad in folded.poisons}
        return [stream_id for stream_id in taken if stream_id not in stopped]
