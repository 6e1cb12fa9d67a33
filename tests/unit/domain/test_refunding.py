"""What came and is not wanted goes back, once, and a full refund ends the order (C5, A22)."""

from datetime import timedelta

import pytest

from domain.errors import InvalidStateTransitionError
from domain.order.errors import RefundExceedsCapturedError
from domain.order.events import (
    LatePaymentReceived,
    OrderCancelled,
    PaymentRefunded,
    RefundRequested,
)
from domain.order.pay import (
    payment_key,
    record_refund,
    refund_key,
    settle_attempt,
)
from domain.order.status import CancelReason, OrderStatus, PaymentStatus
from domain.payment.facts import FactKind
from domain.payment.outcome import judge_attempt
from tests.support.builders import NOON, OrderBuilder, a_fact, an_order, cny

FIRST, SECOND = payment_key("ord_1", 1), payment_key("ord_1", 2)
LATER = NOON + timedelta(hours=1)


def captured(key: str, amount: int = 1_000):
    return a_fact(key, FactKind.CAPTURED, cny(amount))


def refunds_asked(story: OrderBuilder) -> list[tuple[str, int]]:
    asked = [event for event in story.events if isinstance(event, RefundRequested)]
    return [(event.payment_key, event.amount.amount) for event in asked]


def test_money_after_the_end_is_recorded_and_goes_back_once():
    story = an_order().asked_to_pay().cancelled(CancelReason.PAYMENT_TIMEOUT)

    story.reported(captured(FIRST)).reported(captured(FIRST))

    assert refunds_asked(story) == [(FIRST, 1_000)]
    assert story.order.payment_status is PaymentStatus.CAPTURED


def test_what_a_provider_gave_back_too_little_is_promised_again_under_a_key_of_its_own():
    story = an_order().asked_to_pay().cancelled().reported(captured(FIRST))
    too_little = a_fact(FIRST, FactKind.REFUNDED, cny(990), refund=refund_key(FIRST))

    story.reported(too_little).reported(too_little)

    assert refunds_asked(story) == [(FIRST, 1_000), (FIRST, 10)]
    (open_promise,) = [refund for refund in story.order.refunds if not refund.done]
    assert (open_promise.key, open_promise.amount) == (f"{refund_key(FIRST)}_rest", cny(10))
    the_rest = a_fact(FIRST, FactKind.REFUNDED, cny(10), event_id="evt_rest", refund=open_promise.key)
    story.reported(the_rest)
    assert (story.order.payment_status, story.order.promised_back) == (PaymentStatus.REFUNDED, cny(0))


def test_returned_late_money_leaves_the_order_refunded():
    story = an_order().asked_to_pay().cancelled().reported(captured(FIRST))

    back = record_refund(story.order, refund_key(FIRST), FIRST, cny(1_000), LATER)

    order = story.order.apply(back[0])
    assert (order.payment_status, order.refunded) == (PaymentStatus.REFUNDED, cny(1_000))
    assert record_refund(order, refund_key(FIRST), FIRST, cny(1_000), LATER) == ()


def test_returning_a_double_payment_leaves_the_good_one_alone():
    story = an_order().declined().asked_to_pay().reported(captured(FIRST)).reported(captured(SECOND))

    (back,) = record_refund(story.order, refund_key(SECOND), SECOND, cny(1_000), LATER)

    order = story.order.apply(back)
    assert (order.status, order.payment_status) == (OrderStatus.PAID, PaymentStatus.CAPTURED)
    assert order.captured - order.refunded == order.total


def test_wrong_money_of_one_attempt_is_not_forgotten_when_another_pays():
    story = an_order().declined().asked_to_pay()
    story.reported(captured(FIRST, 300)).reported(captured(SECOND))
    assert story.order.status is OrderStatus.PAID
    assert story.order.in_review is not None

    story.cancelled()

    assert sorted(refunds_asked(story)) == [(FIRST, 300), (SECOND, 1_000)]
    assert story.order.in_review is None


def test_money_in_review_goes_back_with_the_cancelled_order_and_stays_settled():
    story = an_order().in_review(cny(999)).cancelled()
    assert refunds_asked(story) == [(FIRST, 999)]

    back = record_refund(story.order, refund_key(FIRST), FIRST, cny(999), LATER)
    order = story.order.apply(back[0])
    again = settle_attempt(order, FIRST, judge_attempt(cny(1_000), [captured(FIRST, 999)]), LATER)

    assert again == ()
    assert order.payment_status is PaymentStatus.REFUNDED


