"""From the stored events of whole streams to the rows of their newest state. It asks no database.

It is given events as the driver reads them and answers JSON, so that it may run in a process of its own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from adapters.postgres.pool import json_text
from adapters.postgres.projections import summing
from adapters.postgres.projections.bare import bare_event
from adapters.postgres.projections.folding import Folded, Poison, fold_stream
from adapters.postgres.projections.registry import projection_named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.postgres.projections.projection import Projection
    from adapters.postgres.projections.summing import Changes
    from domain.events import StoredEvent

# As `bare.COLUMNS`, but that the data is still text, which goes to another process in less time.
COLUMNS: Final = "order_id, version, position, event_type, schema_version, data::text AS data, occurred_at"
Stored = tuple[str, int, int, str, int, str, datetime]


@dataclass(frozen=True, slots=True)
class Rows:
    """For each view of a projection its rows as a JSON array and their sums; what could not be taken.

    `views` is None when a state could not be shown: then it has to be found out which.
    """

    views: tuple[tuple[str, Changes], ...] | None
    poisons: tuple[Poison, ...]


def rows_of(name: str, stored: Sequence[Stored]) -> Rows:
    """The rows that projection `name` has of these streams, each of which is whole."""
    projection = projection_named(name)
    return shown(projection, fold_streams(projection, stored))


def shown(projection: Projection[Any], folded: Folded[Any]) -> Rows:
    """The rows of these states."""
    poisons, states = tuple(folded.poisons), folded.states.values()
    made = []
    for view in projection.views:
        try:
            rows = [row for state in states for row in view.rows(state)]
        except Exception:  # noqa: BLE001 - whatever is wrong with one state, it will be found out
            return Rows(None, poisons)
        made.append((json_text(rows), summing.fresh_changes(view, rows)))
    return Rows(tuple(made), poisons)


def fold_streams(projection: Projection[Any], stored: Sequence[Stored]) -> Folded[Any]:
    """The states of these streams, whose events are in order."""
    folded: Folded[Any] = Folded()
    for name, events in groupby(stored, key=itemgetter(0)):
        fold_stream(folded, projection.streams, name, [_event(row) for row in events])
    return folded


def _event(row: Stored) -> StoredEvent:
    *which, data, at = row
    return bare_event((*which, json.loads(data), at))
