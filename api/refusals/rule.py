"""One row of the table from slugs to answers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """How a slug is answered. `detail` says what to change; `retry_after` is in seconds."""

    status: int
    title: str
    detail: str
    retry_after: int | None = None
