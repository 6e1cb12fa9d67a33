"""Whole lives of orders, decided by the domain itself, settled to the penny."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.money import Money, largest_remainder
from domain.order.refund_policy import DeliveryFeePolicy, RefundPolicy
from domain.payment.facts import FactKind
from domain.pricing.breakdown import Component, Funder, Layer, PriceBreakdown
from domain.settlement.case import case_of
from domain.settlement.movements import Movement, MovementKind, movements
from domain.settlement.parties import PLATFORM, Party, merchant
from domain.settlement.terms import MerchantTerms
from tests.support.builders import OrderBuilder, a_fact, an_order, cny

FUNDERS = st.sampled_from([Funder.MERCHANT, Funder.PLATFORM, Funder.CHANNEL])
NO_DELIVERY = RefundPolicy(delivery_fee=DeliveryFeePolicy.KEEP)


@dataclass(frozen=True)
class Sold:
    """One line: who sells it, how many, what one costs in the end, and by how much all were reduced."""

    merchant: str
    quantity: int
    price: int
    reduced: int = 0
    funder: Funder = Funder.PLATFORM


def story(*sold: Sold, delivery: int = 0, fee: int = 0) -> OrderBuilder:
    made = an_order().with_delivery_fee(cny(delivery))
    for each in sold:
        made.with_line(quantity=each.quantity, price=cny(each.price), merchant=each.merchant)
    return made.agreed_at(*(cny(each.price) for each in sold), charges=cny(fee))


def price_of(*sold: Sold, delivery: int = 0, fee: int = 0) -> PriceBreakdown:
    """The price that these orders were charged, with the reductions that led to it."""
    base = [each.price * each.quantity + each.reduced for each in sold]
    parts = [_part("base", Layer.BASE, Funder.BUYER, base)]
    for number, each in enumerate(sold):
        row = [-each.reduced if place == number else 0 for place in range(len(sold))]
        parts.append(_part(f"promotion:{number}", Layer.PROMOTION, each.funder, row))
    for kind, amount in (("delivery_fee", delivery), ("platform_fee", fee)):
        row = largest_remainder(amount, [1] * len(sold))
        parts.append(_part(kind, Layer.CHARGE, Funder.BUYER, row))
    return PriceBreakdown("CNY", len(sold), tuple(part for part in parts if part.shares))


def _part(name: str, layer: Layer, funder: Funder, row: list[int]) -> Component:
    shares = tuple((line, share) for line, share in enumerate(row, start=1) if share)
    return Component(name, layer, name, name, cny(sum(row)), funder, name, shares)


def settle(made: OrderBuilder, price: PriceBreakdown) -> tuple[Movement, ...]:
    """Its movements, each of them exact, and together what we have of the buyer's money."""
    agreed = {name: MerchantTerms(name, 777) for name in made.order.merchants}
    found = movements(case_of(made.events), price, agreed)
    assert all(movement.is_exact for movement in found)
    paid = made.order.payment
    assert paid is not None
    if found:
        assert sum(movement.buyer.amount for movement in found) == paid.kept.amount
    return found


def gotten(found: tuple[Movement, ...]) -> dict[Party, int]:
    sums: Counter[Party] = Counter()
    for movement in found:
        for share in movement.shares:
            sums[share.party] += share.amount.amount
    return {party: amount for party, amount in sums.items() if amount}


def refunds_done(made: OrderBuilder) -> None:
    for refund in made.order.refunds:
        if not refund.done:
            made.refunded(refund.amount, refund.key)


sales = st.builds(
    Sold,
    st.sampled_from(["tea", "cup", "pot"]),
    st.integers(1, 4),
    st.sampled_from([1, 3, 99, 1_000]) | st.integers(1, 9_999),
    st.sampled_from([0, 0, 1, 50, 333]),
    FUNDERS,
)
baskets = st.lists(sales, min_size=1, max_size=4)
extras = st.sampled_from([0, 1, 800])


