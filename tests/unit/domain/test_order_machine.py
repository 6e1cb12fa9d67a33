"""Random lives of an order: whatever is asked and whatever the provider says, the invariants hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.errors import DomainError
from domain.money import Money
from domain.order.cancel import cancel_order
from domain.order.encoding import decode, encode
from domain.order.events import OrderEvent, RefundRequested
from domain.order.order import Order, fold
from domain.order.pay import record_refund, refund_key, request_payment, settle_attempt
from domain.order.place import AgreedPrice, create_order
from domain.order.ship import complete_order, deliver_order, ship_order
from domain.order.status import TRANSITIONS, CancelReason, OrderStatus
from domain.payment.facts import FactKind, PaymentFact
from domain.payment.outcome import judge_attempt
from tests.support.builders import NOON, PROVIDER, an_order, cny

PRICE = AgreedPrice("snap_1", cny(1_000), cny(50), cny(1_050))
WORTH = st.sampled_from([cny(1_050), cny(1_049), cny(1), cny(0), Money(1_050, "USD")])


class OrderLife(RuleBasedStateMachine):
    """Commands and provider facts in any order; a refusal is fine, a broken invariant is not."""

    @initialize()
    def begins(self) -> None:
        self.events: list[OrderEvent] = list(an_order().drafted().events)
        self.order: Order = fold(self.events)
        self.facts: dict[str, list[PaymentFact]] = {}
        self.seconds = 0

    @rule()
    def is_created(self) -> None:
        self._try(lambda: create_order(self.order, PRICE, self._now(), self._now()))

    @rule()
    def is_asked_to_pay(self) -> None:
        self._try(lambda: request_payment(self.order, PROVIDER, self._now()))

    @precondition(lambda self: self.order.attempts)
    @rule(data=st.data(), kind=st.sampled_from(FactKind), amount=WORTH)
    def provider_says(self, data: st.DataObject, kind: FactKind, amount: Money) -> None:
        key = data.draw(st.sampled_from(self.order.attempts))
        told = self.facts.setdefault(key, [])
        told.append(PaymentFact(PROVIDER, f"evt_{key}_{len(told)}", key, kind, amount, self._now()))
        self._settle(key)

    @precondition(lambda self: self.facts)
    @rule(data=st.data())
    def provider_repeats_itself(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.facts)))
        before = len(self.events)
        self._settle(key)
        assert len(self.events) == before

    @precondition(lambda self: self._asked_refunds())
    @rule(data=st.data())
    def money_goes_back(self, data: st.DataObject) -> None:
        asked = data.draw(st.sampled_from(self._asked_refunds()))
        self._try(
            lambda: record_refund(self.order, asked.refund_key, asked.payment_key, asked.amount, self._now())
        )

    @precondition(lambda self: self.order.payment is not None)
    @rule(amount=st.sampled_from([cny(1), cny(1_050), cny(500)]), key=st.sampled_from("abc"))
    def part_of_the_money_goes_back(self, amount: Money, key: str) -> None:
        paid_by = self.order.attempts[-1]
        self._try(lambda: record_refund(self.order, f"ref_{key}", paid_by, amount, self._now()))

    @rule()
    def is_shipped(self) -> None:
        self._try(lambda: ship_order(self.order, self._now()))

    @rule()
    def is_delivered(self) -> None:
        self._try(lambda: deliver_order(self.order, self._now()))

    @rule()
    def is_completed(self) -> None:
        self._try(lambda: complete_order(self.order, self._now()))

    @rule()
    def is_cancelled(self) -> None:
        self._try(lambda: cancel_order(self.order, CancelReason.BUYER, "buyer", self._now()))

    @invariant()
    def money_stays_within_its_bounds(self) -> None:
        if self.order.payment:
            assert self.order.payment.amount <= self.order.total
        assert self.order.refunded <= self.order.captured
        for receipt in (self.order.payment, *self.order.unwanted):
            assert receipt is None or cny(0) <= receipt.refunded <= receipt.amount
        assert self.order.total >= cny(0)

    @invariant()
    def identity_never_changes(self) -> None:
        first = fold(self.events[:1])
        assert (self.order.id, self.order.number, self.order.created_at, self.order.lines) == (
            first.id,
            first.number,
            first.created_at,
            first.lines,
        )

    @invariant()
    def replay_of_what_was_stored_gives_the_same_order(self) -> None:
        assert fold(decode(encode(event)) for event in self.events) == self.order
        assert self.order.version == len(self.events)

    @invariant()
    def each_attempt_has_at_most_one_way_back(self) -> None:
        keys = [event.refund_key for event in self.events if isinstance(event, RefundRequested)]
        assert len(keys) == len(set(keys))
        assert all(key in {refund_key(attempt) for attempt in self.order.attempts} for key in keys)

    def _settle(self, key: str) -> None:
        # Not tried: nothing that a provider says may ever be refused, or the order would be stuck.
        outcome = judge_attempt(self.order.total, self.facts[key])
        self._happened(settle_attempt(self.order, key, outcome, self._now()))

    def _try(self, decide: Callable[[], Any]) -> None:
        try:
            decision = decide()
        except DomainError:
            return
        self._happened(decision if isinstance(decision, tuple) else (decision,))

    def _happened(self, events: tuple[OrderEvent, ...]) -> None:
        for event in events:
            before: OrderStatus = self.order.status
            self.order = self.order.apply(event)
            assert self.order.status is before or self.order.status in TRANSITIONS[before]
            self.events.append(event)

    def _asked_refunds(self) -> list[RefundRequested]:
        return [event for event in self.events if isinstance(event, RefundRequested)]

    def _now(self) -> Any:
        self.seconds += 1
        return NOON + timedelta(seconds=self.seconds)


TestOrderLife = OrderLife.TestCase
TestOrderLife.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
