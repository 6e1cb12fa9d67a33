"""What was sold is what was charged; what went back of it is divided among its lines to the minor unit."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.order.dated import DatedOrder, after
from domain.order.sold import day_sales, sold_lines
from tests.support.builders import NOON, OrderBuilder, an_order, cny

TODAY = NOON.date()


def dated(story: OrderBuilder) -> DatedOrder:
    state: DatedOrder | None = None
    for event in story.events:
        state = after(event, state)
    assert state is not None
    return state


def a_cart() -> OrderBuilder:
    """Two mugs of one merchant, a tea of another, and 5.00 for delivery: 45.00."""
    cart = an_order().with_line("mug", 2, cny(1_000)).with_line("tea", 1, cny(2_000), merchant="shop-9")
    return cart.with_delivery_fee(cny(500))


def promise_kept(story: OrderBuilder) -> None:
    """The newest promise of money is kept."""
    promised = story.order.refunds[-1]
    story.refunded(promised.amount, promised.key)


def test_an_order_is_sold_when_its_money_is_there():
    story = a_cart().paid()

    sales = day_sales(dated(story))

    assert {merchant: (day.orders, day.units, day.goods) for (merchant, _), day in sales.items()} == {
        "shop-7": (1, 2, 2_000),
        "shop-9": (1, 1, 2_000),
    }
    assert dated(story).sold_at == story.now


def test_an_order_that_waits_for_money_is_not_sold():
    assert sold_lines(dated(a_cart().created())) == ()


def test_money_that_was_vouched_for_and_given_up_was_no_sale():
    assert sold_lines(dated(a_cart().authorised())) != ()
    assert sold_lines(dated(a_cart().authorised().cancelled())) == ()


def test_two_lines_of_one_merchant_are_one_order():
    story = an_order().with_line("mug").with_line("tea").paid()

    (day,) = day_sales(dated(story)).values()

    assert (day.orders, day.units) == (1, 2)


def test_the_whole_money_going_back_is_the_whole_sale_going_back():
    story = a_cart().paid().cancelled()
    state = dated(story.refunded(key=story.order.refunds[0].key))

    lines = sold_lines(state)

    assert [(line.goods, sum(part.amount for part in line.refunds)) for line in lines] == [
        (2_000, 2_000),
        (2_000, 2_000),
    ]
    assert [sum(part.quantity for part in line.refunds) for line in lines] == [2, 1]


def test_a_refund_counts_on_the_day_on_which_its_money_went():
    story = a_cart().paid().planned().booked().handed_over().arrived()
    story.asked_to_return((1, 1)).return_agreed().goods_returned((1, 1))
    story.now += timedelta(days=3)
    (refund,) = story.order.refunds
    state = dated(story.refunded(refund.amount, refund.key))

    sales = day_sales(state)

    assert sales["shop-7", TODAY].refunds == 0
    assert sales["shop-7", TODAY + timedelta(days=3)].refunds == 1_000
    assert sold_lines(state)[0].refunds[0].quantity == 1


def test_goods_that_were_dropped_before_the_capture_were_never_sold():
    story = an_order().with_line("mug", 3, cny(1_000)).authorised().planned((1, 2, "north"), (1, 1, "south"))
    story.booked(1).booked(2).handed_over(1).handed_over(2).lost(2).capture_asked().captured()

    (line,) = sold_lines(dated(story))

    assert (line.quantity, line.goods) == (2, 2_000)
    assert story.order.captured == cny(2_000)


def test_units_whose_money_went_already_in_part_take_the_rest_from_what_is_left():
    """15.00 went back for nothing in particular, then both mugs at 20.00, then all that was left."""
    story = a_cart().paid().planned((1, 2, "north"), (2, 1, "south")).booked(1).booked(2)
    story.handed_over(1).handed_over(2).arrived(1).arrived(2)
    promise_kept(story.amount_paid_back(cny(1_500), "goodwill"))
    promise_kept(story.asked_to_return((1, 2)).return_agreed().goods_returned((1, 2)))
    mugs = story.order.refunds[-1]

    first = sold_lines(dated(story))
    promise_kept(story.amount_paid_back(story.order.refundable, "rest"))
    last = sold_lines(dated(story))

    assert mugs.amount == cny(2_000)
    charges_kept = 500 - (3_500 - sum(part.amount for line in first for part in line.refunds))
    assert 0 <= charges_kept <= 500
    assert [sum(part.amount for part in line.refunds) for line in last] == [2_000, 2_000]
    assert [sum(part.quantity for part in line.refunds) for line in last] == [2, 1]


@given(
    prices=st.lists(st.integers(0, 9_999), min_size=1, max_size=4),
    fee=st.integers(1, 2_000),
    steps=st.lists(st.integers(1, 5_000), max_size=4),
)
def test_no_line_gives_back_more_than_it_was_sold_for_and_all_of_it_when_all_went(
    prices: list[int], fee: int, steps: list[int]
):
    story = an_order()
    for price in prices:
        story.with_line("mug", 2, cny(price))
    story.with_delivery_fee(cny(fee)).paid().shipped()
    for number, amount in enumerate(steps):
        left = story.order.refundable
        if not left.is_zero:
            promise_kept(story.amount_paid_back(min(cny(amount), left), f"rfd_{number}"))

    lines = sold_lines(dated(story))

    back = sum(part.amount for line in lines for part in line.refunds)
    assert all(0 <= sum(part.amount for part in line.refunds) <= line.goods for line in lines)
    assert back <= story.order.refunded.amount <= back + fee
    if story.order.refundable.is_zero:
        assert back == story.order.goods.amount
