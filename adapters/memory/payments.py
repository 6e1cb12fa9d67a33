"""Payment attempts and callback inbox in dictionaries. They forget at exit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.money import Money
from domain.payment.facts import PaymentFact
from domain.ports.payments import InboxEntry, PaymentReference


class MemoryPaymentAttempts:
    """`PaymentAttempts` in a dictionary."""

    def __init__(self) -> None:
        self._orders: dict[str, str] = {}
        self._providers: dict[str, str] = {}

    async def remember(self, key: str, order_id: str, provider: str, amount: Money) -> None:  # noqa: ARG002 - port
        """See the port."""
        self._orders.setdefault(key, order_id)
        self._providers.setdefault(key, provider)

    def provider_of(self, key: str) -> str | None:
        """With whom the attempt was opened: what tables would join."""
        return self._providers.get(key)

    async def order_of(self, key: str) -> str | None:
        """See the port."""
        return self._orders.get(key)


class MemoryPaymentReferences:
    """`PaymentReferences` in a dictionary."""

    def __init__(self) -> None:
        self._references: dict[tuple[str, str], PaymentReference] = {}

    async def asked(self, provider: str, key: str, now: datetime) -> PaymentReference:
        """See the port."""
        return self._references.setdefault((provider, key), PaymentReference(now, None))

    async def keep(self, provider: str, key: str, provider_ref: str) -> None:
        """See the port."""
        known = self._references.get((provider, key))
        if known is not None and known.provider_ref is None:
            self._references[provider, key] = replace(known, provider_ref=provider_ref)

    async def reference_of(self, provider: str, key: str) -> PaymentReference | None:
        """See the port."""
        return self._references.get((provider, key))

    async def key_of(self, provider: str, provider_ref: str) -> str | None:
        """See the port."""
        found = (
            key
            for (name, key), known in self._references.items()
            if name == provider and known.provider_ref == provider_ref
        )
        return next(found, None)


@dataclass(slots=True)
class _Callback:
    fact: PaymentFact
    received_at: datetime
    attempts: int = 0
    postponed_until: datetime | None = None
    delivered: bool = False


class MemoryCallbackInbox:
    """`CallbackInbox` in a dictionary; orders are looked up in `attempts` whenever a fact is read."""

    def __init__(self, attempts: MemoryPaymentAttempts) -> None:
        self._attempts = attempts
        self._callbacks: dict[tuple[str, str], _Callback] = {}

    async def store(self, fact: PaymentFact, raw: bytes, now: datetime) -> InboxEntry | None:  # noqa: ARG002 - port
        """See the port; the first fact under an event id stands."""
        callback = self._callbacks.setdefault((fact.provider, fact.event_id), _Callback(fact, now))
        return None if callback.delivered else await self._entry(callback)

    async def waiting(self, *, before: datetime, limit: int) -> Sequence[InboxEntry]:
        """See the port."""
        due = [callback for callback in self._callbacks.values() if _is_due(callback, before)]
        due.sort(key=lambda callback: (callback.received_at, callback.fact.event_id))
        return tuple([await self._entry(callback) for callback in due[:limit]])

    async def delivered(self, provider: str, event_id: str, now: datetime) -> None:  # noqa: ARG002 - port
        """See the port."""
        if callback := self._callbacks.get((provider, event_id)):
            callback.delivered = True

    async def postponed(self, provider: str, event_id: str, until: datetime) -> None:
        """See the port."""
        if callback := self._callbacks.get((provider, event_id)):
            callback.attempts += 1
            callback.postponed_until = until

    async def _entry(self, callback: _Callback) -> InboxEntry:
        order_id = await self._attempts.order_of(callback.fact.payment_key)
        return InboxEntry(callback.fact, order_id, callback.attempts, callback.received_at)


def _is_due(callback: _Callback, before: datetime) -> bool:
    if callback.delivered or callback.received_at >= before:
        return False
    return callback.postponed_until is None or callback.postponed_until <= before
