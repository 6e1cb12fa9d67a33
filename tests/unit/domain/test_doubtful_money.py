"""Money that was charged back, doubted or only vouched for, and what a person decides about it."""

from datetime import timedelta

import pytest

from domain.errors import InvalidStateTransitionError
from domain.order.errors import (
    NotInReviewError,
    PaymentAmountMismatchError,
    RefundExceedsCapturedError,
)
from domain.order.events import RefundRequested
from domain.order.pay import record_refund
from domain.order.refund_policy import DeliveryFeePolicy, RefundPolicy
from domain.order.status import CancelReason, OrderStatus, PaymentStatus
from domain.payment.facts import FactKind
from domain.payment.review import ReviewDecision
from tests.support.builders import NOON, OrderBuilder, a_fact, an_order, cny

LATER = NOON + timedelta(hours=1)
KEEP_FEE = RefundPolicy(delivery_fee=DeliveryFeePolicy.KEEP)


def delivered(quantity: int = 3, price: int = 333, fee: int = 50) -> OrderBuilder:
    story = an_order().with_line("mug", quantity, cny(price)).with_delivery_fee(cny(fee))
    return story.paid().planned().arrived()


def refunds(story: OrderBuilder) -> list[tuple[str, int]]:
    return [
        (event.cause, event.amount.amount) for event in story.events if isinstance(event, RefundRequested)
    ]


def test_what_the_provider_sends_back_on_its_own_counts_as_what_was_promised():
    story = delivered().amount_paid_back(cny(600), "a")
    told = [a_fact("pay_ord_1_1", FactKind.CAPTURED, cny(1_049))]

    story.reported(*told, a_fact("pay_ord_1_1", FactKind.REFUNDED, cny(800), event_id="x"))

    assert (story.order.refunded, story.order.promised_back) == (cny(800), cny(249))
    assert story.order.refund("ext_x") is not None


def test_a_second_capture_that_the_provider_sends_back_leaves_the_order_paid():
    story = an_order().paid()
    key = story.attempt
    twice = [a_fact(key), a_fact(key, event_id="again")]
    story.reported(*twice)
    assert story.order.payment_status is PaymentStatus.IN_REVIEW

    story.reported(*twice, a_fact(key, FactKind.REFUNDED)).review_settled(ReviewDecision.DISMISS)

    assert (story.order.status, story.order.payment_status) == (OrderStatus.PAID, PaymentStatus.CAPTURED)
    assert story.order.refunded == cny(0)


def test_a_second_capture_is_not_sent_back_out_of_the_money_that_pays_for_the_goods():
    story = an_order().paid()
    story.reported(a_fact(story.attempt), a_fact(story.attempt, event_id="again"))

    with pytest.raises(RefundExceedsCapturedError) as refused:
        story.review_settled(ReviewDecision.SEND_BACK)

    assert refused.value.facts["amount"] == cny(1_000)
    assert (story.order.status, refunds(story)) == (OrderStatus.PAID, [])


def test_a_second_capture_after_everything_went_back_is_shown_to_a_person_until_it_has_gone_too():
    story = an_order().paid().cancelled().refunded()
    twice = [a_fact(story.attempt), a_fact(story.attempt, event_id="again")]

    story.reported(*twice)

    assert story.order.in_review is not None
    assert story.order.in_review.amount == cny(2_000)
    other = an_order().paid().cancelled().refunded()
    back = [a_fact(other.attempt, FactKind.REFUNDED, event_id=name) for name in ("x", "y")]
    assert other.reported(*twice, *back).order.in_review is None


def test_a_charge_back_keeps_the_status_and_stops_every_other_way_back():
    story = delivered().amount_paid_back(cny(100), "a")
    told = [a_fact("pay_ord_1_1", FactKind.CAPTURED, cny(1_049))]
    story.reported(*told, a_fact("pay_ord_1_1", FactKind.CHARGED_BACK, cny(1_049)))

    assert (story.order.status, story.order.payment_status) == (
        OrderStatus.SHIPPED,
        PaymentStatus.CHARGED_BACK,
    )
    assert [refund.cause for refund in story.order.due_refunds] == []
    with pytest.raises(InvalidStateTransitionError):
        story.amount_paid_back(cny(1), "b")

    story.review_settled(ReviewDecision.DISMISS)
    assert story.order.payment_status is PaymentStatus.CAPTURED
    assert [refund.cause for refund in story.order.due_refunds] == ["a"]


def test_doubtful_money_that_is_sent_back_lets_the_buyer_pay_again():
    story = an_order().in_review(cny(5)).review_settled(ReviewDecision.SEND_BACK)

    assert refunds(story) == [("", 5)]
    assert (story.order.status, story.order.payment_status) == (OrderStatus.CREATED, PaymentStatus.FAILED)
    key = story.attempt
    story._happened(record_refund(story.order, f"ref_{key}", key, cny(5), LATER))
    assert story.paid().order.status is OrderStatus.PAID


