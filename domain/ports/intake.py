"""The front door: what was accepted is written down before anything else happens, and never lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from domain.address import Address
from domain.errors import DomainError
from domain.money import Money
from domain.pricing.request import RequestedLine

ANSWERS_KEPT: Final = timedelta(hours=24)
"""How long a repeated request gets its first answer, at least (http conventions: idempotency)."""


class IdempotencyKeyReusedError(DomainError):
    """The same idempotency key came with another request."""

    code = "idempotency_key_reused"


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    """A checkout request that has passed validation. `correlation_id` ties everything that follows to it,
    `trace_id` the caller's own trace; empty without one.
    """

    buyer_id: str
    snapshot_id: str
    currency: str
    lines: tuple[RequestedLine, ...]
    address: Address | None
    correlation_id: str
    trace_id: str = ""


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The first definite answer that a caller got; `body` is the JSON text as it was sent."""

    status: int
    body: str


@dataclass(frozen=True, slots=True)
class IntakeEntry:
    """An accepted order request. `answer` is None until its first definite answer was given."""

    order_id: str
    number: str
    key: str
    command: PlaceOrder
    total: Money
    merchants: tuple[str, ...]
    accepted_at: datetime
    answer: StoredAnswer | None
    started: bool


class OrderIntake(Protocol):
    """Accepted requests, one for each (caller, idempotency key)."""

    async def accept(
        self, caller: str, key: str, digest: str, entry: IntakeEntry
    ) -> tuple[IntakeEntry, bool]:
        """Write the entry down, or get the one that this key made before; True when it is new.

        Raises `IdempotencyKeyReusedError` when the key was used with another digest.
        """
        ...

    async def find(self, order_id: str) -> IntakeEntry | None:
        """The entry of an order, or None."""
        ...

    async def of_buyer(self, buyer_id: str) -> Sequence[IntakeEntry]:
        """All that was ever accepted from this buyer, the oldest first."""
        ...

    async def mark_started(self, order_id: str) -> None:
        """Its workflow is known to exist."""
        ...

    async def keep_answer(self, order_id: str, answer: StoredAnswer) -> None:
        """Keep the first definite answer; later ones change nothing. Also marks it as started."""
        ...

    async def not_started(self, *, before: datetime, limit: int) -> Sequence[IntakeEntry]:
        """Entries accepted before that time whose workflow may be missing, oldest first."""
        ...


class RequestLog(Protocol):
    """First answers of all other state-changing requests, by scope and key, kept until they are purged."""

    async def begin(self, scope: str, key: str, digest: str, now: datetime) -> StoredAnswer | None:
        """Claim the key: None means go on, an answer means replay it.

        Raises `IdempotencyKeyReusedError`, and `RequestStillRunningError` while another request holds it.
        """
        ...

    async def finish(self, scope: str, key: str, answer: StoredAnswer | None) -> None:
        """Keep the answer, or give the key back (None) because the outcome must not be replayed."""
        ...

    async def purge(self, before: datetime, limit: int) -> int:
        """Forget at most `limit` requests that nobody has held since `before`, the oldest first; how many.

        A request is held from `begin` until its lock runs out, answered or not, so that no answer is gone
        earlier than `before` promises. Callers promise `ANSWERS_KEPT` at least.
        """
        ...


class RequestStillRunningError(DomainError):
    """The first request with this key has not been answered yet."""

    code = "request_still_running"
