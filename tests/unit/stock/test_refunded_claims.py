"""What goes back of points and vouchers with each refund; altogether exactly what was spent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidValueError
from domain.stock.allowance import Allowance, Claim
from domain.stock.movement import goes_back, refunded_claims

POINTS = Claim(Allowance.of_points("ann"), 100)
VOUCHER = Claim(Allowance.of_voucher("SPRING"), 1)
LIMIT = Claim(Allowance.of_voucher_for("SPRING", "ann"), 1, limit=2)
QUOTA = Claim(Allowance.of_promotion("flash", "tea"), 2)
SPENT = (QUOTA, VOUCHER, LIMIT, POINTS)


@given(spent=st.integers(0, 10**9), parts=st.lists(st.integers(0, 10**9), min_size=1, max_size=8))
def test_the_parts_of_all_refunds_sum_up_to_what_was_spent(spent: int, parts: list[int]) -> None:
    goods, before, back = sum(parts), 0, []
    for part in parts:
        back.append(goes_back(spent, goods, before, part))
        before += part

    if goods:
        assert sum(back) == spent
    assert min(back) >= 0


def test_half_a_point_is_rounded_up_over_what_is_back_altogether() -> None:
    assert [goes_back(1, 4, before, 1) for before in range(4)] == [0, 1, 0, 0]
    assert [goes_back(100, 3, before, 1) for before in range(3)] == [33, 34, 33]


def test_a_voucher_goes_back_with_the_last_of_the_money_and_a_promotion_never() -> None:
    assert refunded_claims(SPENT, 1_000, 0, 999) == (Claim(POINTS.allowance, 100),)
    assert refunded_claims(SPENT, 1_000, 0, 400) == (Claim(POINTS.allowance, 40),)
    assert refunded_claims(SPENT, 1_000, 400, 600) == (Claim(POINTS.allowance, 60), VOUCHER, LIMIT)


def test_no_claim_goes_back_with_nothing() -> None:
    assert refunded_claims(SPENT, 1_000, 0, 0) == ()


def test_goods_that_cost_no_money_give_everything_back_at_once() -> None:
    assert refunded_claims(SPENT, 0, 0, 0) == (POINTS, VOUCHER, LIMIT)


@pytest.mark.parametrize("amounts", [(-1, 0, 0), (1, -1, 0), (1, 0, -1)])
def test_no_amount_is_negative(amounts: tuple[int, int, int]) -> None:
    with pytest.raises(InvalidValueError):
        refunded_claims(SPENT, *amounts)
