"""What a projection is: a family of streams, how its events become a state, and a state becomes rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Table

    from domain.events import StoredEvent

S = TypeVar("S")
Row = dict[str, Any]
# Tables that are being built beside the live ones carry this behind their names.
BESIDE: Final = "_next"


@dataclass(frozen=True, slots=True)
class Streams(Generic[S]):
    """Streams of one family. `takes` knows them by their id; `after` gives the state after one more event,
    the first one after None, and raises for an event that cannot be taken.
    """

    name: str
    takes: Callable[[str], bool]
    after: Callable[[S | None, StoredEvent], S]
    version: Callable[[S], int]


@dataclass(frozen=True, slots=True)
class Sums:
    """A table of sums, one row for each value of `keys`; `figures` are what is summed up.

    They are kept exact by what each stream adds to them: the view's column `parts` holds rows of keys and
    figures in this order.
    """

    table: Table
    keys: tuple[str, ...]
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class View(Generic[S]):
    """A table and the rows that a state has in it, at least one; all carry the stream's id and version.

    `stream` is the column of that id. With `many` there may be several rows; each says in `of` how many.
    """

    table: Table
    stream: str
    rows: Callable[[S], Sequence[Row]]
    many: bool = False
    sums: Sums | None = None


@dataclass(frozen=True, slots=True)
class Projection(Generic[S]):
    """One read model: rows and checkpoint of all its tables move together, under its `name`."""

    name: str
    streams: Streams[S]
    views: tuple[View[S], ...]
    tables: tuple[Table, ...] = field(init=False)

    def __post_init__(self) -> None:
        sums = tuple(view.sums.table for view in self.views if view.sums)
        object.__setattr__(self, "tables", tuple(view.table for view in self.views) + sums)
