"""Finds the payment intent of one of our keys, exactly and at once. Changes nothing at Stripe.

Stripe cannot be asked by a key of ours: ids are its own, and its search may lag by a minute or more. So each
id is stored when its answer comes. When that answer was lost, the list of intents, which does not lag, is
read from the moment of the first request on.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from adapters.payments.stripe_facts import PAYMENT_KEY
from adapters.payments.stripe_http import asking
from adapters.payments.stripe_objects import PROVIDER, Json, identifier, noted
from domain.ports.payments import PaymentReference

if TYPE_CHECKING:
    import stripe

    from domain.ports.payments import PaymentReferences

IDEMPOTENCY_LASTS: Final = timedelta(hours=24)
"""Stripe forgets idempotency keys no sooner than this (https://docs.stripe.com/api/idempotent_requests)."""

_CLOCKS_DIFFER: Final = timedelta(minutes=5)
_SOON: Final = timedelta(minutes=10)
_PAGE: Final = 100


class StripeIntents:
    """Payment intents by our key."""

    def __init__(self, client: stripe.StripeClient, references: PaymentReferences) -> None:
        self._client = client
        self._references = references

    async def id_of(self, key: str) -> str | None:
        """Stripe's id of the attempt; None when there is none. Raises as the gateway's port says."""
        known = await self._references.reference_of(PROVIDER, key)
        if known is None:
            return None
        return known.provider_ref or await self.look_for(key, known)

    async def look_for(self, key: str, known: PaymentReference) -> str | None:
        """The id of an intent whose answer was lost, by reading the list."""
        # Where it nearly always is first: the rest of the day can be long.
        soon, latest = known.asked_at + _SOON, known.asked_at + IDEMPOTENCY_LASTS + _CLOCKS_DIFFER
        return await self._between(key, known.asked_at - _CLOCKS_DIFFER, soon) or await self._between(
            key, soon, latest
        )

    async def _between(self, key: str, first: datetime, last: datetime) -> str | None:
        with asking(key):
            listed = await self._client.v1.payment_intents.list_async(
                {
                    "created": {"gte": int(first.timestamp()), "lte": int(last.timestamp())},
                    "limit": _PAGE,
                }
            )
            async for intent in listed.auto_paging_iter():
                if noted(found := intent.to_dict(), PAYMENT_KEY) == key:
                    return await self.keep(key, found)
        return None

    async def keep(self, key: str, intent: Json) -> str:
        """Store the id of an intent that Stripe answered with, and give it back."""
        intent_id = identifier(intent, "id")
        await self._references.keep(PROVIDER, key, intent_id)
        return intent_id
