"""After delivery: what may come back, and what is paid for it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidValueError
from domain.order.after_sale import kept_after, link_exchange, returnable
from domain.order.counts import allocated_goods
from domain.order.errors import (
    NotReturnableError,
    RefundExceedsCapturedError,
    ReturnClosedError,
)
from domain.order.events import RefundRequested
from domain.order.place import AgreedPrice, create_order
from domain.order.refund import refund_units
from domain.order.refund_policy import DeliveryFeePolicy, RefundPolicy
from domain.order.returns import ReturnStatus
from domain.order.shipments import Units
from domain.order.status import AfterSaleStatus, CancelReason, FulfilmentStatus, OrderStatus
from tests.support.builders import NOON, OrderBuilder, an_order, cny

LATER = NOON + timedelta(hours=1)
KEEP_FEE = RefundPolicy(delivery_fee=DeliveryFeePolicy.KEEP)


def delivered(quantity: int = 3, price: int = 333, fee: int = 50) -> OrderBuilder:
    story = an_order().with_line("mug", quantity, cny(price)).with_delivery_fee(cny(fee))
    return story.paid().planned().arrived()


def refunds(story: OrderBuilder) -> list[tuple[str, int]]:
    return [
        (event.cause, event.amount.amount) for event in story.events if isinstance(event, RefundRequested)
    ]


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 5_000)), min_size=1, max_size=4),
    st.randoms(use_true_random=False),
)
def test_the_parts_of_every_line_sum_up_to_it_however_they_go_back(lines, random):
    story = an_order()
    for number, (quantity, _) in enumerate(lines):
        story.with_line(f"sku-{number}", quantity, cny(10_000))
    order = story.drafted().order
    spread = tuple(goods for _, goods in lines)
    goods = cny(sum(spread))
    price = AgreedPrice("snap_1", goods, cny(0), goods, line_goods=spread)
    story._happened([create_order(order, price, LATER, LATER)])
    story.paid().planned().arrived()
    units = [(line.line, 1) for line in story.order.lines for _ in range(line.quantity)]
    random.shuffle(units)

    for number, unit in enumerate(units):
        story.units_paid_back(unit, name=f"rfd_{number}")

    by_line = dict.fromkeys(range(1, len(lines) + 1), 0)
    for refund in story.order.refunds:
        for part in refund.units:
            by_line[part.line] += part.amount
    assert tuple(by_line.values()) == spread
    assert story.order.refundable == cny(0)


def test_units_cost_their_part_of_the_line_after_what_was_paid_back_before():
    story = delivered(quantity=3, price=333).units_paid_back((1, 1))

    assert [part.amount for part in allocated_goods(story.order, [Units(1, 2)])] == [666]


def test_a_return_is_paid_back_when_the_goods_are_here_and_the_fee_stays_with_the_rest():
    story = delivered().asked_to_return((1, 2)).return_agreed()
    assert refunds(story) == []
    assert story.order.after_sale_status is AfterSaleStatus.APPROVED

    story.goods_returned((1, 2))

    assert refunds(story) == [("ret_1", 666)]
    story.refunded(cny(666), "ref_pay_ord_1_1_ret_1")
    case = story.order.return_case("ret_1")
    assert case is not None
    assert (case.status, story.order.after_sale_status) == (ReturnStatus.REFUNDED, AfterSaleStatus.DONE)
    assert (story.order.status, story.order.fulfilment_status) == (
        OrderStatus.SHIPPED,
        FulfilmentStatus.DELIVERED,
    )


@pytest.mark.parametrize(("policy", "amount"), [(RefundPolicy(), 1_049), (KEEP_FEE, 999)])
def test_the_delivery_fee_goes_back_with_the_last_goods_when_the_policy_says_so(policy, amount):
    story = delivered().asked_to_return((1, 3)).return_agreed().goods_returned((1, 3), policy=policy)

    assert refunds(story) == [("ret_1", amount)]
    assert story.order.fulfilment_status is FulfilmentStatus.RETURNED
    story.refunded(cny(amount), "ref_pay_ord_1_1_ret_1")
    ended = story.order.status is OrderStatus.CANCELLED
    assert ended == (amount == 1_049)
    assert story.order.cancel_reason is (CancelReason.REFUNDED if ended else None)


def test_all_other_charges_go_back_with_the_last_goods_and_not_before():
    story = an_order().with_line("mug", 2).agreed_at(cny(500), charges=cny(70)).paid().planned().arrived()

    for name in ("a", "b"):
        story.units_paid_back((1, 1), name=name, policy=KEEP_FEE)

    assert refunds(story) == [("a", 500), ("b", 570)]


@pytest.mark.parametrize(("claw_back", "amount"), [(0, 333), (33, 300), (333, 0), (9_999, 0)])
def test_what_is_clawed_back_lessens_a_refund_and_never_makes_the_buyer_pay(claw_back, amount):
    story = delivered().asked_to_return((1, 1)).return_agreed()

    story.goods_returned((1, 1), claw_back=cny(claw_back))

    assert refunds(story) == [("ret_1", amount)]
    case = story.order.return_case("ret_1")
    assert case is not None
    assert case.is_open == (amount > 0)


def test_goods_that_may_stay_are_paid_back_at_once():
    story = delivered().asked_to_return((1, 1)).return_agreed(goods_back=False)

    assert refunds(story) == [("ret_1", 333)]


def test_nothing_comes_back_twice():
    story = delivered().asked_to_return((1, 2))

    with pytest.raises(NotReturnableError) as refused:
        story.asked_to_return((1, 2), name="ret_2")
    assert {name: refused.value.facts[name] for name in ("line", "wanted", "left")} == {
        "line": 1,
        "wanted": 2,
        "left": 1,
    }
    assert returnable(story.return_rejected().order) == (Units(1, 3),)


def test_units_that_were_paid_back_otherwise_cannot_come_back():
    story = delivered().units_paid_back((1, 2))

    assert returnable(story.order) == (Units(1, 1),)
    assert kept_after(story.order, [Units(1, 1)]) == ()


def test_half_a_minor_unit_goes_to_the_buyer_first():
    story = an_order().with_line("mug", 2, cny(10_000)).drafted()
    price = AgreedPrice("snap_1", cny(333), cny(0), cny(333), line_goods=(333,))
    story._happened([create_order(story.order, price, LATER, LATER)])
    story.paid().planned().arrived()

    (first,) = allocated_goods(story.order, [Units(1, 1)])
    (second,) = allocated_goods(story.units_paid_back((1, 1)).order, [Units(1, 1)])

    assert (first.amount, second.amount) == (167, 166)


def test_no_unit_is_paid_back_twice_under_two_names():
    story = delivered(3, 333, 1_000).units_paid_back((1, 2))  # the fee leaves money enough for a fourth

    with pytest.raises(NotReturnableError) as refused:
        refund_units(story.order, "rfd_again", [Units(1, 2)], "goodwill", KEEP_FEE, LATER)

    assert refused.value.facts["left"] == 1


def test_only_units_of_parcels_that_arrived_come_back():
    story = an_order().with_line("mug", 3, cny(333)).paid().planned((1, 2, "main"), (1, 1, "west"))
    story.arrived(1).lost(2)

    assert returnable(story.order) == (Units(1, 2),)


def test_what_never_comes_is_kept_by_the_buyer():
    story = delivered().asked_to_return((1, 1)).return_agreed().never_came()

    case = story.order.return_case("ret_1")
    assert case is not None
    assert case.status is ReturnStatus.REJECTED
    assert returnable(story.order) == (Units(1, 3),)
    assert refunds(story) == []


def test_another_word_on_a_decided_return_is_refused_and_the_same_one_is_known():
    story = delivered().asked_to_return((1, 1)).return_agreed()
    before = len(story.events)

    assert len(story.return_agreed().events) == before
    with pytest.raises(ReturnClosedError):
        story.return_rejected()
    with pytest.raises(ReturnClosedError):
        story.return_agreed(goods_back=False)


def test_more_than_was_asked_for_is_not_received():
    story = delivered().asked_to_return((1, 1)).return_agreed()

    with pytest.raises(NotReturnableError):
        story.goods_returned((1, 2))


def test_an_exchange_is_a_return_and_another_order():
    story = delivered().asked_to_return((1, 1), exchange=True).return_agreed().goods_returned((1, 1))
    story.exchanged("ord_2")

    assert link_exchange(story.order, "ret_1", "ord_2", LATER) == ()
    with pytest.raises(ReturnClosedError):
        story.exchanged("ord_3")
    with pytest.raises(InvalidValueError):
        delivered().asked_to_return((1, 1)).exchanged("ord_2")


def test_returns_go_on_after_the_order_is_completed():
    story = delivered().completed().asked_to_return((1, 3)).return_agreed().goods_returned((1, 3))

    story.refunded(cny(1_049), "ref_pay_ord_1_1_ret_1")

    assert (story.order.status, story.order.cancel_reason) == (OrderStatus.CANCELLED, CancelReason.REFUNDED)


def test_two_equal_amounts_go_back_under_two_names_and_one_under_one():
    story = delivered().amount_paid_back(cny(100), "a").amount_paid_back(cny(100), "b")
    story.amount_paid_back(cny(100), "b")

    assert refunds(story) == [("a", 100), ("b", 100)]
    assert (story.order.promised_back, story.order.refundable) == (cny(200), cny(849))


def test_promises_and_what_went_back_never_exceed_what_came():
    story = delivered().amount_paid_back(cny(1_000), "a")

    with pytest.raises(RefundExceedsCapturedError):
        story.amount_paid_back(cny(50), "b")
    with pytest.raises(RefundExceedsCapturedError):
        story.units_paid_back((1, 1), name="c")
    assert refunds(story.all_paid_back("d")) == [("a", 1_000), ("d", 49)]


def test_goods_that_are_back_are_never_refused_for_money_that_is_gone():
    story = delivered().asked_to_return((1, 3)).return_agreed().amount_paid_back(cny(1_000), "a")

    assert refunds(story.goods_returned((1, 3))) == [("a", 1_000), ("ret_1", 49)]
