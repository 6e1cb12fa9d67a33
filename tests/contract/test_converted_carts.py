"""What every stock ledger promises when an order takes over what its buyer's carts hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.ports.stock import HoldsTaken
from domain.stock.allowance import Allowance, Claim
from domain.stock.hold import HoldStatus, Shortage, StockLine
from tests.support.shelves import LATER, NOON, Shelf, a_cart, an_order

QUOTA = Allowance.of_promotion("flash", "tea")
ANNS_LIMIT = Allowance.of_promotion_for("flash", "tea", "ann")
LAST_ONE = (Claim(QUOTA, 1), Claim(ANNS_LIMIT, 1, limit=1))


@pytest.fixture
async def last_one(shelf: Shelf) -> Shelf:
    """One tea, for one buyer, at the flash price; it lies in ann's cart."""
    await shelf.put(tea=1)
    await shelf.allow(QUOTA, 1)
    assert not (await shelf.ledger.take(a_cart("cart_1", *LAST_ONE, tea=1))).refused
    return shelf


async def status(shelf: Shelf, reference: str) -> HoldStatus:
    hold = await shelf.ledger.find(reference)
    assert hold is not None
    return hold.status


async def test_the_last_unit_in_a_cart_can_be_ordered_by_its_buyer_alone(last_one: Shelf) -> None:
    rival = await last_one.ledger.take(an_order("ord_2", Claim(QUOTA, 1), buyer="bob", tea=1))
    answer = await last_one.ledger.take(an_order("ord_1", *LAST_ONE, converts=("cart_1",), tea=1))

    assert (rival.refused, answer) == (True, HoldsTaken())
    assert await status(last_one, "cart_1") is HoldStatus.CONVERTED
    assert await last_one.goods("tea") == (0, 1, 0)
    assert await last_one.counts(QUOTA) == (0, 1, 0)
    assert await last_one.counts(ANNS_LIMIT) == (0, 1, 0)


async def test_without_naming_the_cart_its_units_are_somebody_elses(last_one: Shelf) -> None:
    answer = await last_one.ledger.take(an_order("ord_1", *LAST_ONE, tea=1))

    assert [shortage.allowance for shortage in answer.shortages] == [None, QUOTA, ANNS_LIMIT]


async def test_what_the_order_does_not_need_of_a_cart_goes_back(shelf: Shelf) -> None:
    await shelf.put(tea=5, cup=5)
    await shelf.allow(QUOTA, 5)
    claims = (Claim(QUOTA, 4), Claim(ANNS_LIMIT, 4, limit=4))
    await shelf.ledger.take(a_cart("cart_1", *claims, tea=4, cup=3))

    wanted = Claim(QUOTA, 1)
    answer = await shelf.ledger.take(an_order("ord_1", wanted, converts=("cart_1",), tea=1))

    assert not answer.refused
    assert await shelf.goods("tea") == (4, 1, 0)
    assert await shelf.goods("cup") == (5, 0, 0)
    assert await shelf.counts(QUOTA) == (4, 1, 0)
    assert await shelf.counts(ANNS_LIMIT) == (4, 0, 0)


async def test_an_order_may_need_more_than_several_carts_hold(shelf: Shelf) -> None:
    await shelf.put(tea=5)
    await shelf.allow(QUOTA, 5)
    for number, quantity in enumerate((2, 1)):
        limit = Claim(ANNS_LIMIT, quantity, limit=5)
        await shelf.ledger.take(a_cart(f"cart_{number}", Claim(QUOTA, quantity), limit, tea=quantity))

    claims = (Claim(QUOTA, 5), Claim(ANNS_LIMIT, 5, limit=5))
    carts = ("cart_1", "cart_0", "cart_1")
    answer = await shelf.ledger.take(an_order("ord_1", *claims, converts=carts, tea=5))

    assert not answer.refused
    assert await shelf.goods("tea") == (0, 5, 0)
    assert await shelf.counts(QUOTA) == await shelf.counts(ANNS_LIMIT) == (0, 5, 0)


async def test_a_refused_order_leaves_its_cart_as_it_was(last_one: Shelf) -> None:
    await last_one.put(cup=1)
    before = await last_one.ledger.find("cart_1")

    claims = (Claim(QUOTA, 2), Claim(ANNS_LIMIT, 2, limit=1))
    answer = await last_one.ledger.take(an_order("ord_1", *claims, converts=("cart_1",), cup=1, tea=2))

    assert answer.shortages == (
        Shortage("tea", 2, 1),
        Shortage("tea", 2, 1, QUOTA),
        Shortage("tea", 2, 1, ANNS_LIMIT),
    )
    assert await last_one.ledger.find("cart_1") == before
    assert await last_one.goods("tea") == (0, 1, 0)
    assert await last_one.counts(ANNS_LIMIT) == (0, 1, 0)
    again = an_order("ord_1", *LAST_ONE, converts=("cart_1",), tea=1)
    assert not (await last_one.ledger.take(again)).refused


