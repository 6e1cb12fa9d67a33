"""What can be done about a difference: hear the provider again, or send a refund again by its key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from pydantic_core import to_json

from domain.errors import DomainError
from domain.order.encoding import to_plain
from domain.payment.facts import FactKind, PaymentFact
from domain.ports.payments import CallbackInbox, PaymentAttempts, PaymentGateway, RefundRequest
from domain.reconciliation.difference import Difference, MoneyLine
from domain.reconciliation.ledger import shown_refund_key

_REASON: Final = "reconciliation"


class NothingToRepairError(DomainError):
    """Nothing that could be asked for would change either side; somebody must look, and park it."""

    code = "nothing_to_repair"


class PaymentHearing(Protocol):
    """Whoever tells orders what a provider said."""

    async def report_payment(self, order_id: str, fact: PaymentFact) -> None:
        """Tell the order; repeats are harmless. Raises `WorkflowUnavailableError`."""
        ...


@dataclass(frozen=True, slots=True)
class Repairs:
    """Each repair may be repeated: facts are known by their event ids, refunds by their keys."""

    gateways: Mapping[str, PaymentGateway]
    inbox: CallbackInbox
    attempts: PaymentAttempts
    hearing: PaymentHearing

    async def repair(self, found: Difference, now: datetime) -> str:
        """Do it; a word on what was done.

        A refund that we have and the provider has not is sent again by its key. In all other cases the order
        hears what the provider says of the payment now. Raises `NothingToRepairError` when no order made the
        payment, or when the provider itself says what we have, so that its report is wrong.
        """
        gateway = self.gateways[found.provider]
        facts = await gateway.query_payment(found.payment_key)
        if found.ours is not None and _say(facts, found.ours):
            raise NothingToRepairError(reason="provider_confirms_ours")
        lost = found.ours
        if found.theirs is None and lost is not None and lost.kind is FactKind.REFUNDED and lost.refund_key:
            await gateway.refund_payment(
                RefundRequest(lost.refund_key, found.payment_key, lost.amount, _REASON)
            )
            return "refund_sent_again"
        await self._tell(found, facts, now)
        return "order_told_again"

    async def _tell(self, found: Difference, facts: Sequence[PaymentFact], now: datetime) -> None:
        order_id = found.order_id or await self.attempts.order_of(found.payment_key)
        if order_id is None:
            raise NothingToRepairError(reason="no_order_of_this_payment")
        if not facts:
            raise NothingToRepairError(reason="provider_does_not_know_it")
        for fact in facts:
            await self.inbox.store(fact, to_json(to_plain(fact)), now)
            await self.hearing.report_payment(order_id, fact)
            await self.inbox.delivered(fact.provider, fact.event_id, now)


def _say(facts: Sequence[PaymentFact], line: MoneyLine) -> bool:
    """Whether these facts add up to our line."""
    amounts = [
        fact.amount
        for fact in facts
        if fact.kind is line.kind and shown_refund_key(fact.refund_key) == line.refund_key
    ]
    same = [amount.amount for amount in amounts if amount.currency == line.amount.currency]
    return bool(same) and len(same) == len(amounts) and sum(same) == line.amount.amount
