"""The audit log of one subject; it keeps everything, so every test asks about names of its own."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from domain.ports.catalogue import ChangeSubject, PriceChange
from tests.support.port_worlds import PortWorld

_numbers = count(1)


def a_new_name() -> str:
    """An id that no other test has used."""
    return f"subject-{next(_numbers)}"


async def log(world: PortWorld, subject: ChangeSubject, subject_id: str) -> Sequence[PriceChange]:
    """The newest hundred entries about it, newest first."""
    return await world.catalogue.changes(subject, subject_id, before=None, limit=100)
