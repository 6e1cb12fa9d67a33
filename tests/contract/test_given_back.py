"""What every stock ledger promises about points and vouchers when money goes back."""

from __future__ import annotations

import pytest

from domain.errors import InvalidValueError
from domain.ports.stock import HoldNotFoundError
from domain.stock.allowance import Allowance, Claim
from tests.support.shelves import Shelf, an_order

QUOTA = Allowance.of_promotion("flash", "tea")
VOUCHER = Allowance.of_voucher("SPRING")
ANNS_VOUCHER = Allowance.of_voucher_for("SPRING", "ann")
POINTS = Allowance.of_points("ann")
SPENT = (Claim(QUOTA, 2), Claim(VOUCHER, 1), Claim(ANNS_VOUCHER, 1, limit=1), Claim(POINTS, 100))


@pytest.fixture
async def sold(shelf: Shelf) -> Shelf:
    """Ann has bought two teas with a voucher and 100 of her 500 points."""
    await shelf.put(tea=10)
    await shelf.allow(QUOTA, 5)
    await shelf.allow(VOUCHER, 3)
    await shelf.allow(POINTS, 500)
    await shelf.sell(an_order("ord_1", *SPENT, tea=2))
    return shelf


async def points(shelf: Shelf) -> tuple[int, int]:
    free, held, spent = await shelf.counts(POINTS)
    assert held == 0
    return free, spent


async def vouchers(shelf: Shelf) -> list[tuple[int, int, int]]:
    return [await shelf.counts(VOUCHER), await shelf.counts(ANNS_VOUCHER)]


async def test_points_go_back_by_the_part_of_the_goods_that_is_paid_back(sold: Shelf) -> None:
    await sold.ledger.give_back("ord_1", "ref_1", goods=3_000, refunded_before=0, refunded=1_000)

    assert await points(sold) == (433, 67)
    assert await vouchers(sold) == [(2, 0, 1), (0, 0, 1)]


async def test_the_parts_sum_up_to_all_points_and_the_last_gives_the_voucher_back(sold: Shelf) -> None:
    for number in range(3):
        for _ in range(2):
            await sold.ledger.give_back("ord_1", f"ref_{number}", 3_000, 1_000 * number, 1_000)

    assert await points(sold) == (500, 0)
    assert await vouchers(sold) == [(3, 0, 0), (1, 0, 0)]


async def test_a_promotions_units_stay_sold(sold: Shelf) -> None:
    await sold.ledger.give_back("ord_1", "ref_1", 3_000, 0, 3_000)

    assert await sold.counts(QUOTA) == (3, 0, 2)
    assert await sold.goods("tea") == (8, 0, 2)


async def test_goods_that_cost_nothing_but_points_give_them_all_back(sold: Shelf) -> None:
    await sold.ledger.give_back("ord_1", "ref_1", 0, 0, 0)

    assert await points(sold) == (500, 0)


async def test_a_cancelled_order_gives_back_what_its_refunds_have_not(sold: Shelf) -> None:
    await sold.ledger.give_back("ord_1", "ref_1", 3_000, 0, 1_000)

    await sold.ledger.restock("ord_1")
    await sold.ledger.give_back("ord_1", "ref_2", 3_000, 1_000, 2_000)

    assert await points(sold) == (500, 0)
    assert await vouchers(sold) == [(3, 0, 0), (1, 0, 0)]
    assert await sold.counts(QUOTA) == (5, 0, 0)


async def test_refunds_beyond_the_goods_give_no_more_back_than_was_spent(sold: Shelf) -> None:
    for number in range(3):
        await sold.ledger.give_back("ord_1", f"ref_{number}", 3_000, 0, 2_900)

    assert await points(sold) == (500, 0)


async def test_what_is_only_held_is_not_given_back(sold: Shelf) -> None:
    await sold.ledger.take(an_order("ord_2", Claim(POINTS, 50), tea=1))

    await sold.ledger.give_back("ord_2", "ref_1", 3_000, 0, 3_000)

    assert await sold.counts(POINTS) == (350, 50, 100)


async def test_an_allowance_that_nobody_counts_any_more_is_not_given_back(sold: Shelf) -> None:
    await sold.stop_counting(VOUCHER)

    await sold.ledger.give_back("ord_1", "ref_1", 3_000, 0, 3_000)

    assert await sold.ledger.allowance(VOUCHER) is None
    assert await points(sold) == (500, 0)


async def test_nothing_is_given_back_to_an_unknown_order(shelf: Shelf) -> None:
    with pytest.raises(HoldNotFoundError):
        await shelf.ledger.give_back("ord_1", "ref_1", 3_000, 0, 1_000)


@pytest.mark.parametrize("amounts", [(-1, 0, 0), (10, -1, 0), (10, 0, -1)])
async def test_no_negative_amount_is_given_back(sold: Shelf, amounts: tuple[int, int, int]) -> None:
    with pytest.raises(InvalidValueError):
        await sold.ledger.give_back("ord_1", "ref_1", *amounts)
