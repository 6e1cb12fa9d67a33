"""Payment attempts and the callback inbox on PostgreSQL: stored before anybody is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.money import Money
from domain.payment.facts import FactKind, PaymentFact
from domain.ports.payments import InboxEntry, PaymentReference

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import asyncpg

    from adapters.postgres.pool import Pool

_REMEMBER = """
INSERT INTO payment_attempts (key, order_id, provider, amount, currency) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING
"""
_ORDER_OF = "SELECT order_id FROM payment_attempts WHERE key = $1"
# Updates nothing, so that RETURNING gives the row that stands.
_ASKED = """
INSERT INTO payment_references AS r (provider, key, asked_at) VALUES ($1, $2, $3)
ON CONFLICT (provider, key) DO UPDATE SET asked_at = r.asked_at
RETURNING asked_at, provider_ref
"""
_KEEP = """
UPDATE payment_references SET provider_ref = $3 WHERE provider = $1 AND key = $2 AND provider_ref IS NULL
"""
_REFERENCE_OF = "SELECT asked_at, provider_ref FROM payment_references WHERE provider = $1 AND key = $2"
_KEY_OF = "SELECT key FROM payment_references WHERE provider = $1 AND provider_ref = $2"
# The order is looked up whenever a fact is read: it may appear after its callback.
_COLUMNS = """
    i.provider, i.event_id, i.payment_key, i.kind, i.amount, i.currency, i.occurred_at, i.refund_key,
    i.received_at, i.attempts,
    (SELECT a.order_id FROM payment_attempts a WHERE a.key = i.payment_key) AS order_id
"""
_STORE = f"""
INSERT INTO callback_inbox AS i (provider, event_id, payment_key, kind, amount, currency, occurred_at,
    refund_key, raw, received_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (provider, event_id) DO UPDATE SET repeats = i.repeats + 1
RETURNING i.delivered_at, {_COLUMNS}
"""  # noqa: S608 - constants only
_WAITING = f"""
SELECT {_COLUMNS} FROM callback_inbox i
WHERE i.delivered_at IS NULL AND i.received_at < $1 AND coalesce(i.postponed_until <= $1, true)
ORDER BY i.received_at, i.event_id LIMIT $2
"""  # noqa: S608 - constants only
_DELIVERED = """
UPDATE callback_inbox SET delivered_at = $3 WHERE provider = $1 AND event_id = $2 AND delivered_at IS NULL
"""
_POSTPONED = """
UPDATE callback_inbox SET attempts = attempts + 1, postponed_until = $3
WHERE provider = $1 AND event_id = $2 AND delivered_at IS NULL
"""


class PostgresPaymentAttempts:
    """`domain.ports.payments.PaymentAttempts` over `payment_attempts`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def remember(self, key: str, order_id: str, provider: str, amount: Money) -> None:
        """See the port."""
        await self._pool.execute(_REMEMBER, key, order_id, provider, amount.amount, amount.currency)

    async def order_of(self, key: str) -> str | None:
        """See the port."""
        order_id: str | None = await self._pool.fetchval(_ORDER_OF, key)
        return order_id


class PostgresPaymentReferences:
    """`domain.ports.payments.PaymentReferences` over `payment_references`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def asked(self, provider: str, key: str, now: datetime) -> PaymentReference:
        """See the port."""
        row = await self._pool.fetchrow(_ASKED, provider, key, now)
        assert row is not None  # inserted or found, never neither
        return PaymentReference(row["asked_at"], row["provider_ref"])

    async def keep(self, provider: str, key: str, provider_ref: str) -> None:
        """See the port."""
        await self._pool.execute(_KEEP, provider, key, provider_ref)

    async def reference_of(self, provider: str, key: str) -> PaymentReference | None:
        """See the port."""
        row = await self._pool.fetchrow(_REFERENCE_OF, provider, key)
        return PaymentReference(row["asked_at"], row["provider_ref"]) if row else None

    async def key_of(self, provider: str, provider_ref: str) -> str | None:
        """See the port."""
        key: str | None = await self._pool.fetchval(_KEY_OF, provider, provider_ref)
        return key


class PostgresCallbackInbox:
    """`domain.ports.payments.CallbackInbox` over `callback_inbox`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def store(self, fact: PaymentFact, raw: bytes, now: datetime) -> InboxEntry | None:
        """See the port; the first fact under an event id stands."""
        row = await self._pool.fetchrow(
            _STORE,
            fact.provider,
            fact.event_id,
            fact.payment_key,
            fact.kind.value,
            fact.amount.amount,
            fact.amount.currency,
            fact.occurred_at,
            fact.refund_key,
            raw,
            now,
        )
        assert row is not None  # inserted or updated, never neither
        return None if row["delivered_at"] else _entry(row)

    async def waiting(self, *, before: datetime, limit: int) -> Sequence[InboxEntry]:
        """See the port."""
        return tuple(_entry(row) for row in await self._pool.fetch(_WAITING, before, limit))

    async def delivered(self, provider: str, event_id: str, now: datetime) -> None:
        """See the port."""
        await self._pool.execute(_DELIVERED, provider, event_id, now)

    async def postponed(self, provider: str, event_id: str, until: datetime) -> None:
        """See the port."""
        await self._pool.execute(_POSTPONED, provider, event_id, until)


def _entry(row: asyncpg.Record) -> InboxEntry:
    fact = PaymentFact(
        provider=row["provider"],
        event_id=row["event_id"],
        payment_key=row["payment_key"],
        kind=FactKind(row["kind"]),
        amount=Money(row["amount"], row["currency"]),
        occurred_at=row["occurred_at"],
        refund_key=row["refund_key"],
    )
    return InboxEntry(fact, row["order_id"], row["attempts"], row["received_at"])
