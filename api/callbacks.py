"""Takes payment callbacks: verify, store, answer; then tell the order. What is not told is re-driven."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from api.background import Background
from domain.errors import DomainError
from domain.payment.facts import PaymentFact
from domain.ports.clock import Clock
from domain.ports.payments import (
    CallbackInbox,
    InboxEntry,
    PaymentAttempts,
    PaymentGateway,
    PaymentHint,
    PaymentReferences,
)
from workflows.client import OrderWorkflows

_DELIVERY_SECONDS = 15.0
_ASKING_SECONDS = 8.0


class UnknownProviderError(DomainError):
    """No payment provider of this name is connected."""

    code = "unknown_provider"


class CallbackDesk:
    """Stores a fact before the provider hears 2xx, so that it is never lost and never applied twice."""

    def __init__(
        self,
        *,
        gateways: Mapping[str, PaymentGateway],
        references: PaymentReferences,
        inbox: CallbackInbox,
        attempts: PaymentAttempts,
        workflows: OrderWorkflows,
        background: Background,
        clock: Clock,
    ) -> None:
        self._gateways = gateways
        self._references = references
        self._inbox = inbox
        self._attempts = attempts
        self._workflows = workflows
        self._background = background
        self._clock = clock

    async def take(self, provider: str, headers: Mapping[str, str], body: bytes) -> None:
        """Store what the provider says.

        Raises `UnknownProviderError`, `CallbackRejectedError`, and `PaymentOutcomeUnknownError` when it must
        be asked and does not answer: it sends the callback again.
        """
        gateway = self._gateways.get(provider)
        if gateway is None:
            raise UnknownProviderError
        now = self._clock.now()
        said = gateway.read_callback(headers, body, now)
        # None: it says nothing about our money, and the provider must not send it again.
        facts = await self._asked(gateway, said) if isinstance(said, PaymentHint) else (said,) if said else ()
        for fact in facts:
            entry = await self._inbox.store(fact, body, now)
            if entry is not None:
                self._background.start("tell an order of a payment", self._deliver(entry), _DELIVERY_SECONDS)

    async def _asked(self, gateway: PaymentGateway, hint: PaymentHint) -> tuple[PaymentFact, ...]:
        key = await self._references.key_of(hint.provider, hint.provider_ref)
        if key is None:
            return ()  # a payment of somebody else who shares the account
        # Ended by us before the provider gives up waiting; it comes again.
        async with asyncio.timeout(_ASKING_SECONDS):
            return await gateway.query_payment(key)

    async def _deliver(self, entry: InboxEntry) -> None:
        fact: PaymentFact = entry.fact
        order_id = entry.order_id or await self._attempts.order_of(fact.payment_key)
        if order_id is None:
            return  # kept; the re-drive asks again, and a person is told when it stays unknown
        await self._workflows.report_payment(order_id, fact)
        await self._inbox.delivered(fact.provider, fact.event_id, self._clock.now())