async def test_a_cart_becomes_one_order_only(last_one: Shelf) -> None:
    request = an_order("ord_1", *LAST_ONE, converts=("cart_1",), tea=1)
    answers = [await last_one.ledger.take(request) for _ in range(2)]
    other = await last_one.ledger.take(an_order("ord_2", *LAST_ONE, converts=("cart_1",), tea=1))

    assert answers == [HoldsTaken(), HoldsTaken()]
    assert other.refused
    assert await last_one.goods("tea") == (0, 1, 0)


async def test_a_converted_cart_gives_nothing_back_ever(last_one: Shelf) -> None:
    await last_one.ledger.take(an_order("ord_1", *LAST_ONE, converts=("cart_1",), tea=1))

    assert await last_one.ledger.release_holds("cart_1") is HoldStatus.CONVERTED
    assert await last_one.ledger.restock("cart_1") is HoldStatus.CONVERTED
    assert await last_one.ledger.expire_holds(NOON, 10) == 0
    await last_one.ledger.confirm_holds("cart_1", NOON)
    assert await last_one.goods("tea") == (0, 1, 0)

    await last_one.ledger.release_holds("ord_1")
    assert await last_one.goods("tea") == (1, 0, 0)
    assert await last_one.counts(QUOTA) == (1, 0, 0)
    assert await last_one.counts(ANNS_LIMIT) == (1, 0, 0)


async def test_nobody_converts_the_cart_of_somebody_else(last_one: Shelf) -> None:
    theirs = an_order("ord_2", Claim(QUOTA, 1), buyer="bob", converts=("cart_1",), tea=1)

    assert (await last_one.ledger.take(theirs)).refused
    assert await status(last_one, "cart_1") is HoldStatus.ACTIVE


async def test_a_cart_of_nobody_in_particular_cannot_be_converted(shelf: Shelf) -> None:
    await shelf.put(tea=1)
    await shelf.ledger.take(a_cart("cart_1", buyer="", tea=1))

    assert (await shelf.ledger.take(an_order("ord_1", buyer="", converts=("cart_1",), tea=1))).refused


async def test_an_order_is_not_converted(shelf: Shelf) -> None:
    await shelf.put(tea=1)
    await shelf.ledger.take(an_order("ord_1", tea=1))

    assert (await shelf.ledger.take(an_order("ord_2", converts=("ord_1",), tea=1))).refused
    assert await status(shelf, "ord_1") is HoldStatus.ACTIVE


async def test_a_cart_does_not_convert_itself(shelf: Shelf) -> None:
    await shelf.put(tea=1)
    request = a_cart("cart_1", tea=1)

    await shelf.ledger.take(replace(request, converts=("cart_1",)))

    assert await shelf.goods("tea") == (0, 1, 0)
    assert await status(shelf, "cart_1") is HoldStatus.ACTIVE


@pytest.mark.parametrize("ending", ["release", "expire"])
async def test_a_cart_that_ended_is_ignored(last_one: Shelf, ending: str) -> None:
    await (
        last_one.ledger.release_holds("cart_1")
        if ending == "release"
        else last_one.ledger.expire_holds(LATER, 10)
    )
    request = an_order("ord_1", *LAST_ONE, converts=("cart_1", "cart_none"), tea=1)

    assert not (await last_one.ledger.take(request)).refused

    assert await last_one.goods("tea") == (0, 1, 0)
    assert await status(last_one, "cart_1") is not HoldStatus.CONVERTED


async def test_a_limit_counts_what_the_own_cart_holds_as_free(shelf: Shelf) -> None:
    await shelf.put(tea=9)
    request = a_cart("cart_1", Claim(ANNS_LIMIT, 2, limit=3), tea=2)
    await shelf.ledger.take(request)

    claim = Claim(ANNS_LIMIT, 2, limit=2)
    answer = await shelf.ledger.take(an_order("ord_1", claim, converts=("cart_1",), tea=2))

    assert not answer.refused
    assert await shelf.counts(ANNS_LIMIT) == (0, 2, 0)


async def test_goods_alone_are_converted_too(shelf: Shelf) -> None:
    await shelf.put(tea=2)
    await shelf.ledger.take(a_cart("cart_1", tea=2))

    await shelf.ledger.take(an_order("ord_1", converts=("cart_1",), tea=2))

    hold = await shelf.ledger.find("ord_1")
    assert hold is not None
    assert hold.lines == (StockLine("tea", 2),)
    assert await shelf.goods("tea") == (0, 2, 0)
