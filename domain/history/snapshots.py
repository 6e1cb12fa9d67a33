"""How a state becomes a snapshot and back (requirement A35): by name, schema version and codec."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from domain.errors import DomainError
from domain.ports.aggregate_snapshots import AggregateSnapshot
from domain.upcasting import Upcasters

S = TypeVar("S")
# What a document of another release, or a damaged one, may raise when it is read.
_UNREADABLE = (DomainError, ValueError, TypeError, KeyError, AttributeError)


class Codec(Protocol):
    """Bytes out of a document and back. `name` is kept with every snapshot."""

    @property
    def name(self) -> str:
        """Short, and never used for another codec."""
        ...

    def pack(self, document: Mapping[str, Any]) -> bytes:
        """The document as bytes."""
        ...

    def unpack(self, data: bytes) -> dict[str, Any]:
        """The document back. Raises `ValueError` for anything else."""
        ...


@dataclass(frozen=True, slots=True)
class JsonCodec:
    """Plain JSON, readable by people."""

    name: str = "json"

    def pack(self, document: Mapping[str, Any]) -> bytes:
        """See `Codec`."""
        return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()

    def unpack(self, data: bytes) -> dict[str, Any]:
        """See `Codec`."""
        document: dict[str, Any] = json.loads(data)
        return document


# Without slots: a frozen, slotted generic cannot be subscripted when it is made on Python 3.11.
@dataclass(frozen=True)
class SnapshotForm(Generic[S]):
    """What snapshots of one kind of state look like. Its schema version is that of `upcasters` for `name`.

    Raise that version, with a step that raises when nothing else will do, whenever events fold otherwise.
    """

    name: str
    write: Callable[[S], Mapping[str, Any]]
    read: Callable[[dict[str, Any]], S]
    upcasters: Upcasters
    codec: Codec = JsonCodec()

    @property
    def type(self) -> str:
        """What a snapshot says that it is: the state's name and the codec of its bytes."""
        return f"{self.name}+{self.codec.name}"

    def taken(self, stream_id: str, version: int, state: S, recorded_at: datetime) -> AggregateSnapshot:
        """A snapshot of the state; `recorded_at` is when the store took in the newest event behind it."""
        return AggregateSnapshot(
            stream_id=stream_id,
            version=version,
            schema_version=self.upcasters.current(self.name),
            type=self.type,
            data=self.codec.pack(self.write(state)),
            taken_at=recorded_at,
        )

    def is_of_today(self, snapshot: AggregateSnapshot) -> bool:
        """Whether this release would have written it in the same form."""
        return (snapshot.type, snapshot.schema_version) == (self.type, self.upcasters.current(self.name))

    def opened(self, snapshot: AggregateSnapshot) -> S | None:
        """The state in it, upcast when it is older; None for one that this release cannot use."""
        if snapshot.type != self.type:
            return None
        try:
            document = self.codec.unpack(snapshot.data)
            current = self.upcasters.upcast(self.name, snapshot.schema_version, document)
            return self.read(dict(current))
        except _UNREADABLE:
            return None
