"""Whose turn it is: which events of a stream can be taken now, in order, once. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from domain.ports.consumption import HeardEvent


@dataclass(frozen=True, slots=True)
class Turn:
    """`ready` follows what was taken without a gap. `early` must wait; `why` says for what.

    `repeated` counts what was taken or parked before. `ready` may begin with events that were parked.
    """

    ready: tuple[HeardEvent, ...]
    early: tuple[HeardEvent, ...]
    why: str
    repeated: int


def in_turn(
    last: int, parked: Mapping[int, HeardEvent], arrived: Iterable[HeardEvent], *, again: bool = False
) -> Turn:
    """After version `last` was taken, with these parked by version and those arriving.

    A parked event that is next could not be taken and blocks the rest, unless it is to be tried `again`.
    """
    new: dict[int, HeardEvent] = {}
    repeated = 0
    for event in arrived:
        if event.version <= last or event.version in parked or event.version in new:
            repeated += 1
        else:
            new[event.version] = event
    if last + 1 in parked and not again:
        return Turn((), tuple(new[v] for v in sorted(new)), waits_for(last + 1), repeated)
    pool = {**parked, **new}
    ready: list[HeardEvent] = []
    while (follows := last + len(ready) + 1) in pool:
        ready.append(pool[follows])
    early = tuple(new[version] for version in sorted(new) if version > last + len(ready))
    return Turn(tuple(ready), early, f"version {follows} is missing", repeated)


def waits_for(version: int) -> str:
    """Why an event is parked that comes after one that cannot be taken."""
    return f"waits for version {version}"
