"""What every stock ledger promises when a reference comes again, with the same wishes or others."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.stock.allowance import Allowance, Claim
from domain.stock.hold import HoldStatus
from tests.support.shelves import LATER, Shelf, an_order

QUOTA = Allowance.of_promotion("flash", "tea")
VOUCHER = Allowance.of_voucher("SPRING")
ANNS_LIMIT = Allowance.of_promotion_for("flash", "tea", "ann")


@pytest.fixture
async def held(shelf: Shelf) -> Shelf:
    """Ten teas, five at the flash price, and one voucher; an order holds two teas of each price and it."""
    await shelf.put(tea=10, cup=1)
    await shelf.allow(QUOTA, 5)
    await shelf.allow(VOUCHER, 1)
    first = an_order("ord_1", Claim(QUOTA, 2), Claim(ANNS_LIMIT, 2, limit=3), Claim(VOUCHER, 1), tea=4)
    assert not (await shelf.ledger.take(first)).refused
    return shelf


async def test_the_same_wishes_again_change_nothing(held: Shelf) -> None:
    again = an_order("ord_1", Claim(VOUCHER, 1), Claim(ANNS_LIMIT, 2, limit=3), Claim(QUOTA, 2), tea=4)

    answer = await held.ledger.take(replace(again, until=LATER + timedelta(hours=1)))

    assert not answer.refused
    assert await held.goods("tea") == (6, 4, 0)
    assert await held.counts(VOUCHER) == (0, 1, 0)
    hold = await held.ledger.find("ord_1")
    assert hold is not None
    assert hold.expires_at == LATER


async def test_an_order_that_was_agreed_upon_anew_holds_what_it_needs_now(held: Shelf) -> None:
    answer = await held.ledger.take(an_order("ord_1", Claim(QUOTA, 1), tea=3, cup=1))

    assert not answer.refused
    assert await held.goods("tea") == (7, 3, 0)
    assert await held.goods("cup") == (0, 1, 0)
    assert await held.counts(QUOTA) == (4, 1, 0)
    assert await held.counts(VOUCHER) == (1, 0, 0)
    assert (await held.counts(ANNS_LIMIT))[1:] == (0, 0)


async def test_what_an_order_holds_counts_as_free_for_what_it_needs_now(held: Shelf) -> None:
    answer = await held.ledger.take(an_order("ord_1", Claim(QUOTA, 5), Claim(VOUCHER, 1), tea=10))

    assert not answer.refused
    assert await held.goods("tea") == (0, 10, 0)
    assert await held.counts(QUOTA) == (0, 5, 0)
    assert await held.counts(VOUCHER) == (0, 1, 0)


async def test_a_refused_change_leaves_what_was_held(held: Shelf) -> None:
    answer = await held.ledger.take(an_order("ord_1", tea=4, cup=2))

    assert [(short.sku, short.available) for short in answer.shortages] == [("cup", 1)]
    assert await held.goods("tea") == (6, 4, 0)
    assert await held.counts(VOUCHER) == (0, 1, 0)
    hold = await held.ledger.find("ord_1")
    assert hold is not None
    assert hold.status is HoldStatus.ACTIVE


async def test_what_is_sold_is_what_was_held_last(held: Shelf) -> None:
    await held.ledger.take(an_order("ord_1", tea=1))

    await held.ledger.confirm_holds("ord_1", LATER)

    assert await held.goods("tea") == (9, 0, 1)
    assert await held.counts(QUOTA) == (5, 0, 0)


async def test_an_order_whose_time_was_over_can_hold_again(held: Shelf) -> None:
    await held.ledger.expire_holds(LATER, 10)

    answer = await held.ledger.take(replace(an_order("ord_1", tea=2), until=LATER + timedelta(hours=1)))

    assert not answer.refused
    assert await held.goods("tea") == (8, 2, 0)
    assert await held.ledger.expire_holds(LATER + timedelta(minutes=59), 10) == 0
    assert await held.ledger.expire_holds(LATER + timedelta(hours=1), 10) == 1


@pytest.mark.parametrize("ended", ["released", "sold"])
async def test_what_has_ended_is_not_held_again_by_a_late_repeat(held: Shelf, ended: str) -> None:
    if ended == "released":
        await held.ledger.release_holds("ord_1")
    else:
        await held.ledger.confirm_holds("ord_1", LATER)
    before = await held.goods("tea"), await held.counts(QUOTA)

    await held.ledger.take(an_order("ord_1", Claim(QUOTA, 1), tea=1))

    assert (await held.goods("tea"), await held.counts(QUOTA)) == before
