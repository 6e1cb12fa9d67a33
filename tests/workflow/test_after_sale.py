"""Returns and refunds, asked of the order's running workflow and of one that has ended: the same happens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from domain.order.events import OrderEvent
from domain.order.returns import ReturnStatus
from domain.order.status import AfterSaleStatus, FulfilmentStatus, OrderStatus, PaymentStatus
from tests.workflow.offers import Offers
from tests.workflow.shop import Shop, cny
from tests.workflow.sold import Sold, completed, delivered
from workflows.client import OrderRefusedError
from workflows.contracts import LinkExchange

Sell = Callable[..., Awaitable[Sold]]


@pytest.fixture(params=["running", "ended"])
def sell(request: pytest.FixtureRequest, shop: Shop) -> Sell:
    """Makes an order whose goods have come; its own workflow runs, or has ended."""
    make = delivered if request.param == "running" else completed

    async def sold(*lines: tuple[str, int], **more: Any) -> Sold:
        return await make(shop, *lines, **more)

    return sold


def kinds(events: Sequence[OrderEvent]) -> list[str]:
    return [type(event).__name__ for event in events]


async def refused(asking: Awaitable[object]) -> str:
    with pytest.raises(OrderRefusedError) as refusal:
        await asking
    return refusal.value.code


async def test_a_return_goes_from_request_to_refund(sell: Sell) -> None:
    sold = await sell(("tea", 2))
    before = len(await sold.buyer.events())

    asked = await sold.wants_back((1, 1))
    assert (asked.order_id, asked.subject, asked.version) == (sold.id, "ret_1", before + 1)
    assert (await sold.order()).after_sale_status is AfterSaleStatus.REQUESTED
    await sold.decides()
    assert (await sold.case()).status is ReturnStatus.APPROVED
    await sold.receives((1, 1))
    order = await sold.has_given_back(10_000)

    assert kinds((await sold.buyer.events())[before:]) == [
        "ReturnRequested",
        "ReturnApproved",
        "ReturnReceived",
        "RefundRequested",
        "PaymentRefunded",
    ]
    case = await sold.case()
    assert (case.status, case.refund_key) == (ReturnStatus.REFUNDED, (await sold.promises())[0].refund_key)
    assert order.payment_status is PaymentStatus.PARTIALLY_REFUNDED
    assert order.after_sale_status is AfterSaleStatus.DONE
    await sold.tea_for_sale(4)


async def test_what_is_not_to_be_sold_again_stays_off_the_shelf(sell: Sell) -> None:
    sold = await sell(("tea", 2))
    await sold.wants_back((1, 2))
    await sold.decides()

    await sold.receives((1, 2), restock=False)

    await sold.has_given_back(20_000)
    await sold.tea_for_sale(3)


async def test_a_return_that_is_rejected_gives_nothing_back(sell: Sell) -> None:
    sold = await sell()
    await sold.wants_back()

    await sold.decides(approved=False)

    assert (await sold.case()).status is ReturnStatus.REJECTED
    assert await refused(sold.receives()) == "return_closed"
    assert await refused(sold.decides(approved=True)) == "return_closed"
    assert await sold.promises() == []


async def test_a_return_that_is_only_partly_accepted_is_only_partly_paid_back(sell: Sell) -> None:
    sold = await sell(("tea", 3))
    await sold.wants_back((1, 3))
    await sold.decides()
    assert await refused(sold.receives((1, 1), at="")) == "invalid_value"
    assert await refused(sold.receives((1, 4))) == "not_returnable"

    await sold.receives((1, 1))

    await sold.has_given_back(10_000)
    await sold.tea_for_sale(3)
    assert (await sold.case()).status is ReturnStatus.REFUNDED
    await sold.wants_back((1, 2), return_id="ret_2")


async def test_goods_that_may_stay_are_paid_back_at_once(sell: Sell) -> None:
    sold = await sell(("tea", 2))
    await sold.wants_back()

    await sold.decides(goods_back=False)

    await sold.has_given_back(10_000)
    await sold.tea_for_sale(3)


async def test_what_never_came_back_is_kept(sell: Sell) -> None:
    sold = await sell(receipt_window=timedelta(seconds=1))
    await sold.wants_back()
    await sold.decides()

    order = await sold.buyer.becomes(lambda order: order.after_sale_status is AfterSaleStatus.REJECTED)

    rejected = next(event for event in await sold.buyer.events() if type(event).__name__ == "ReturnRejected")
    assert (rejected.by, rejected.comment) == ("system", "not_received")  # type: ignore[union-attr]
    assert order.refunds == ()
    assert await refused(sold.receives()) == "return_closed"


async def test_two_equal_refunds_under_two_ids_both_happen(sell: Sell) -> None:
    sold = await sell(("tea", 2))

    answers = await asyncio.gather(
        sold.refunds("rfd_1", amount=cny(500)), sold.refunds("rfd_2", amount=cny(500))
    )

    order = await sold.has_given_back(1_000)
    assert {answer.subject for answer in answers} == {refund.key for refund in order.refunds}
    assert len(order.refunds) == 2


async def test_the_same_refund_again_and_again_goes_back_once(sell: Sell) -> None:
    sold = await sell(("tea", 2))

    answers = await asyncio.gather(*(sold.refunds("rfd_1", (1, 1)) for _ in range(5)))
    await sold.has_given_back(10_000)
    late = await sold.refunds("rfd_1", (1, 1))

    assert {answer.subject for answer in (*answers, late)} == {(await sold.promises())[0].refund_key}
    await sold.has_given_back(10_000)


async def test_units_that_are_paid_back_one_by_one_sum_up_to_their_line(shop: Shop, sell: Sell) -> None:
    await Offers(shop).promote("shop_threshold", {"minimum": 20_000, "amount": 1_000})
    sold = await sell(("tea", 3))
    order = await sold.order()
    assert order.total == order.goods == cny(29_000)

    for number in (1, 2, 3):
        await sold.refunds(f"rfd_{number}", (1, 1))
    await sold.has_given_back(29_000)

    assert [promise.amount.amount for promise in await sold.promises()] == [9_667, 9_666, 9_667]
    assert await refused(sold.refunds("rfd_4", (1, 1))) == "invalid_state_transition"


async def test_everything_that_goes_back_ends_the_order_as_cancelled(sell: Sell) -> None:
    sold = await sell(("tea", 2))

    await sold.refunds()
    order = await sold.buyer.becomes(lambda order: order.status is OrderStatus.CANCELLED)

    assert order.cancel_reason is not None
    assert (order.cancel_reason.value, order.payment_status) == ("refunded", PaymentStatus.REFUNDED)
    await sold.has_given_back(20_000)
    await sold.rests()
    await sold.tea_for_sale(3)


async def test_all_goods_that_come_back_are_for_sale_again_once(sell: Sell) -> None:
    sold = await sell(("tea", 2))
    await sold.wants_back((1, 2))
    await sold.decides()

    await sold.receives((1, 2))
    order = await sold.buyer.becomes(lambda order: order.status is OrderStatus.CANCELLED)

    assert order.fulfilment_status is FulfilmentStatus.RETURNED
    await sold.rests()
    level = await sold.shop.shelf_of_tea()
    assert level is not None
    assert (level.available, level.held, level.sold) == (5, 0, 0)


async def test_more_than_is_left_is_refused_whatever_it_is_asked_as(sell: Sell) -> None:
    sold = await sell(("tea", 2))
    await sold.refunds("rfd_1", (1, 1))
    await sold.has_given_back(10_000)

    assert await refused(sold.refunds("rfd_2", (1, 2))) == "not_returnable"
    assert await refused(sold.refunds("rfd_3", amount=cny(10_001))) == "refund_exceeds_captured"
    assert await refused(sold.refunds("rfd_4", (1, 1), amount=cny(1))) == "invalid_value"
    assert await refused(sold.wants_back((1, 2))) == "not_returnable"
    assert await refused(sold.wants_back((2, 1))) == "not_returnable"
    assert await refused(sold.decides(return_id="ret_9")) == "return_not_found"
    await sold.has_given_back(10_000)


async def test_an_exchange_is_a_return_and_another_order(shop: Shop, sell: Sell) -> None:
    sold = await sell()
    await sold.wants_back(exchange=True)
    await sold.decides()
    other = await shop.an_order(("tea", 1))
    await other.checks_out()

    link = LinkExchange("ret_1", other.id)
    answers = [await shop.workflows.link_exchange(sold.id, link) for _ in range(2)]
    await sold.receives()

    assert [answer.subject for answer in answers] == ["ret_1", "ret_1"]
    await sold.has_given_back(10_000)
    assert (await sold.case()).new_order_id == other.id
    assert (await other.order()).status is OrderStatus.CREATED


async def test_the_same_words_again_change_nothing(sell: Sell) -> None:
    sold = await sell(("tea", 2))
    for _ in range(2):
        await sold.wants_back()
    for _ in range(2):
        await sold.decides()
    for _ in range(2):
        await sold.receives()
    await sold.has_given_back(10_000)

    assert sum(type(event).__name__.startswith("Return") for event in await sold.buyer.events()) == 3
    await sold.tea_for_sale(4)


async def test_a_return_that_nobody_decides_is_told_to_somebody_once(shop: Shop, sell: Sell) -> None:
    sold = await sell(decision_window=timedelta(seconds=1))
    await sold.wants_back()

    alert = await shop.somebody_is_told("return_waits")

    assert (alert.order_id, alert.facts) == (sold.id, (("about", "ret_1"),))
    await sold.decides(approved=False)
    assert (await sold.case()).status is ReturnStatus.REJECTED
