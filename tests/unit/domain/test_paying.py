"""Money is taken once and never forgotten, in whatever order the news of it arrives (C6)."""

from datetime import timedelta
from typing import Any, cast

import pytest

from domain.order.errors import PaymentNotPendingError, UnknownAttemptError
from domain.order.events import (
    RefundRequested,
)
from domain.order.pay import (
    MOST_ATTEMPTS,
    payment_key,
    request_payment,
    settle_attempt,
)
from domain.order.status import OrderStatus, PaymentStatus
from domain.payment.facts import FactKind
from domain.payment.outcome import AttemptOutcome, judge_attempt
from tests.support.builders import NOON, PROVIDER, OrderBuilder, a_fact, an_order, cny

FIRST, SECOND = payment_key("ord_1", 1), payment_key("ord_1", 2)
LATER = NOON + timedelta(hours=1)


def captured(key: str, amount: int = 1_000):
    return a_fact(key, FactKind.CAPTURED, cny(amount))


def refunds_asked(story: OrderBuilder) -> list[tuple[str, int]]:
    asked = [event for event in story.events if isinstance(event, RefundRequested)]
    return [(event.payment_key, event.amount.amount) for event in asked]


def test_each_attempt_has_its_own_key_and_asks_for_the_total():
    order = an_order().with_line(price=cny(700)).with_delivery_fee(cny(50)).declined().order

    asked = request_payment(order, PROVIDER, LATER)

    assert (asked.payment_key, asked.attempt, asked.amount) == (SECOND, 2, cny(750))


def test_after_ten_attempts_nobody_is_asked_again():
    story = an_order().created()
    for _ in range(MOST_ATTEMPTS):
        story.declined()

    with pytest.raises(PaymentNotPendingError) as refused:
        request_payment(story.order, PROVIDER, LATER)

    assert refused.value.facts == {"payment_status": "failed", "attempts": MOST_ATTEMPTS}


def test_the_same_news_twice_has_one_effect():
    story = an_order().paid()

    again = settle_attempt(story.order, FIRST, judge_attempt(cny(1_000), [captured(FIRST)]), LATER)

    assert again == ()


@pytest.mark.parametrize("kind", [FactKind.AUTHORISED, FactKind.REFUNDED])
def test_news_without_money_waits(kind):
    story = an_order().asked_to_pay()

    assert story.reported(a_fact(FIRST, kind)).order.payment_status is PaymentStatus.PENDING


@pytest.mark.parametrize("kind", [FactKind.FAILED, FactKind.CANCELLED])
def test_a_failed_attempt_leaves_the_order_waiting_for_another(kind):
    order = an_order().asked_to_pay().reported(a_fact(FIRST, kind)).order

    assert (order.status, order.payment_status) == (OrderStatus.CREATED, PaymentStatus.FAILED)


def test_a_late_failure_of_an_old_attempt_does_not_fail_the_running_one():
    story = an_order().declined().asked_to_pay()

    assert story.reported(a_fact(FIRST, FactKind.FAILED)).order.payment_status is PaymentStatus.PENDING


def test_a_failed_attempt_that_succeeds_after_all_pays_the_order():
    story = an_order().declined().reported(captured(FIRST))

    assert story.order.status is OrderStatus.PAID


def test_a_second_captured_attempt_goes_back_once():
    story = an_order().declined().asked_to_pay().reported(captured(FIRST))

    story.reported(captured(SECOND)).reported(captured(SECOND))

    assert refunds_asked(story) == [(SECOND, 1_000)]
    assert story.order.payment_status is PaymentStatus.CAPTURED
    assert story.order.captured == cny(2_000)


def test_the_wrong_amount_never_pays_and_waits_for_a_person():
    order = an_order().in_review(cny(999)).order

    assert (order.status, order.payment_status) == (OrderStatus.CREATED, PaymentStatus.IN_REVIEW)
    assert order.in_review is not None
    assert (order.in_review.payment_key, order.in_review.amount) == (FIRST, cny(999))
    assert order.captured == cny(0)


def test_the_same_contradiction_is_recorded_once():
    story = an_order().in_review(cny(999))
    before = len(story.events)

    assert len(story.reported(captured(FIRST, 999)).events) == before


def test_another_contradiction_of_the_same_attempt_is_recorded():
    story = an_order().in_review(cny(999))

    story.reported(captured(FIRST, 999), a_fact(FIRST, FactKind.CHARGED_BACK))

    assert story.order.payment_status is PaymentStatus.CHARGED_BACK
    assert len(story.order.reviews) == 1


def test_doubtful_money_beside_a_good_payment_does_not_unpay_the_order():
    story = an_order().declined().asked_to_pay().reported(captured(SECOND))

    order = story.reported(captured(FIRST, 300)).order

    assert (order.status, order.payment_status) == (OrderStatus.PAID, PaymentStatus.CAPTURED)
    assert order.in_review is not None


def test_a_payment_that_failed_afterwards_is_looked_at_by_a_person():
    failed_later = a_fact(FIRST, FactKind.FAILED, at=LATER)

    order = an_order().paid().reported(captured(FIRST), failed_later).order

    assert (order.status, order.payment_status) == (OrderStatus.PAID, PaymentStatus.IN_REVIEW)


def test_an_outcome_that_nobody_knows_is_not_guessed():
    order = an_order().asked_to_pay().order

    with pytest.raises(AssertionError):
        settle_attempt(order, FIRST, AttemptOutcome(cast("Any", "lost"), cny(0), cny(0)), LATER)


def test_money_for_an_attempt_of_another_order_is_refused():
    foreign = payment_key("ord_2", 1)

    with pytest.raises(UnknownAttemptError):
        an_order().asked_to_pay().reported(captured(foreign))
