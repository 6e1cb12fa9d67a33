"""Order intake and request log in dictionaries. They forget at exit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.ports.intake import (
    IdempotencyKeyReusedError,
    IntakeEntry,
    RequestStillRunningError,
    StoredAnswer,
)

RELAY_LEASE = timedelta(seconds=5)
REQUEST_LOCK = timedelta(seconds=60)


@dataclass(slots=True)
class _Accepted:
    digest: str
    entry: IntakeEntry
    due_at: datetime


class MemoryOrderIntake:
    """`OrderIntake` in dictionaries. What `not_started` gave out rests for `lease`."""

    def __init__(self, lease: timedelta = RELAY_LEASE) -> None:
        self._lease = lease
        self._accepted: dict[str, _Accepted] = {}
        self._orders: dict[tuple[str, str], str] = {}

    async def accept(
        self, caller: str, key: str, digest: str, entry: IntakeEntry
    ) -> tuple[IntakeEntry, bool]:
        """See the port."""
        known = self._orders.get((caller, key))
        if known is None:
            entry = replace(entry, key=key, answer=None, started=False)
            self._accepted[entry.order_id] = _Accepted(digest, entry, entry.accepted_at)
            self._orders[caller, key] = entry.order_id
            return entry, True
        if self._accepted[known].digest != digest:
            raise IdempotencyKeyReusedError(key=key)
        return self._accepted[known].entry, False

    async def find(self, order_id: str) -> IntakeEntry | None:
        """See the port."""
        accepted = self._accepted.get(order_id)
        return accepted.entry if accepted else None

    async def of_buyer(self, buyer_id: str) -> Sequence[IntakeEntry]:
        """See the port."""
        own = (each.entry for each in self._accepted.values() if each.entry.command.buyer_id == buyer_id)
        return tuple(sorted(own, key=lambda entry: (entry.accepted_at, entry.order_id)))

    async def mark_started(self, order_id: str) -> None:
        """See the port."""
        if accepted := self._accepted.get(order_id):
            accepted.entry = replace(accepted.entry, started=True)

    async def keep_answer(self, order_id: str, answer: StoredAnswer) -> None:
        """See the port."""
        accepted = self._accepted.get(order_id)
        if accepted and accepted.entry.answer is None:
            accepted.entry = replace(accepted.entry, answer=answer, started=True)

    async def not_started(self, *, before: datetime, limit: int) -> Sequence[IntakeEntry]:
        """See the port. An entry comes again when `before` has moved on by the lease."""
        waiting = [a for a in self._accepted.values() if not a.entry.started and a.due_at < before]
        leased = sorted(waiting, key=lambda accepted: accepted.due_at)[:limit]
        for accepted in leased:
            accepted.due_at = before + self._lease
        entries = (accepted.entry for accepted in leased)
        return tuple(sorted(entries, key=lambda entry: (entry.accepted_at, entry.order_id)))


@dataclass(slots=True)
class _Request:
    digest: str
    locked_until: datetime
    answer: StoredAnswer | None = None


class MemoryRequestLog:
    """`RequestLog` in a dictionary. A holder that vanished loses the key after `lock`."""

    def __init__(self, lock: timedelta = REQUEST_LOCK) -> None:
        self._lock = lock
        self._requests: dict[tuple[str, str], _Request] = {}

    async def begin(self, scope: str, key: str, digest: str, now: datetime) -> StoredAnswer | None:
        """See the port."""
        fresh = _Request(digest, now + self._lock)
        known = self._requests.setdefault((scope, key), fresh)
        if known is fresh:
            return None
        if known.digest != digest:
            raise IdempotencyKeyReusedError(key=key)
        if known.answer is None:
            if known.locked_until > now:
                raise RequestStillRunningError(key=key)
            known.locked_until = now + self._lock
        return known.answer

    async def finish(self, scope: str, key: str, answer: StoredAnswer | None) -> None:
        """See the port; an answer that was kept stays."""
        known = self._requests.get((scope, key))
        if known is None or known.answer is not None:
            return
        if answer is None:
            del self._requests[scope, key]
        else:
            known.answer = answer

    async def purge(self, before: datetime, limit: int) -> int:
        """See the port."""
        old = [
            (known.locked_until, name)
            for name, known in self._requests.items()
            if known.locked_until < before
        ]
        for _, name in sorted(old)[:limit]:
            del self._requests[name]
        return min(len(old), limit)
