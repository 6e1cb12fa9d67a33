"""From a wish to an agreed price, and from payment to the end of a good story."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.catalogue.items import Category
from domain.errors import InvalidStateTransitionError, InvalidValueError
from domain.money import Money
from domain.order.actions import Action, allowed_actions
from domain.order.cancel import cancel_order
from domain.order.errors import EmptyOrderError, IllegalEventError, MixedCurrenciesError
from domain.order.lines import MOST_LINES
from domain.order.order import fold
from domain.order.pay import MOST_ATTEMPTS, request_payment
from domain.order.place import AgreedPrice, Wish, create_order, draft_order
from domain.order.ship import is_all_virtual
from domain.order.status import CancelReason, OrderStatus, PaymentStatus
from tests.support.builders import HOME, NOON, PROVIDER, a_line, an_order, cny
from tests.unit.domain.states import STORIES

LATER = NOON + timedelta(minutes=1)
WISH = Wish("ord_1", "NUMBER", "buyer-1", "CNY", (a_line(),), HOME, "snap_1")


def test_a_wish_becomes_a_draft_with_everything_that_was_wished():
    drafted = draft_order(WISH, NOON)

    wished = (drafted.order_id, drafted.number, drafted.buyer_id, drafted.lines, drafted.address)
    assert wished == ("ord_1", "NUMBER", "buyer-1", (a_line(),), HOME)
    assert drafted.drafted_at == NOON


def test_a_wish_for_nothing_is_refused():
    with pytest.raises(EmptyOrderError):
        draft_order(replace(WISH, lines=()), NOON)


def test_a_thousand_lines_are_an_order_and_one_more_is_not():
    thousand = tuple(a_line(line=number) for number in range(1, MOST_LINES + 1))

    assert len(draft_order(replace(WISH, lines=thousand), NOON).lines) == 1_000
    with pytest.raises(InvalidValueError):
        draft_order(replace(WISH, lines=(*thousand, a_line())), NOON)


def test_one_order_has_one_currency():
    dollars = a_line(price=Money(5, "USD"))

    with pytest.raises(MixedCurrenciesError) as refused:
        draft_order(replace(WISH, lines=(a_line(), dollars)), NOON)

    assert refused.value.facts == {"expected": "CNY", "actual": "USD"}


@pytest.mark.parametrize(("goods", "fee", "total"), [(1_000, 50, 1_049), (1_000, 50, 1_051), (-10, 5, -5)])
def test_an_agreed_price_is_the_sum_of_its_parts_and_not_negative(goods, fee, total):
    with pytest.raises(InvalidValueError):
        AgreedPrice("snap_1", cny(goods), cny(fee), cny(total))


def test_other_charges_belong_to_the_sum_of_an_agreed_price():
    price = AgreedPrice("snap_1", cny(1_000), cny(50), cny(1_080), other_charges=cny(30))

    created = create_order(an_order().drafted().order, price, LATER, NOON)

    assert created.other_charges == cny(30)
    assert an_order().drafted().order.apply(created).other_charges == cny(30)
    with pytest.raises(InvalidValueError):
        AgreedPrice("snap_1", cny(1_000), cny(50), cny(1_080))


def test_an_order_has_the_prices_that_were_agreed_last():
    order = an_order().with_line("mug", 2).with_line("pen").agreed_at(cny(1_500), cny(300)).created().order

    assert [line.unit_price for line in order.lines] == [cny(1_500), cny(300)]
    assert (order.goods, order.line_goods) == (cny(3_300), (3_000, 300))


@pytest.mark.parametrize("said", [True, False], ids=["by the price", "by the draft"])
def test_an_agreement_states_its_lines_and_charges_also_when_they_are_those_of_the_draft(said):
    draft = an_order().drafted().order
    lines = draft.lines if said else ()
    price = AgreedPrice("snap_2", cny(1_000), cny(0), cny(1_000), lines=lines, line_goods=(1_000,))

    created = create_order(draft, price, LATER, NOON)

    assert (created.lines, created.other_charges, created.line_goods) == (draft.lines, cny(0), (1_000,))
    assert draft.apply(created).lines == draft.lines


@pytest.mark.parametrize(
    "lines",
    [(a_line("cup"),), (a_line(quantity=2),), (a_line(), a_line(line=2))],
    ids=["sku", "units", "more"],
)
def test_a_price_of_other_goods_cannot_be_agreed_to(lines):
    price = AgreedPrice("snap_2", cny(1_000), cny(0), cny(1_000), lines=lines)

    with pytest.raises(InvalidValueError):
        create_order(an_order().drafted().order, price, LATER, NOON)


@pytest.mark.parametrize("parts", [(999,), (1_001,), (500, 500), (0, 1_000)])
def test_the_parts_of_the_lines_are_one_each_and_sum_to_the_goods(parts):
    price = AgreedPrice("snap_1", cny(1_000), cny(0), cny(1_000), line_goods=parts)

    with pytest.raises(InvalidValueError):
        create_order(an_order().drafted().order, price, LATER, NOON)


def test_a_line_may_cost_nothing_and_none_can_cost_less():
    order = an_order().with_line("mug").with_line("gift").drafted().order
    free = AgreedPrice("snap_1", cny(1_000), cny(0), cny(1_000), line_goods=(1_000, 0))
    less = replace(free, line_goods=(1_001, -1))

    assert order.apply(create_order(order, free, LATER, NOON)).line_goods == (1_000, 0)
    with pytest.raises(InvalidValueError):
        create_order(order, less, LATER, NOON)


@pytest.mark.parametrize(
    "wrong",
    [{"other_charges": cny(1)}, {"line_goods": (999,)}, {"line_goods": (500, 500)}, {"total": cny(1_001)}],
)
def test_a_stored_agreement_that_does_not_sum_up_is_not_folded(wrong):
    story = an_order().created()
    drafted, created = story.events

    with pytest.raises(IllegalEventError):
        fold([drafted, replace(created, **wrong)])


def test_a_price_in_another_currency_does_not_create_the_order():
    dollars = AgreedPrice("snap_1", Money(5, "USD"), Money(0, "USD"), Money(5, "USD"))

    with pytest.raises(MixedCurrenciesError):
        create_order(an_order().drafted().order, dollars, LATER, NOON)


def test_a_draft_that_lost_its_lines_is_not_created():
    empty = replace(an_order().drafted().order, lines=())

    with pytest.raises(EmptyOrderError):
        create_order(empty, AgreedPrice("snap_1", cny(0), cny(0), cny(0)), LATER, NOON)


def test_the_confirmed_snapshot_replaces_the_first_one():
    price = AgreedPrice("snap_2", cny(900), cny(0), cny(900))
    order = an_order().drafted().order

    created = order.apply(create_order(order, price, LATER, NOON))

    assert (created.snapshot_id, created.total, created.payment_deadline) == ("snap_2", cny(900), LATER)


@pytest.mark.parametrize(
    ("categories", "virtual"),
    [
        ([Category.VIRTUAL], True),
        ([Category.VIRTUAL, Category.PHYSICAL], False),
        ([Category.SERVICE], False),
    ],
)
def test_only_an_order_without_anything_to_carry_is_delivered_at_once(categories, virtual):
    story = an_order()
    for category in categories:
        story.with_line(category=category)

    assert is_all_virtual(story.created().order) is virtual


def test_goods_on_their_way_are_not_complete():
    with pytest.raises(InvalidStateTransitionError) as refused:
        an_order().paid().shipped().completed()

    assert refused.value.facts == {"current": "shipped", "wanted": "completed"}


def test_nothing_is_delivered_twice():
    with pytest.raises(InvalidStateTransitionError) as refused:
        an_order().paid().shipped().delivered().delivered()

    assert refused.value.facts == {"current": "delivered", "wanted": "delivered"}


BACK = {Action.REQUEST_RETURN, Action.REQUEST_REFUND}
ADDRESS = {Action.CANCEL, Action.CHANGE_ADDRESS}
ACTIONS = {
    "draft": {Action.CONFIRM_PRICE, Action.DECLINE_PRICE, *ADDRESS},
    "created": ADDRESS,
    "created, attempt open": {Action.PAY, *ADDRESS},
    "created, attempt failed": {Action.PAY_AGAIN, *ADDRESS},
    "created, in review": {Action.SETTLE_REVIEW, *ADDRESS},
    "paid": ADDRESS,
    "paid, authorised": ADDRESS,
    "paid, planned": ADDRESS,
    "paid, half handed over": {Action.REQUEST_REFUND},
    "paid, service waits": {Action.CANCEL, Action.ACCEPT_SERVICE},
    "paid, everything lost": {Action.CANCEL},
    "shipped": {Action.REQUEST_REFUND},
    "shipped, by parcel": {Action.REQUEST_REFUND},
    "shipped, capture refused": {Action.SETTLE_REVIEW},
    "shipped, delivered": BACK,
    "shipped, parcel there": BACK,
    "shipped, return asked": {Action.DECIDE_RETURN, *BACK},
    "shipped, return agreed": {Action.RECEIVE_RETURN, *BACK},
    "shipped, returned": BACK,
    "completed": BACK,
    "completed, charged back": {Action.REQUEST_RETURN, Action.SETTLE_REVIEW},
}


@pytest.mark.parametrize("state", STORIES)
def test_pages_offer_what_the_order_would_accept(state):
    assert set(allowed_actions(STORIES[state]())) == ACTIONS.get(state, set())


@pytest.mark.parametrize("state", STORIES)
def test_what_is_not_offered_is_refused(state):
    order = STORIES[state]()

    if Action.CANCEL not in allowed_actions(order):
        with pytest.raises(InvalidStateTransitionError):
            cancel_order(order, CancelReason.BUYER, "buyer", LATER)
    if Action.PAY_AGAIN in allowed_actions(order):
        assert request_payment(order, PROVIDER, LATER).attempt == 2


def test_after_the_last_attempt_paying_again_is_not_offered():
    story = an_order().created()
    for _ in range(MOST_ATTEMPTS):
        story.declined()

    assert set(allowed_actions(story.order)) == ADDRESS
    assert (story.order.status, story.order.payment_status) == (OrderStatus.CREATED, PaymentStatus.FAILED)
