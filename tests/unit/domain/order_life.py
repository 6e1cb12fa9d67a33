"""The random life of an order, as far as its money goes; the goods and the complaints are added to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from domain.catalogue.items import Category
from domain.errors import DomainError
from domain.money import Money, total
from domain.order.cancel import cancel_order
from domain.order.events import OrderEvent
from domain.order.order import Order, fold
from domain.order.pay import (
    capture_refused,
    outcome_of,
    record_refund,
    request_capture,
    request_payment,
    settle_attempt,
    settle_review,
)
from domain.order.place import AgreedPrice, create_order
from domain.order.returns import Refund
from domain.order.status import TRANSITIONS, CancelReason, OrderStatus
from domain.payment.capture import CaptureMode
from domain.payment.facts import FactKind, PaymentFact
from domain.payment.review import ReviewDecision
from tests.support.builders import NOON, PROVIDER, an_order, cny

LINES = st.lists(
    st.tuples(
        st.sampled_from([Category.PHYSICAL, Category.PHYSICAL, Category.SERVICE, Category.VIRTUAL]),
        st.integers(1, 4),
        st.sampled_from([0, 1, 333, 1_000]),
        st.sampled_from(["shop-7", "shop-9"]),
    ),
    min_size=1,
    max_size=4,
)


class MoneyLife(RuleBasedStateMachine):
    """Commands and provider facts in any order; a refusal is fine, a broken invariant is not."""

    @initialize(lines=LINES, fee=st.sampled_from([0, 50]), other=st.sampled_from([0, 7]), data=st.data())
    def begins(self, lines: list[Any], fee: int, other: int, data: st.DataObject) -> None:
        story = an_order()
        for number, (category, quantity, price, merchant) in enumerate(lines):
            story.with_line(f"sku-{number}", quantity, cny(price), merchant=merchant, category=category)
        self.events: list[OrderEvent] = list(story.drafted().events)
        self.order: Order = fold(self.events)
        self.facts: dict[str, list[PaymentFact]] = {}
        self.seconds = 0
        spread = tuple(data.draw(st.integers(0, line.amount.amount)) for line in self.order.lines)
        known = data.draw(st.booleans())
        goods = cny(sum(spread)) if known else total((line.amount for line in self.order.lines), "CNY")
        charges = cny(fee), cny(other)
        whole, parts = goods + charges[0] + charges[1], spread if known else ()
        self.price = AgreedPrice("snap_1", goods, charges[0], whole, charges[1], (), parts)
        self.capture = data.draw(st.sampled_from(CaptureMode))
        self.goes_on(data.draw(st.sampled_from(self.starts)), data)

    starts: tuple[int, ...] = (2, 1, 0)

    def goes_on(self, steps: int, data: st.DataObject) -> None:
        """Some lives begin later, or few of them would ever come far."""
        if steps:
            self.is_created()
            self.is_asked_to_pay()
        if steps > 1:
            self.is_paid()

    @rule()
    def is_created(self) -> None:
        self.attempted(lambda: create_order(self.order, self.price, self.now(), self.now()))

    @rule()
    def is_asked_to_pay(self) -> None:
        self.attempted(lambda: request_payment(self.order, PROVIDER, self.now(), self.capture))

    @precondition(lambda self: self.order.attempts)
    @rule(data=st.data(), kind=st.sampled_from(FactKind))
    def provider_says(self, data: st.DataObject, kind: FactKind) -> None:
        key = data.draw(st.sampled_from(self.order.attempts))
        usual = [self.order.total] * 4
        asked = self.order.capture_asked
        if asked and asked.asked and kind is FactKind.CAPTURED:
            usual += [asked.asked] * 4
        odd = [self.order.total + cny(-1), cny(1), cny(0), Money(1_050, "USD")]
        amount = data.draw(st.sampled_from(usual + odd))
        ours = [None, *(refund.key for refund in self.order.refunds if refund.payment_key == key)]
        refund = data.draw(st.sampled_from(ours)) if kind is FactKind.REFUNDED else None
        self.hears(key, kind, amount, refund)

    @precondition(lambda self: self.order.status is OrderStatus.CREATED and self.order.attempts)
    @rule()
    def is_paid(self) -> None:
        manual = self.order.capture is CaptureMode.MANUAL
        self.hears(
            self.order.attempts[-1], FactKind.AUTHORISED if manual else FactKind.CAPTURED, self.order.total
        )

    @precondition(lambda self: self.order.authorisation and self.order.authorisation.asked)
    @rule()
    def is_captured_as_asked(self) -> None:
        held = self.order.authorisation
        assert held is not None
        assert held.asked is not None
        self.hears(held.payment_key, FactKind.CAPTURED, held.asked)

    @precondition(lambda self: self.facts)
    @rule(data=st.data())
    def provider_repeats_itself(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.facts)))
        before = len(self.events)
        self.settles(key)
        assert len(self.events) == before

    @precondition(lambda self: self.due())
    @rule(data=st.data())
    def money_goes_back(self, data: st.DataObject) -> None:
        due = data.draw(st.sampled_from(self.due()))
        self.said(lambda: record_refund(self.order, due.key, due.payment_key, due.amount, self.now()))
        assert due.key in self.order.refunds_done

    @rule()
    def capture_is_asked(self) -> None:
        self.said(lambda: request_capture(self.order, self.now()))

    @rule()
    def capture_is_refused(self) -> None:
        self.said(lambda: capture_refused(self.order, self.now()))

    @precondition(lambda self: self.order.reviews)
    @rule(data=st.data(), decision=st.sampled_from(ReviewDecision))
    def a_person_decides(self, data: st.DataObject, decision: ReviewDecision) -> None:
        key = data.draw(st.sampled_from([review.payment_key for review in self.order.reviews]))
        self.said(lambda: settle_review(self.order, key, decision, "finance", self.now()))

    @rule(really=st.integers(0, 3))
    def is_cancelled(self, really: int) -> None:
        if not really:
            self.attempted(lambda: cancel_order(self.order, CancelReason.BUYER, "buyer", self.now()))

    def hears(self, key: str, kind: FactKind, amount: Money, refund: str | None = None) -> None:
        told = self.facts.setdefault(key, [])
        told.append(PaymentFact(PROVIDER, f"evt_{key}_{len(told)}", key, kind, amount, self.now(), refund))
        self.settles(key)

    def settles(self, key: str) -> None:
        # Not tried: nothing that a provider says may ever be refused, or the order would be stuck.
        def judged() -> tuple[OrderEvent, ...]:
            return settle_attempt(self.order, key, outcome_of(self.order, key, self.facts[key]), self.now())

        self.happened(judged())
        assert judged() == ()

    def attempted(self, decide: Callable[[], Any]) -> None:
        """A command that may be refused."""
        try:
            decision = decide()
        except DomainError:
            return
        self.happened(decision if isinstance(decision, tuple) else (decision,))

    def said(self, decide: Callable[[], tuple[OrderEvent, ...]]) -> bool:
        """A command that may be refused, and of which a repeat changes nothing."""
        try:
            decision = decide()
        except DomainError:
            return False
        self.happened(decision)
        assert decide() == ()
        return True

    def happened(self, events: tuple[OrderEvent, ...]) -> None:
        for event in events:
            before: OrderStatus = self.order.status
            self.order = self.order.apply(event)
            assert self.order.status is before or self.order.status in TRANSITIONS[before]
            self.events.append(event)

    def due(self) -> list[Refund]:
        return [refund for refund in self.order.refunds if not refund.done]

    def now(self) -> datetime:
        self.seconds += 1
        return NOON + timedelta(seconds=self.seconds)