@settings(max_examples=120, deadline=None)
@given(baskets, extras, extras, st.data())
def test_whatever_is_returned_or_refunded_everybody_has_exactly_a_share_of_what_is_left(
    sold, delivery, fee, data
):
    price = price_of(*sold, delivery=delivery, fee=fee)
    made = story(*sold, delivery=delivery, fee=fee).paid().planned().handed_over().arrived().completed()
    left = {number: each.quantity for number, each in enumerate(sold, start=1)}
    for number in range(data.draw(st.integers(0, 4))):
        if made.order.refundable.is_zero:
            break
        name = f"r{number}"
        line = data.draw(st.sampled_from(sorted(left)))
        quantity = data.draw(st.integers(0, left[line]))
        if quantity and _worth(made, line) <= made.order.refundable.amount:
            policy = data.draw(st.sampled_from([RefundPolicy(), NO_DELIVERY]))
            made.asked_to_return((line, quantity), name=name).return_agreed(name)
            made.goods_returned((line, quantity), name=name, policy=policy)
            left[line] -= quantity
        elif data.draw(st.booleans()):
            made.amount_paid_back(cny(data.draw(st.integers(1, made.order.refundable.amount))), name)
        refunds_done(made)
        settle(made, price)
    if not made.order.refundable.is_zero and data.draw(st.booleans()):
        made.all_paid_back("rest")
        refunds_done(made)

    found = settle(made, price)

    if made.order.is_given_back:
        assert gotten(found) == {}


def _worth(made: OrderBuilder, line: int) -> int:
    return made.order.lines[line - 1].amount.amount


@pytest.mark.parametrize("manual", [False, True])
def test_a_parcel_that_is_lost_is_borne_by_the_merchant_whose_it_was(manual: bool):
    sold = (Sold("tea", 2, 1_000), Sold("cup", 1, 3_000, 500))
    made = story(*sold)
    made = (made.authorised() if manual else made.paid()).planned((1, 2, "main"), (2, 1, "other"))
    made.lost(2)
    made.handed_over(1)
    if manual:
        made.capture_asked().captured()
    refunds_done(made)
    made.arrived(1).completed()

    found = settle(made, price_of(*sold))

    assert [movement.kind for movement in found] == [
        MovementKind.SALE,
        MovementKind.NOT_TAKEN if manual else MovementKind.REFUND,
    ]
    commission = cny(2_000).share(777).amount
    assert gotten(found) == {merchant("tea"): 2_000 - commission, PLATFORM: commission}


def test_a_bargain_whose_threshold_is_missed_later_is_paid_back_to_who_gave_it():
    sold = (Sold("tea", 2, 900, 200, Funder.PLATFORM),)
    made = story(*sold).paid().planned().handed_over().arrived().completed()
    made.asked_to_return((1, 1)).return_agreed()
    made.goods_returned((1, 1), claw_back=Money(100, "CNY"))
    refunds_done(made)

    found = settle(made, price_of(*sold))

    platform = next(share for share in found[-1].shares if share.party == PLATFORM)
    assert found[-1].buyer == cny(-800)
    assert platform.reductions == 100 + 100


def test_what_was_taken_for_dropped_goods_all_the_same_goes_back_from_those_who_sold_them():
    """The provider took the whole total although less was asked for."""
    sold = (Sold("tea", 2, 1_000), Sold("cup", 1, 3_000))
    made = story(*sold).authorised().planned((1, 2, "main"), (2, 1, "other"))
    made.lost(2).handed_over(1).capture_asked()
    made.reported(a_fact(made.attempt, FactKind.CAPTURED, made.order.total))
    refunds_done(made)
    made.arrived(1).completed()

    found = settle(made, price_of(*sold))

    commission = cny(2_000).share(777).amount
    assert [movement.kind for movement in found] == [MovementKind.SALE, MovementKind.REFUND]
    assert gotten(found) == {merchant("tea"): 2_000 - commission, PLATFORM: commission}
