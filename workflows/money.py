"""What a provider's facts mean for an order, as pure decisions. Asks nobody, waits for nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.money import Money
from domain.order.cancel import cancel_order
from domain.order.events import OrderEvent
from domain.order.order import Order, fold
from domain.order.pay import refund_key, settle_attempt
from domain.order.receipts import Receipt
from domain.order.ship import deliver_order, is_all_virtual, ship_order
from domain.order.status import CancelReason, OrderStatus
from domain.payment.facts import PaymentFact
from domain.payment.outcome import AttemptOutcome, AttemptState, judge_attempt


class FactBook:
    """Facts by attempt, each once per (provider, event id), in whatever order they come."""

    def __init__(self) -> None:
        self._facts: dict[str, dict[tuple[str, str], PaymentFact]] = {}

    def add(self, facts: Iterable[PaymentFact]) -> None:
        """Take facts in; repeats change nothing."""
        for fact in facts:
            self._facts.setdefault(fact.payment_key, {}).setdefault((fact.provider, fact.event_id), fact)

    def outcome(self, key: str, expected: Money) -> AttemptOutcome:
        """What is known of an attempt for which `expected` was asked."""
        return judge_attempt(expected, self._facts.get(key, {}).values())

    def outcomes(self, order: Order) -> Mapping[str, AttemptOutcome]:
        """The outcome of each attempt of this order, oldest first; facts of strange keys wait."""
        return {key: self.outcome(key, order.total) for key in order.attempts}


@dataclass(frozen=True, slots=True)
class DueRefund:
    """Money that was promised back and has not gone yet."""

    key: str
    payment_key: str
    amount: Money
    reason: str


def unsettled(order: Order, facts: FactBook, at: datetime) -> str | None:
    """The oldest attempt whose facts the order does not know yet."""
    for key, outcome in facts.outcomes(order).items():
        if settle_attempt(order, key, outcome, at):
            return key
    return None


def confirmed(order: Order, key: str, outcome: AttemptOutcome, at: datetime) -> tuple[OrderEvent, ...]:
    """The money is there and so are the goods. What is all virtual is handed over with it (domain rule 7)."""
    paid = settle_attempt(order, key, outcome, at)
    after = fold(paid, onto=order) if paid else order
    if order.status is not OrderStatus.CREATED or not is_all_virtual(order):
        return paid
    shipped = ship_order(after, at)
    return (*paid, shipped, deliver_order(after.apply(shipped), at))


def ended(
    order: Order, facts: FactBook, reason: CancelReason, by: str, at: datetime
) -> tuple[OrderEvent, ...]:
    """The order ends, and every amount that has come for it goes back. Nothing when it has ended already.

    Raises `InvalidStateTransitionError` when it was shipped.
    """
    if order.status is OrderStatus.CANCELLED:
        return ()
    doubtful = _settled(order, facts, at, frozenset({AttemptState.IN_REVIEW}))
    after = fold(doubtful, onto=order) if doubtful else order
    cancelled = cancel_order(after, reason, by, at)
    late = _settled(fold(cancelled, onto=after), facts, at, frozenset({AttemptState.CAPTURED}))
    return (*doubtful, *cancelled, *late)


def due_refunds(order: Order) -> tuple[DueRefund, ...]:
    """What was requested and not done, oldest money first."""
    receipts = (order.payment, *order.unwanted) if order.payment else order.unwanted
    owed = ((refund_key(receipt.payment_key), receipt) for receipt in receipts)
    return tuple(
        _due(order, key, receipt)
        for key, receipt in owed
        if key in order.refunds_requested and key not in order.refunds_done
    )


def _due(order: Order, key: str, receipt: Receipt) -> DueRefund:
    # The reason travels with the key to the provider, so it must be the same whenever it is asked again.
    reason = "order_cancelled" if receipt is order.payment else "late_payment"
    return DueRefund(key, receipt.payment_key, receipt.kept, reason)


def _settled(
    order: Order, facts: FactBook, at: datetime, states: frozenset[AttemptState]
) -> tuple[OrderEvent, ...]:
    events: list[OrderEvent] = []
    current = order
    for key, outcome in facts.outcomes(order).items():
        if outcome.state in states:
            more = settle_attempt(current, key, outcome, at)
            current = fold(more, onto=current) if more else current
            events += more
    return tuple(events)
