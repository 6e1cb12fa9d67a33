"""What a provider's facts mean for an order, as pure decisions. Asks nobody, waits for nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from domain.order.cancel import cancel_order
from domain.order.events import OrderEvent
from domain.order.order import Order, fold
from domain.order.pay import is_unwanted, outcome_of, settle_attempt
from domain.order.returns import Refund
from domain.order.status import CancelReason, OrderStatus
from domain.payment.capture import CaptureMode
from domain.payment.facts import PaymentFact
from domain.payment.outcome import AttemptOutcome, AttemptState


class FactBook:
    """Facts by attempt, each once per (provider, event id), in whatever order they come."""

    def __init__(self) -> None:
        self._facts: dict[str, dict[tuple[str, str], PaymentFact]] = {}

    def add(self, facts: Iterable[PaymentFact]) -> None:
        """Take facts in; repeats change nothing."""
        for fact in facts:
            self._facts.setdefault(fact.payment_key, {}).setdefault((fact.provider, fact.event_id), fact)

    def outcome(self, order: Order, key: str) -> AttemptOutcome:
        """What is known of an attempt of this order."""
        return outcome_of(order, key, self._facts.get(key, {}).values())

    def outcomes(self, order: Order) -> Mapping[str, AttemptOutcome]:
        """The outcome of each attempt of this order, oldest first; facts of strange keys wait."""
        return {key: self.outcome(order, key) for key in order.attempts}


def unsettled(order: Order, facts: FactBook, at: datetime) -> str | None:
    """The oldest attempt whose facts the order does not know yet."""
    for key, outcome in facts.outcomes(order).items():
        if settle_attempt(order, key, outcome, at):
            return key
    return None


def pays(order: Order, outcome: AttemptOutcome) -> bool:
    """True when this is the money that a created order waits for: taken, or promised where that is enough."""
    promised = order.capture is CaptureMode.MANUAL and outcome.state is AttemptState.AUTHORISED
    return promised or outcome.state is AttemptState.CAPTURED


def unwanted(order: Order, facts: FactBook) -> tuple[str, ...]:
    """Attempts whose money is vouched for although nobody will take it: the provider should let it go."""
    outcomes = facts.outcomes(order).items()
    return tuple(key for key, outcome in outcomes if is_unwanted(order, key, outcome))


def ended(
    order: Order, facts: FactBook, reason: CancelReason, by: str, at: datetime
) -> tuple[OrderEvent, ...]:
    """The order ends, and every amount that has come for it goes back. Nothing when it has ended already.

    Raises `InvalidStateTransitionError` when goods have left.
    """
    if order.status is OrderStatus.CANCELLED:
        return ()
    doubtful = _settled(order, facts, at, frozenset({AttemptState.IN_REVIEW}))
    known = after(order, doubtful)
    cancelled = cancel_order(known, reason, by, at)
    late = _settled(after(known, cancelled), facts, at, frozenset({AttemptState.CAPTURED}))
    return (*doubtful, *cancelled, *late)


def after(order: Order, events: Iterable[OrderEvent]) -> Order:
    """The order after `events`, which may be none."""
    happened = tuple(events)
    return fold(happened, onto=order) if happened else order


def goods_refunded_before(order: Order, key: str) -> int:
    """How much of the order's goods was not charged, or went back with refunds decided before this one."""
    before = goods_uncharged(order)
    for refund in order.refunds:
        if refund.key == key:
            break
        before += goods_refunded(refund)
    return before


def goods_uncharged(order: Order) -> int:
    """What of an authorised total was never taken because its goods were dropped before, in minor units."""
    asked = order.capture_asked
    return 0 if asked is None or asked.asked is None else (asked.amount - asked.asked).amount


def goods_refunded(refund: Refund) -> int:
    """What of a refund pays back goods, in minor units."""
    return sum(units.amount for units in refund.units)


def _settled(
    order: Order, facts: FactBook, at: datetime, states: frozenset[AttemptState]
) -> tuple[OrderEvent, ...]:
    events: list[OrderEvent] = []
    current = order
    for key, outcome in facts.outcomes(order).items():
        if outcome.state in states:
            more = settle_attempt(current, key, outcome, at)
            current = after(current, more)
            events += more
    return tuple(events)