def test_money_of_another_currency_in_review_is_left_to_a_person():
    dollars = a_fact(FIRST, FactKind.CAPTURED, an_order(currency="USD").created().order.total)
    story = an_order().asked_to_pay().reported(dollars).cancelled()

    assert refunds_asked(story) == []
    assert story.order.in_review is not None


@pytest.mark.parametrize("story", [an_order().paid(), an_order().asked_to_pay()])
def test_money_that_the_bank_took_back_is_not_refunded_on_top(story):
    story.reported(captured(FIRST), a_fact(FIRST, FactKind.CHARGED_BACK, at=LATER)).cancelled()

    assert refunds_asked(story) == []
    assert story.order.payment_status is PaymentStatus.CHARGED_BACK


def test_a_refunded_payment_needs_no_review_any_more():
    failed_later = a_fact(FIRST, FactKind.FAILED, at=LATER)
    story = an_order().paid().reported(captured(FIRST), failed_later)

    assert story.cancelled().refunded().order.in_review is None


def test_cancelling_a_paid_order_asks_for_its_money_back_under_one_key():
    story = an_order().paid().cancelled()

    (asked,) = [event for event in story.events if isinstance(event, RefundRequested)]
    assert (asked.refund_key, asked.amount) == (refund_key(FIRST), cny(1_000))
    assert story.order.status is OrderStatus.CANCELLED


def test_cancelling_after_a_part_refund_returns_the_rest():
    story = an_order().paid().refunded(cny(400), "ref_part").cancelled()

    assert refunds_asked(story) == [(FIRST, 600)]


def test_cancelling_an_unpaid_order_moves_no_money():
    story = an_order().asked_to_pay().cancelled()

    assert refunds_asked(story) == []
    assert story.order.payment_status is PaymentStatus.FAILED


def test_the_buyer_may_pay_what_arrives_while_the_order_is_being_cancelled_and_gets_it_back():
    story = an_order().asked_to_pay().cancelled()

    events = settle_attempt(story.order, FIRST, judge_attempt(cny(1_000), [captured(FIRST)]), LATER)

    assert [type(event) for event in events] == [LatePaymentReceived, RefundRequested]


def test_two_equal_part_refunds_are_two_refunds():
    order = an_order().paid().refunded(cny(300), "ref_a").refunded(cny(300), "ref_b").order

    assert (order.refunded, order.payment_status) == (cny(600), PaymentStatus.PARTIALLY_REFUNDED)


def test_refunds_together_never_exceed_what_was_captured():
    order = an_order().paid().refunded(cny(600), "ref_a").order

    with pytest.raises(RefundExceedsCapturedError):
        record_refund(order, "ref_b", FIRST, cny(401), LATER)


@pytest.mark.parametrize("amount", [0, -1])
def test_giving_back_nothing_is_no_refund(amount):
    with pytest.raises(RefundExceedsCapturedError):
        record_refund(an_order().paid().order, "ref_a", FIRST, cny(amount), LATER)


@pytest.mark.parametrize(
    "story",
    [
        an_order().paid(),
        an_order().paid().shipped(),
        an_order().paid().shipped().delivered().completed(),
    ],
)
def test_a_full_refund_ends_the_order_as_cancelled(story):
    order = story.refunded(cny(400), "ref_a").refunded(cny(600), "ref_b").order

    assert (order.status, order.cancel_reason) == (OrderStatus.CANCELLED, CancelReason.REFUNDED)
    assert order.payment_status is PaymentStatus.REFUNDED


def test_a_part_refund_after_shipment_leaves_the_order_shipped():
    story = an_order().paid().shipped().refunded(cny(999), "ref_a")

    assert story.order.status is OrderStatus.SHIPPED
    assert isinstance(story.events[-1], PaymentRefunded)


def test_a_refund_of_a_cancelled_order_does_not_end_it_again():
    story = an_order().paid().cancelled().refunded()

    assert [type(event) for event in story.events].count(OrderCancelled) == 1


def test_a_shipped_order_is_not_cancelled_by_command():
    with pytest.raises(InvalidStateTransitionError) as refused:
        an_order().paid().shipped().cancelled()

    assert refused.value.facts == {"current": "shipped", "wanted": "cancelled"}
