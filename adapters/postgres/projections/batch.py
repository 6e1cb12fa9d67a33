"""One transaction of a projection: move the checkpoint, fold, write, park. Nothing outside the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres.events import COLUMNS, stored_event
from adapters.postgres.projections import checkpoints, parking
from adapters.postgres.projections.folding import Folded, Poison, fold_batch
from adapters.postgres.projections.orders import write_orders
from domain.events import is_order_stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.postgres.pool import Pool, Session
    from adapters.postgres.projections.checkpoints import Claim
    from domain.events import StoredEvent
    from domain.order.order import Order
    from domain.ports.events import FeedPage

_STREAMS = f"""
SELECT {COLUMNS} FROM order_events WHERE order_id = ANY($1::text[]) AND position <= $2
ORDER BY order_id, version
"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class Written:
    """What a batch changed: the claim at its new position, the orders written, the streams that stopped."""

    claim: Claim
    orders: tuple[Order, ...]
    poisons: tuple[Poison, ...]


async def write_page(session: Session, held: Claim, page: FeedPage, beside: str = "") -> Written:
    """Project one page inside the caller's transaction. Raises `CheckpointMovedError` before any write."""
    moved = await checkpoints.advance(session, held, page.frontier)
    folded = await project(session, held.name, page.events, beside)
    return Written(moved, tuple(folded.orders.values()), tuple(folded.poisons))


async def project(session: Session, name: str, events: Sequence[StoredEvent], beside: str = "") -> Folded:
    """Fold and write these events, but for parked streams, and park what cannot be taken.

    Streams that are not orders' are passed over: other readers care for them.
    """
    orders = [event for event in events if is_order_stream(event.stream_id)]
    parked = await parking.parked_of(session, name, {event.stream_id for event in orders})
    folded = await fold_batch(session, [event for event in orders if event.stream_id not in parked])
    await write_orders(session, folded, beside)
    await parking.park(session, name, folded.poisons)
    return folded


async def resume(pool: Pool, name: str, order_id: str | None = None) -> tuple[str, ...]:
    """Replay one parked stream, or all of them, up to the checkpoint; the ids of those that go on again.

    Runners of `name` wait meanwhile. A stream whose event is still bad is parked again.
    """
    async with pool.acquire() as session, session.transaction():
        position = await checkpoints.lock(session, name)
        taken = await parking.take_out(session, name, order_id)
        rows = await session.fetch(_STREAMS, taken, position)
        folded = await project(session, name, [stored_event(row) for row in rows])
        stopped = {bad.order_id for bad in folded.poisons}
        return tuple(stream for stream in taken if stream not in stopped)
