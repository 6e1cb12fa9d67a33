"""Workers that die, answers that are lost, servers that are away: money and goods of a return move once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import Client

from tests.support.fake_gateway import Operation, Trouble
from tests.workflow.gates import until
from tests.workflow.shop import Shop, cny, open_shop
from tests.workflow.sold import Sold, completed, delivered, refund_calls, trouble_is_over
from workflows.contracts import LinkExchange
from workflows.workers import Queues

Sell = Callable[..., Awaitable[Sold]]


@pytest.fixture(params=["running", "ended"])
def sell(request: pytest.FixtureRequest, shop: Shop) -> Sell:
    make = delivered if request.param == "running" else completed

    async def sold(*lines: tuple[str, int], **more: Any) -> Sold:
        return await make(shop, *lines, **more)

    return sold


@pytest.mark.parametrize("trouble", [Trouble.UNAVAILABLE, Trouble.EXECUTED_THEN_TIMEOUT, Trouble.PENDING])
async def test_a_provider_in_trouble_refunds_once_in_the_end(
    shop: Shop, sell: Sell, trouble: Trouble
) -> None:
    sold = await sell(("tea", 2))
    shop.payments.next_call(Operation.REFUND, trouble, times=2)

    await sold.refunds("rfd_1", (1, 1))

    await sold.has_given_back(10_000)
    assert len(await sold.sent()) == 1


async def test_a_refund_that_the_provider_refuses_is_a_matter_for_a_person(shop: Shop, sell: Sell) -> None:
    sold = await sell(("tea", 2))
    shop.payments.next_call(Operation.REFUND, Trouble.REFUSED)

    await sold.refunds("rfd_1", (1, 1))

    alert = await shop.somebody_is_told("step_failed_refused_by_provider")
    assert alert.order_id == sold.id
    assert sold.sent_by_provider == 0


@pytest.mark.parametrize("nth", [1, 2])
async def test_a_promise_whose_answer_was_lost_is_made_once(shop: Shop, sell: Sell, nth: int) -> None:
    sold = await sell(("tea", 2))
    _loses_answers(shop.events, "append", nth)

    await sold.refunds("rfd_1", (1, 1))

    await sold.has_given_back(10_000)
    assert (len(await sold.promises()), len(await sold.sent())) == (1, 1)


async def test_a_shelf_whose_answer_was_lost_takes_goods_back_once(shop: Shop, sell: Sell) -> None:
    sold = await sell(("tea", 2))
    await sold.wants_back((1, 2))
    await sold.decides()
    _loses_answers(shop.warehouses, "take_back", 1)

    await sold.receives((1, 2))

    await sold.has_given_back(20_000)
    await sold.tea_for_sale(5)


@pytest.mark.parametrize("make", [delivered, completed])
async def test_a_worker_that_dies_between_promise_and_refund_sends_once(
    temporal: Client, make: Callable[..., Awaitable[Sold]]
) -> None:
    shop = Shop(temporal, Queues(f"orders-{uuid4().hex}", f"payments-{uuid4().hex}"))
    async with shop.opens_again():
        await shop.sells()
        sold = await make(shop, ("tea", 2))
        shop.payments.next_call(Operation.REFUND, Trouble.EXECUTED_THEN_TIMEOUT, times=1_000)
        await sold.refunds("rfd_1", (1, 1))
        await until(sold.promises, len)
        await until(lambda: refund_calls(shop), lambda calls: calls)
    assert (await sold.sent(), sold.sent_by_provider) == ([], 10_000)

    trouble_is_over(shop)
    async with shop.opens_again():
        await sold.has_given_back(10_000)

    assert (len(await sold.promises()), len(await sold.sent())) == (1, 1)


async def test_what_is_refused_at_once_leaves_no_trace_in_a_running_order(temporal: Client) -> None:
    async with open_shop(temporal) as shop:
        sold = await delivered(shop)
        before = await sold.buyer.history()

        with pytest.raises(Exception, match="not_returnable"):
            await sold.wants_back((1, 2))

        assert "workflow_execution_update_accepted" not in (await sold.buyer.history())[len(before) :]


async def test_every_request_writes_under_a_name_of_its_own(
    shop: Shop, sell: Sell, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A lost task may bring requests again in another order. Under one name the second would find what the
    # first has stored, take it for its own, and never be written.
    sold = await sell(("tea", 5))
    written, real = list[str](), shop.events.append

    async def append(order_id: str, version: int, command_key: str, *more: Any) -> Any:
        written.append(command_key.rpartition("@")[0])
        return await real(order_id, version, command_key, *more)

    monkeypatch.setattr(shop.events, "append", append)
    for number in (1, 2):
        await sold.refunds(f"rfd_{number}", amount=cny(100))
        await sold.wants_back((1, 1), return_id=f"ret_{number}", exchange=True)
        await sold.decides(return_id=f"ret_{number}")
        await sold.receives((1, 1), return_id=f"ret_{number}")
        await shop.workflows.link_exchange(sold.id, LinkExchange(f"ret_{number}", f"ord_{number}"))
    await sold.wants_back((1, 1), return_id="ret_3")
    await sold.decides(return_id="ret_3", approved=False)

    await sold.has_given_back(20_200)
    assert len(set(written)) == len(written) >= 12


class LostAnswerError(Exception):
    """The transaction was committed, and nobody heard of it."""


def _loses_answers(port: object, method: str, nth: int) -> None:
    """The `nth` call from now on is done, and its answer is lost."""
    real, calls = getattr(port, method), 0

    async def call(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        answer = await real(*args, **kwargs)
        if calls == nth:
            raise LostAnswerError
        return answer

    setattr(port, method, call)
