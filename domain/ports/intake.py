"""The front door: what was accepted is written down before anything else happens, and never lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.address import Address
from domain.errors import DomainError
from domain.money import Money
from domain.pricing.calculate import RequestedLine


class IdempotencyKeyReusedError(DomainError):
    """The same idempotency key came with another request."""

    code = "idempotency_key_reused"


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    """A checkout request that has passed validation. `correlation_id` ties everything that follows to it."""

    buyer_id: str
    snapshot_id: str
    currency: str
    lines: tuple[RequestedLine, ...]
    address: Address | None
    correlation_id: str


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
    """First answers of all other state-changing requests, by scope and key, kept for 24 hours at least."""

    async def begin(self, scope: str, key: str, digest: str, now: datetime) -> StoredAnswer | None:
        """Claim the key: None means go on, an answer means replay it.

        Raises `IdempotencyKeyReusedError`, and `RequestStillRunningError` while another request holds it.
        """
        ...

    async def finish(self, scope: str, key: str, answer: StoredAnswer | None) -> None:
        """Keep the answer, or give the key back (None) because the outcome must not be replayed."""
        ...


class RequestStillRunningError(DomainError):
    """The first request with this key has not been answered yet."""

    code = "request_still_running"
