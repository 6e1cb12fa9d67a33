"""Commands that name the version of the order that their sender has seen: of two at once one is refused."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.catalogue.items import Category
from domain.order.errors import OrderChangedError
from domain.order.returns import ReturnReason
from domain.order.shipments import Units
from tests.workflow.shop import HOME, Customer, Shop
from tests.workflow.sold import LONG, Sold
from workflows.client import OrderAlreadyEndedError, OrderRefusedError
from workflows.contracts import (
    AcceptService,
    CancelOrder,
    ChangeAddress,
    DecideReturn,
    ReceiveReturn,
    RequestRefund,
    RequestReturn,
)

AWAY, FAR = replace(HOME, street="2 Hill Road"), replace(HOME, street="3 Far Road")
ONE = (Units(1, 1),)


async def test_of_two_new_addresses_at_once_the_second_has_seen_another_order(shop: Shop) -> None:
    buyer, seen = await _booked(shop)

    answers = await _at_once(
        shop.workflows.change_address(buyer.id, ChangeAddress("move-1", AWAY, "ann", seen)),
        shop.workflows.change_address(buyer.id, ChangeAddress("move-2", FAR, "bob", seen)),
    )

    (refused,) = [answer for answer in answers if isinstance(answer, OrderChangedError)]
    assert int(str(refused.facts["version"])) == seen + 1
    assert (await buyer.kinds()).count("AddressChanged") == 1


async def test_of_a_cancel_and_a_new_address_at_once_only_one_happens(shop: Shop) -> None:
    buyer, seen = await _booked(shop)

    answers = await _at_once(
        shop.workflows.change_address(buyer.id, ChangeAddress("move-1", AWAY, "ann", seen)),
        shop.workflows.cancel(buyer.id, CancelOrder("buyer", "ann", seen)),
    )
    order = await buyer.order()

    (refused,) = [answer for answer in answers if isinstance(answer, OrderChangedError)]
    assert refused.code == "order_changed"
    assert (order.status == "cancelled") != (order.address == AWAY)


async def test_a_cancel_that_was_refused_for_its_version_is_done_at_the_new_one(shop: Shop) -> None:
    buyer, seen = await _booked(shop)
    await shop.workflows.change_address(buyer.id, ChangeAddress("move-1", AWAY, "ann", seen))

    with pytest.raises(OrderChangedError):
        await shop.workflows.cancel(buyer.id, CancelOrder("buyer", "ann", seen))
    answer = await shop.workflows.cancel(buyer.id, CancelOrder("buyer", "ann", seen + 1))

    assert answer.status == "cancelled"


async def test_a_command_that_has_been_done_answers_its_repeat_at_any_version(shop: Shop) -> None:
    buyer, seen = await _booked(shop)
    cancel = CancelOrder("buyer", "ann", seen)

    await shop.workflows.cancel(buyer.id, cancel)
    with suppress(OrderAlreadyEndedError):  # it may have come to rest meanwhile
        assert (await shop.workflows.cancel(buyer.id, cancel)).status == "cancelled"


async def test_a_refused_version_enters_no_history(shop: Shop) -> None:
    buyer, seen = await _booked(shop)

    with pytest.raises(OrderChangedError):
        await shop.workflows.cancel(buyer.id, CancelOrder("buyer", "ann", seen - 1))

    assert "update" not in str((await buyer.history())[-3:])
    assert (await buyer.order()).version == seen


async def test_of_two_words_on_a_service_at_once_the_second_has_seen_another_order(shop: Shop) -> None:
    await shop.sells("setup", price=3_000, category=Category.SERVICE)
    buyer = await shop.an_order(("setup", 1))
    seen = (await buyer.is_paid()).version

    answers = await _at_once(
        shop.workflows.accept_service(buyer.id, AcceptService("shop-7", "ann", expected_version=seen)),
        shop.workflows.accept_service(buyer.id, AcceptService("shop-7", "bob", False, seen)),
    )

    assert [type(answer) for answer in answers].count(OrderChangedError) == 1


@pytest.mark.parametrize("running", [True, False])
async def test_of_two_requests_after_the_sale_at_once_the_second_has_seen_another_order(
    shop: Shop, running: bool
) -> None:
    sold, seen = await _delivered(shop, running, 2)
    wish = RequestReturn("ret_1", ONE, ReturnReason.DAMAGED, "ann", expected_version=seen)

    answers = await _at_once(
        shop.workflows.request_return(sold.id, wish),
        shop.workflows.request_refund(sold.id, RequestRefund("rfd_1", "ann", ONE, expected_version=seen)),
    )

    assert [type(answer) for answer in answers].count(OrderChangedError) == 1


@pytest.mark.parametrize("running", [True, False])
async def test_every_step_of_a_return_may_name_what_was_seen_and_be_repeated(
    shop: Shop, running: bool
) -> None:
    calls, (sold, seen) = shop.workflows, await _delivered(shop, running, 1)
    wish = RequestReturn("ret_1", ONE, ReturnReason.DAMAGED, "ann", expected_version=seen)

    asked = await calls.request_return(sold.id, wish)
    again = await calls.request_return(sold.id, wish)
    word = DecideReturn("ret_1", True, "shop-7", expected_version=asked.version)
    decided = await calls.decide_return(sold.id, word)
    await calls.decide_return(sold.id, word)
    with pytest.raises(OrderChangedError):
        await calls.receive_return(sold.id, ReceiveReturn("ret_1", ONE, "east", expected_version=seen))
    receipt = ReceiveReturn("ret_1", ONE, "east", expected_version=decided.version)
    await calls.receive_return(sold.id, receipt)
    await calls.receive_return(sold.id, receipt)
    await sold.rests() if not running else await sold.has_given_back(10_000)

    assert again.version == asked.version
    assert (await sold.order()).refunded.amount == 10_000


async def _at_once(*calls: Awaitable[object]) -> list[object]:
    answers = await asyncio.gather(*calls, return_exceptions=True)
    unexpected = [
        answer
        for answer in answers
        if isinstance(answer, BaseException) and not isinstance(answer, OrderChangedError | OrderRefusedError)
    ]
    assert unexpected == []
    return list(answers)


async def _delivered(shop: Shop, running: bool, quantity: int) -> tuple[Sold, int]:
    """An order whose goods have come, and the version at which nothing more happens to it by itself."""
    buyer = await shop.an_order(("tea", quantity), return_window=LONG if running else timedelta())
    await buyer.is_paid()
    await buyer.becomes(lambda order: order.shipments[0].status == "booked")
    await buyer.carried("delivered")
    if not running:
        await buyer.comes_to_rest()
    order = await buyer.becomes(lambda order: order.fulfilment_status == "delivered")
    return Sold(shop, buyer), order.version


async def _booked(shop: Shop) -> tuple[Customer, int]:
    buyer = await shop.an_order()
    await buyer.is_paid()
    order = await buyer.becomes(lambda order: order.shipments[0].status == "booked")
    return buyer, order.version
