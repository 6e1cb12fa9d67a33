"""The effect of the stock consumer: units by SKU and place, moved by what orders tell. It sells nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from domain.order.whereabouts import PLACES, Whereabouts
from domain.ports.consumption import HeardEvent
from domain.stock.heard_document import heard_document, heard_order_from
from domain.stock.heard_orders import HeardOrder, difference, hear, units_of

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool, Session

_PICTURES = "SELECT order_id, picture FROM stock_heard_orders WHERE order_id = ANY($1::text[])"
_KEEP = """
INSERT INTO stock_heard_orders (order_id, picture)
SELECT o, p FROM unnest($1::text[], $2::jsonb[]) AS n (o, p) ORDER BY o
ON CONFLICT (order_id) DO UPDATE SET picture = excluded.picture
"""
# Sorted, so that nobody waits for one who waits for them.
_ADD = f"""
INSERT INTO stock_heard AS s (sku, {", ".join(PLACES)})
SELECT * FROM unnest($1::text[], {", ".join(f"${n}::bigint[]" for n in range(2, 2 + len(PLACES)))}) AS n (sku)
ORDER BY n.sku COLLATE "C"
ON CONFLICT (sku) DO UPDATE SET {", ".join(f"{place} = s.{place} + excluded.{place}" for place in PLACES)}
"""  # noqa: S608 - constants only
_READ = f"SELECT sku, {', '.join(PLACES)} FROM stock_heard ORDER BY sku"  # noqa: S608 - constants only


async def move_heard_stock(session: Session, events: Sequence[HeardEvent]) -> None:
    """Count what these events move. Adding is not repeatable: the caller's transaction makes it once."""
    names = list(dict.fromkeys(event.stream_id for event in events))
    before = {row["order_id"]: row["picture"] for row in await session.fetch(_PICTURES, names)}
    known = {name: heard_order_from(picture) for name, picture in before.items()}
    after: dict[str, HeardOrder] = dict(known)
    for event in events:
        if event.event is not None:
            after[event.stream_id] = hear(after.get(event.stream_id), event.event)
    changed = [name for name in names if after.get(name) != known.get(name)]
    if changed:
        await session.execute(_KEEP, changed, [heard_document(after[name]) for name in changed])
    await _add(session, _sums(known, {name: after[name] for name in changed}))


async def heard_stock(pool: Pool) -> Mapping[str, Whereabouts]:
    """Where the units of each SKU are, as far as it was heard."""
    return {
        row["sku"]: Whereabouts(**{place: row[place] for place in PLACES}) for row in await pool.fetch(_READ)
    }


def _sums(before: Mapping[str, HeardOrder], after: Mapping[str, HeardOrder]) -> Mapping[str, Counter[int]]:
    sums: dict[str, Counter[int]] = {}
    for name, order in after.items():
        was = units_of(before[name]) if name in before else {}
        for sku, change in difference(was, units_of(order)).items():
            sums.setdefault(sku, Counter()).update(dict(enumerate(change)))
    return sums


async def _add(session: Session, sums: Mapping[str, Counter[int]]) -> None:
    if sums:
        columns = [[counts[place] for counts in sums.values()] for place in range(len(PLACES))]
        await session.execute(_ADD, list(sums), *columns)
