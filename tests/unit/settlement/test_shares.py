"""Who gets what of a charge: the identity over random baskets, and the rules on hand-made ones."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.random_carts import Cart, random_cart
from domain.money import Money
from domain.pricing.breakdown import GOODS, Component, Funder, Layer, PriceBreakdown
from domain.pricing.calculate import calculate
from domain.settlement.balance import Balance, GivenBack
from domain.settlement.charged import charged
from domain.settlement.parties import CHANNEL, PLATFORM, merchant
from domain.settlement.shares import Share, amount_of, change
from domain.settlement.terms import MerchantTerms
from tests.unit.settlement.baskets import a_basket, balance_of, charge, goods, reduction

MANY = settings(max_examples=120)
carts = st.integers(0, 10**9).map(random_cart)
terms = st.builds(
    lambda rate, delivers: {
        f"shop-{number}": MerchantTerms(f"shop-{number}", rate, delivers and number % 2 == 0)
        for number in range(3)
    },
    st.sampled_from([0, 1, 333, 500, 10_000]),
    st.booleans(),
)


def whole(balance: Balance) -> Money:
    return amount_of(balance.shares(), balance.charged.currency)


@MANY
@given(carts, terms)
def test_what_the_buyer_pays_is_what_merchants_platform_and_channel_get(cart: Cart, agreed):
    made = calculate(cart.page, cart.request, cart.now)

    balance = Balance(charged(made.lines, made.breakdown, agreed), agreed)

    assert whole(balance) == made.breakdown.total


@MANY
@given(carts, terms)
def test_each_party_gets_what_the_components_say(cart: Cart, agreed):
    """Worked out again another way: component by component, not line by line."""
    made = calculate(cart.page, cart.request, cart.now)
    seller = {line.line: line.merchant_id for line in made.lines}
    own: Counter[str] = Counter()
    platform = channel = 0
    for part in made.breakdown.components:
        for line, share in part.shares:
            if part.layer in GOODS and part.funder in {Funder.MERCHANT, Funder.BUYER}:
                own[seller[line]] += share
            elif part.layer in GOODS:
                platform += share if part.funder is Funder.PLATFORM else 0
                channel += share if part.funder is Funder.CHANNEL else 0
            elif part.kind == "handling_fee":
                channel += share
            elif part.kind != "delivery_fee" or not agreed[seller[line]].delivers:
                platform += share
    shares = {
        share.party: share for share in Balance(charged(made.lines, made.breakdown, agreed), agreed).shares()
    }

    commissions = 0
    for name in dict.fromkeys(seller.values()):
        found = shares[merchant(name)]
        fees = [part for part in made.breakdown.components if part.id == f"delivery:{name}"]
        delivery = sum(part.amount.amount for part in fees) if agreed[name].delivers else 0
        commission = Money(own[name], made.breakdown.currency).share(agreed[name].commission).amount
        assert (found.goods, -found.commission, found.delivery) == (own[name], commission, delivery)
        commissions += commission
    assert shares[PLATFORM].amount.amount == platform + commissions
    assert (shares[CHANNEL].amount.amount if CHANNEL in shares else 0) == channel


@settings(max_examples=150)
@given(carts, terms, st.data())
def test_refunds_of_any_kind_and_order_are_borne_exactly_and_leave_nothing_at_the_end(
    cart: Cart, agreed, data
):
    """Units, amounts and the rest by chance: after each the parties have exactly what the buyer left."""
    made = calculate(cart.page, cart.request, cart.now)
    balance = Balance(charged(made.lines, made.breakdown, agreed), agreed)
    left = made.breakdown.total.amount
    sold = {line.line: line.quantity for line in made.lines}
    for _ in range(data.draw(st.integers(0, 5))):
        if not left:
            break
        units = data.draw(
            st.lists(st.tuples(st.sampled_from(sorted(sold)), st.integers(1, 9_999)), max_size=4)
        )
        units = [(line, min(several, sold[line])) for line, several in dict(units).items() if sold[line]]
        back = GivenBack(data.draw(st.integers(1, left)), tuple(units))
        lighter = balance.after(back)
        moved = change(balance.shares(), lighter.shares())
        assert amount_of(moved, made.breakdown.currency).amount == -back.amount
        sold.update({line: sold[line] - several for line, several in units})
        balance, left = lighter, left - back.amount
        assert whole(balance).amount == left
    if left:
        balance = balance.after(GivenBack(left))
        assert balance.shares() == ()


@MANY
@given(carts, terms, st.randoms(use_true_random=False))
def test_a_unit_after_the_other_comes_to_the_same_as_all_at_once(cart: Cart, agreed, chance):
    made = calculate(cart.page, cart.request, cart.now)
    start = Balance(charged(made.lines, made.breakdown, agreed), agreed)
    line = chance.choice(start.charged.lines)
    first = chance.randint(0, line.quantity)
    parts = [part for part in (first, line.quantity - first) if part]
    one = start
    for part in parts:
        worth = goods_of(one) - goods_of(one.after(GivenBack(0, ((line.line, part),))))
        one = one.after(GivenBack(worth, ((line.line, part),)))
    at_once = start.after(GivenBack(line.goods, ((line.line, line.quantity),)))

    assert one.shares() == at_once.shares()


def goods_of(balance: Balance) -> int:
    return balance.goods_left()


def test_a_merchant_gets_its_goods_less_its_own_reductions_and_the_commission_and_its_delivery_fee():
    balance = balance_of(
        a_basket(("tea", 2)),
        goods(10_000),
        reduction(-1_000, Funder.MERCHANT),
        charge("delivery_fee", 800),
        tea=500,
    )

    assert balance.shares() == (
        Share(merchant("tea"), "CNY", goods=9_000, commission=-450, delivery=800),
        Share(PLATFORM, "CNY", commission=450),
    )


def test_what_the_platform_gives_away_is_its_own_loss_and_no_merchants():
    balance = balance_of(a_basket(("tea", 1)), goods(10_000), reduction(-3_000, Funder.PLATFORM), tea=500)

    tea, platform = balance.shares()

    assert (tea.goods, tea.commission) == (10_000, -500)
    assert platform == Share(PLATFORM, "CNY", commission=500, reductions=-3_000)
    assert whole(balance) == Money(7_000, "CNY")


def test_the_channel_gets_its_fee_and_bears_what_it_gives_away():
    balance = balance_of(
        a_basket(("tea", 1)), goods(10_000), reduction(-100, Funder.CHANNEL), charge("handling_fee", 198)
    )

    assert balance.shares()[-1] == Share(PLATFORM, "CNY", commission=500)
    assert balance.shares()[0] == Share(CHANNEL, "CNY", charges=198, reductions=-100)


def test_a_delivery_fee_goes_to_the_platform_when_the_platform_delivers():
    agreed = {"tea": MerchantTerms("tea", delivers=False)}
    balance = balance_of(a_basket(("tea", 1)), goods(1_000), charge("delivery_fee", 800), agreed=agreed)

    tea, platform = balance.shares()

    assert (tea.delivery, platform.delivery) == (0, 800)


@pytest.mark.parametrize(
    ("sold", "rate", "commission"), [(10, 500, 1), (9, 500, 0), (30, 500, 2), (99, 0, 0)]
)
def test_a_commission_is_rounded_half_up_once_for_each_merchant_and_order(sold, rate, commission):
    balance = balance_of(a_basket(("tea", 1)), goods(sold), tea=rate)

    assert balance.shares()[0].commission == -commission


def test_returned_units_are_borne_by_those_who_sold_them_and_not_by_their_neighbours():
    balance = balance_of(a_basket(("tea", 2), ("cup", 1)), goods(4_000, 6_000))

    moved = change(balance.shares(), balance.after(GivenBack(2_000, ((1, 1),))).shares())

    assert moved == (
        Share(merchant("tea"), "CNY", goods=-2_000, commission=100),
        Share(PLATFORM, "CNY", commission=-100),
    )


def test_a_platform_reduction_goes_back_with_the_units_that_had_it():
    balance = balance_of(a_basket(("tea", 2)), goods(4_000), reduction(-1_000, Funder.PLATFORM))

    tea, platform = change(balance.shares(), balance.after(GivenBack(1_500, ((1, 1),))).shares())

    assert (tea.goods, platform.reductions) == (-2_000, 500)


def test_the_part_of_returned_units_is_rounded_half_up_as_their_refund_is():
    balance = balance_of(a_basket(("tea", 2)), goods(10), reduction(-3, Funder.PLATFORM), tea=0)

    tea, platform = change(balance.shares(), balance.after(GivenBack(4, ((1, 1),))).shares())

    # 3.5 of 7 go back as 4, 1.5 of 3 as 2; the merchant bears what makes them sum up.
    assert (platform.reductions, tea.goods) == (2, -6)


def test_charges_that_go_back_with_the_last_goods_are_given_back_by_those_who_got_them():
    balance = balance_of(
        a_basket(("tea", 1)), goods(1_000), charge("delivery_fee", 800), charge("handling_fee", 20)
    )

    kept_delivery = balance.after(GivenBack(1_020, ((1, 1),)))

    assert kept_delivery.shares() == (
        Share(merchant("tea"), "CNY", delivery=800),
        Share(PLATFORM, "CNY"),
    )
    assert balance.after(GivenBack(1_820, ((1, 1),))).shares() == ()


def test_an_amount_for_no_line_is_borne_by_all_in_proportion():
    balance = balance_of(a_basket(("tea", 1), ("cup", 1)), goods(3_000, 1_000), agreed={})

    tea, cup = (
        next(
            share
            for share in change(balance.shares(), balance.after(GivenBack(400)).shares())
            if share.party == of
        )
        for of in (merchant("tea"), merchant("cup"))
    )

    assert (tea.goods, cup.goods) == (-300, -100)


def test_a_reduction_that_is_taken_back_goes_to_whoever_had_given_it():
    balance = balance_of(a_basket(("tea", 2)), goods(4_000), reduction(-1_000, Funder.PLATFORM))

    # The unit was worth 1,500; the 500 that the kept one was reduced by are not paid out.
    _, platform = change(balance.shares(), balance.after(GivenBack(1_000, ((1, 1),))).shares())

    assert platform.reductions == 500 + 500


def test_nothing_is_left_of_a_charge_that_went_back_whole_even_after_odd_refunds():
    balance = balance_of(a_basket(("tea", 3)), goods(1_000), reduction(-1, Funder.PLATFORM))

    for back in (GivenBack(1), GivenBack(333, ((1, 1),)), GivenBack(7), GivenBack(999 - 341)):
        balance = balance.after(back)

    assert balance.shares() == ()


def test_who_had_nothing_before_gets_all_of_what_is_new():
    new = Share(CHANNEL, "CNY", charges=5)

    assert change([], [new]) == (new,)
    assert change([new], []) == (Share(CHANNEL, "CNY", charges=-5),)


def test_an_order_that_cost_nothing_still_pays_its_merchant():
    balance = balance_of(a_basket(("tea", 1)), goods(1_000), reduction(-1_000, Funder.PLATFORM))

    assert [share.amount.amount for share in balance.shares()] == [950, -950]


def test_a_breakdown_without_lines_of_others_is_read_by_line_number():
    part = Component(
        "base", Layer.BASE, "market_price", "goods", Money(7, "CNY"), Funder.BUYER, "book", ((2, 7),)
    )

    made = charged(a_basket(("tea", 1), ("cup", 1)), PriceBreakdown("CNY", 2, (part,)), {})

    assert [line.goods for line in made.lines] == [0, 7]
