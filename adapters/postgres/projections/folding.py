"""From events to orders: every order that a batch touches, folded to its newest event in the batch.

The earlier events come from the streams themselves, so no state is kept between batches that could rot.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters.postgres.events import COLUMNS, stored_event
from domain.order.encoding import decode
from domain.order.order import Order, fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from adapters.postgres.pool import Session
    from domain.events import StoredEvent

_QUALIFIED = ", ".join(f"e.{column.strip()}" for column in COLUMNS.split(","))
_EARLIER = f"""
SELECT {_QUALIFIED}
FROM unnest($1::text[], $2::integer[]) AS wanted (id, first)
JOIN order_events e ON e.order_id = wanted.id AND e.version < wanted.first
ORDER BY e.order_id, e.version
"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class Poison:
    """An event that could not be folded or written, and why."""

    order_id: str
    version: int
    position: int
    error: str

    @classmethod
    def of(cls, event: StoredEvent, error: Exception) -> Poison:
        """That event, with the error in one line."""
        return cls(event.stream_id, event.version, event.position, f"{type(error).__name__}: {error}")


@dataclass(slots=True)
class Folded:
    """The newest good state of each order, its last event in the batch, and what could not be taken."""

    orders: dict[str, Order] = field(default_factory=dict)
    last: dict[str, StoredEvent] = field(default_factory=dict)
    poisons: list[Poison] = field(default_factory=list)


async def fold_batch(session: Session, events: Iterable[StoredEvent]) -> Folded:
    """Fold every stream in `events`; one query for all that came before them."""
    streams: dict[str, list[StoredEvent]] = defaultdict(list)
    for event in events:
        streams[event.stream_id].append(event)
    earlier = await _earlier(session, {name: stream[0].version for name, stream in streams.items()})
    folded = Folded()
    for name, stream in streams.items():
        _fold_stream(folded, [*earlier.get(name, ()), *stream])
        folded.last[name] = stream[-1]
    return folded


def _fold_stream(folded: Folded, stream: Sequence[StoredEvent]) -> None:
    order: Order | None = None
    for event in stream:
        try:
            order = fold([decode(event)], onto=order)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one event must not stop the others
            folded.poisons.append(Poison.of(event, error))
            break
    if order is not None:
        folded.orders[order.id] = order


async def _earlier(session: Session, firsts: Mapping[str, int]) -> dict[str, list[StoredEvent]]:
    wanted = {name: first for name, first in firsts.items() if first > 1}
    found: dict[str, list[StoredEvent]] = defaultdict(list)
    if wanted:
        for row in await session.fetch(_EARLIER, list(wanted), list(wanted.values())):
            found[row["order_id"]].append(stored_event(row))
    return found
