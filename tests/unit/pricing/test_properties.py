"""What holds for every cart. Thresholds, minimums and quotas of these lie near what the cart has."""

import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.random_carts import Cart, random_cart
from domain.money import Money, total
from domain.pricing.breakdown import Layer
from domain.pricing.calculate import calculate
from domain.pricing.calculation import Calculation
from domain.stock.allowance import FOR_ONE_BUYER, AllowanceKind

ROOT = Path(__file__).parents[3]
MANY = settings(max_examples=150)
carts = st.integers(0, 10**9).map(random_cart)


def calculated(cart: Cart) -> Calculation:
    return calculate(cart.page, cart.request, cart.now)


def with_lines(cart: Cart, lines) -> Cart:
    return replace(cart, request=replace(cart.request, lines=tuple(lines)))


@MANY
@given(carts)
def test_lines_sum_to_the_total_and_shares_to_their_component(cart):
    breakdown = calculated(cart).breakdown

    assert total(breakdown.line_totals(), breakdown.currency) == breakdown.total
    for part in breakdown.components:
        assert sum(share for _, share in part.shares) == part.amount.amount
        assert all(share for _, share in part.shares)
        assert [line for line, _ in part.shares] == sorted({line for line, _ in part.shares})


@MANY
@given(carts)
def test_no_line_and_no_layer_falls_below_zero(cart):
    made = calculated(cart)

    lines, layers = [0] * len(made.lines), list(Layer)
    for part in sorted(made.breakdown.components, key=lambda part: layers.index(part.layer)):
        for line, share in part.shares:
            lines[line - 1] += share
        assert min(lines) >= 0
    nothing = Money.zero(made.breakdown.currency)
    assert all(made.breakdown.sum_of(*layers[:count]) >= nothing for count in range(1, 5))
    assert not any(part.kind == "clamp" for part in made.breakdown.components)


@MANY
@given(carts)
def test_components_stand_in_order_of_calculation_each_once(cart):
    parts = calculated(cart).breakdown.components

    layers = [list(Layer).index(part.layer) for part in parts]
    assert layers == sorted(layers)
    assert len({part.id for part in parts}) == len(parts)
    assert all(part.amount.amount for part in parts)


@MANY
@given(carts, st.randoms(use_true_random=False))
def test_the_order_of_lines_and_of_the_book_changes_nothing(cart, random):
    places = random.sample(range(len(cart.request.lines)), len(cart.request.lines))
    other = with_lines(cart, [cart.request.lines[place] for place in places])
    promotions = cart.page.promotions
    shuffled = replace(
        cart.page,
        promotions=tuple(random.sample(promotions, len(promotions))),
        items=dict(reversed(cart.page.items.items())),
        left=dict(reversed(cart.page.left.items())),
    )

    one, two = calculated(cart), calculated(replace(other, page=shuffled))

    def parts(made) -> list[tuple[Any, ...]]:
        return [(part.id, part.amount, part.base) for part in made.breakdown.components]

    def lines(made) -> Counter[Any]:
        worth = zip(made.lines, made.breakdown.line_totals(), strict=True)
        return Counter((line.sku, line.quantity, line.unit_price, whole.amount) for line, whole in worth)

    assert parts(two) == parts(one)
    assert lines(two) == lines(one)
    assert (two.rule_version, two.claims, two.remarks, two.promotions) == (
        one.rule_version,
        one.claims,
        one.remarks,
        one.promotions,
    )


@MANY
@given(carts)
def test_the_same_question_has_the_same_answer(cart):
    assert repr(calculated(cart)) == repr(calculated(cart))


_PRINT = """
from benchmarks.random_carts import random_cart
from domain.pricing.calculate import calculate
for seed in range(30):
    cart = random_cart(seed)
    print(calculate(cart.page, cart.request, cart.now))
"""


def test_another_process_gives_the_same_bytes():
    def printed(hash_seed: str) -> bytes:
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        return subprocess.run(
            [sys.executable, "-c", _PRINT], env=environment, cwd=ROOT, check=True, capture_output=True
        ).stdout

    assert printed("1") == printed("2") != b""


@MANY
@given(carts, st.data())
def test_another_promotion_never_raises_the_price(cart, data):
    page = replace(cart.page, fees=replace(cart.page.fees, selectors={}))
    if not page.promotions:
        return
    added = data.draw(st.sampled_from(page.promotions))
    fewer = replace(page, promotions=tuple(each for each in page.promotions if each.id != added.id))

    before = calculated(replace(cart, page=fewer))
    after = calculated(replace(cart, page=page))

    assert after.total <= before.total


@MANY
@given(carts)
def test_nothing_is_claimed_that_is_not_left(cart):
    made = calculated(cart)

    claimed = [claim.allowance for claim in made.claims]
    assert len(set(claimed)) == len(claimed)
    for claim in made.claims:
        untouched = claim.limit if claim.allowance.kind in FOR_ONE_BUYER else 0
        assert claim.quantity <= cart.page.left.get(claim.allowance, untouched)


@MANY
@given(carts)
def test_whatever_is_counted_and_applied_is_claimed(cart):
    made = calculated(cart)

    counted = {each.id for each in cart.page.promotions if each.has_quota or each.per_buyer_limit}
    kinds = {AllowanceKind.PROMOTION, AllowanceKind.PROMOTION_BUYER}
    claimed = {claim.allowance.subject for claim in made.claims if claim.allowance.kind in kinds}
    assert claimed == counted & {each.id for each in made.promotions}


@MANY
@given(carts)
def test_reductions_are_those_of_the_components(cart):
    made = calculated(cart)

    parts = {part.source: -part.amount for part in made.breakdown.components if part.layer is Layer.PROMOTION}
    assert {each.id: each.reduction for each in made.promotions} == parts


@MANY
@given(carts)
def test_a_voucher_or_points_that_were_wished_are_used_or_named(cart):
    made = calculated(cart)

    kinds = {part.kind for part in made.breakdown.components}
    codes = {remark.code for remark in made.remarks}
    deducts = cart.request.scene in {"cart", "checkout"}
    wishes = cart.request.wishes
    assert (("voucher" in kinds) is not ("voucher_not_applied" in codes)) or not (
        deducts and wishes.voucher_code
    )
    assert (("points" in kinds) is not ("points_not_applied" in codes)) or not (deducts and wishes.points)


@pytest.mark.parametrize("seed", range(5))
def test_splitting_a_line_changes_no_winner(seed):
    cart = random_cart(seed)
    random = Random(seed)
    split = []
    for line in cart.request.lines:
        part = random.randint(0, line.quantity - 1)
        split += [replace(line, quantity=part)] if part else []
        split.append(replace(line, quantity=line.quantity - part))

    one, two = calculated(cart), calculated(with_lines(cart, split))

    assert [each.id for each in two.promotions] == [each.id for each in one.promotions]