def test_only_the_total_is_accepted_as_the_payment():
    told = [a_fact("pay_ord_1_1"), a_fact("pay_ord_1_1", FactKind.FAILED, at=LATER)]
    story = an_order().asked_to_pay().reported(*told)
    assert story.order.payment_status is PaymentStatus.IN_REVIEW

    assert story.review_settled(ReviewDecision.ACCEPT).order.status is OrderStatus.PAID
    with pytest.raises(PaymentAmountMismatchError):
        an_order().in_review(cny(5)).review_settled(ReviewDecision.ACCEPT)


def test_a_capture_that_is_refused_is_a_persons_matter_and_may_be_written_off():
    story = an_order().authorised().planned().arrived().capture_asked().capture_denied()
    assert (story.order.status, story.order.payment_status) == (OrderStatus.SHIPPED, PaymentStatus.IN_REVIEW)

    story.review_settled(ReviewDecision.DISMISS)

    assert story.completed().order.status is OrderStatus.COMPLETED


def test_an_authorisation_that_ends_before_anything_left_ends_the_order():
    story = an_order().authorised().planned()
    key = story.attempt
    story.reported(a_fact(key, FactKind.AUTHORISED), a_fact(key, FactKind.CANCELLED, at=LATER))

    assert (story.order.status, story.order.cancel_reason) == (
        OrderStatus.CANCELLED,
        CancelReason.PAYMENT_FAILED,
    )
    assert story.order.authorisation is None


def test_an_authorisation_that_ends_after_goods_left_is_a_persons_matter():
    story = an_order().authorised().planned().handed_over().capture_asked()
    key = story.attempt
    story.reported(a_fact(key, FactKind.AUTHORISED), a_fact(key, FactKind.CANCELLED, at=LATER))

    assert (story.order.status, story.order.payment_status) == (OrderStatus.SHIPPED, PaymentStatus.IN_REVIEW)
    told = [a_fact(key, kind) for kind in (FactKind.AUTHORISED, FactKind.CAPTURED)]
    assert story.reported(*told).order.payment_status is PaymentStatus.CAPTURED


def test_money_that_comes_after_the_authorisation_was_given_up_goes_back():
    story = an_order().authorised().planned().cancelled()
    key = story.attempt

    story.reported(a_fact(key, FactKind.AUTHORISED), a_fact(key, FactKind.CAPTURED))

    assert refunds(story) == [("", 1_000)]


@pytest.mark.parametrize("amount", [900, 1_100])
def test_another_sum_that_was_taken_of_authorised_money_goes_back_and_nothing_more_is_waited_for(amount):
    story = an_order().authorised().planned().arrived().capture_asked()
    told = [a_fact(story.attempt, FactKind.AUTHORISED), a_fact(story.attempt, amount=cny(amount))]

    story.reported(*told).review_settled(ReviewDecision.SEND_BACK)

    assert (story.order.authorisation, refunds(story)) == (None, [("", amount)])
    assert story.completed().order.status is OrderStatus.COMPLETED


def test_goods_do_not_leave_for_authorised_money_that_was_taken_wrongly_and_sent_back():
    story = an_order().authorised().planned()
    told = [a_fact(story.attempt, FactKind.AUTHORISED), a_fact(story.attempt, amount=cny(900))]

    story.reported(*told).review_settled(ReviewDecision.SEND_BACK)

    assert (story.order.status, story.order.live_shipments) == (OrderStatus.CANCELLED, ())
    assert refunds(story) == [("", 900)]


def test_money_that_the_bank_has_taken_pays_for_nothing():
    story = an_order().asked_to_pay()
    story.reported(a_fact(story.attempt), a_fact(story.attempt, FactKind.CHARGED_BACK))

    with pytest.raises(InvalidStateTransitionError) as refused:
        story.review_settled(ReviewDecision.ACCEPT)

    assert refused.value.facts == {"current": "charged_back", "wanted": "captured"}


def test_money_that_the_bank_gives_up_after_the_order_was_cancelled_goes_back_to_the_buyer():
    story = an_order().paid()
    story.reported(a_fact(story.attempt), a_fact(story.attempt, FactKind.CHARGED_BACK)).cancelled()
    assert refunds(story) == []

    story.review_settled(ReviewDecision.DISMISS).review_settled(ReviewDecision.DISMISS)

    assert refunds(story) == [("", 1_000)]
    assert story.order.promised_back == cny(1_000)


def test_money_that_came_after_the_end_and_that_the_bank_has_given_up_goes_back_too():
    story = an_order().asked_to_pay().cancelled()
    story.reported(a_fact(story.attempt), a_fact(story.attempt, FactKind.CHARGED_BACK))
    assert story.order.captured == cny(0)

    story.review_settled(ReviewDecision.DISMISS)

    assert refunds(story) == [("", 1_000)]


def test_money_in_no_doubt_that_was_promised_back_may_be_asked_for_again_and_is_promised_once():
    story = an_order().paid().cancelled()
    before = list(story.events)

    assert story.review_settled(ReviewDecision.SEND_BACK).events == before
    for decision in (ReviewDecision.ACCEPT, ReviewDecision.DISMISS):
        with pytest.raises(NotInReviewError):
            story.review_settled(decision)
    with pytest.raises(NotInReviewError):
        story.refunded().review_settled(ReviewDecision.SEND_BACK)
