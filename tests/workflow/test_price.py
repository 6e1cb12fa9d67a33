"""The price that was shown, the price of today, and what the buyer says to the difference."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.ports.stock import StockLevel
from tests.workflow.gates import until
from tests.workflow.shop import Customer, Shop, cny
from workflows.client import OrderRefusedError
from workflows.contracts import CancelOrder, CheckoutAnswer, ConfirmPrice

ALL_BACK = StockLevel("tea", available=5, held=0, sold=0)


async def test_a_difference_within_tolerance_is_honoured_at_the_shown_price(shop: Shop) -> None:
    buyer = await shop.an_order()
    await shop.sells(price=10_100)

    answer = await buyer.checks_out()

    assert (answer.status, answer.total) == ("created", cny(10_000))
    assert answer.messages == ()


async def test_a_changed_price_asks_the_buyer_and_holds_nothing(shop: Shop) -> None:
    buyer, answer = await _asked(shop)

    assert answer.status == "draft"
    assert answer.snapshot_id != buyer.start.snapshot_id
    (message,) = answer.messages
    assert (message.code, message.old_total, message.new_total) == (
        "price_changed",
        cny(10_000),
        cny(12_000),
    )
    assert await buyer.kinds() == ["OrderDrafted"]
    assert await shop.shelf_of_tea() == ALL_BACK


async def test_a_confirmed_price_is_the_one_to_pay(shop: Shop) -> None:
    buyer, asked = await _asked(shop)

    answer = await shop.workflows.confirm_price(buyer.id, ConfirmPrice(asked.snapshot_id))

    assert (answer.status, answer.total) == ("created", cny(12_000))
    assert answer.pay_url


async def test_confirming_twice_gives_the_same_answer(shop: Shop) -> None:
    buyer, asked = await _asked(shop)
    command = ConfirmPrice(asked.snapshot_id)

    answers = await asyncio.gather(*(shop.workflows.confirm_price(buyer.id, command) for _ in range(3)))

    assert len(set(answers)) == 1
    assert (await buyer.kinds()).count("OrderCreated") == 1


async def test_only_the_snapshot_that_was_asked_about_can_be_confirmed(shop: Shop) -> None:
    buyer, _ = await _asked(shop)

    with pytest.raises(OrderRefusedError) as refused:
        await shop.workflows.confirm_price(buyer.id, ConfirmPrice(buyer.start.snapshot_id))

    assert refused.value.code == "snapshot_mismatch"


async def test_a_price_that_nobody_asked_about_cannot_be_confirmed(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.checks_out()

    with pytest.raises(OrderRefusedError) as refused:
        await shop.workflows.confirm_price(buyer.id, ConfirmPrice(buyer.start.snapshot_id))

    assert refused.value.code == "invalid_state_transition"


async def test_a_price_that_changes_again_before_the_answer_asks_again(shop: Shop) -> None:
    buyer, asked = await _asked(shop)
    await shop.sells(price=15_000)

    again = await shop.workflows.confirm_price(buyer.id, ConfirmPrice(asked.snapshot_id))
    answer = await shop.workflows.confirm_price(buyer.id, ConfirmPrice(again.snapshot_id))

    assert (again.status, again.total) == ("draft", cny(15_000))
    assert (answer.status, answer.total) == ("created", cny(15_000))


async def test_a_declined_price_ends_the_order(shop: Shop) -> None:
    buyer, _ = await _asked(shop)

    answer = await shop.workflows.decline_price(buyer.id)
    outcome = await buyer.comes_to_rest()

    assert answer.status == "cancelled"
    assert outcome.cancel_reason == "price_declined"
    assert await shop.shelf_of_tea() == ALL_BACK


async def test_a_buyer_who_says_nothing_loses_the_draft(shop: Shop) -> None:
    buyer, _ = await _asked(shop, confirmation_window=timedelta(milliseconds=500))

    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.cancel_reason) == ("cancelled", "confirmation_timeout")


async def test_a_draft_can_be_cancelled(shop: Shop) -> None:
    buyer, _ = await _asked(shop)

    await shop.workflows.cancel(buyer.id, CancelOrder("buyer", "buyer-1"))
    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.cancel_reason) == ("cancelled", "buyer")


async def test_cancelling_while_a_confirmed_price_takes_its_goods_leaves_none_of_them_held(
    shop: Shop,
) -> None:
    buyer, asked = await _asked(shop)
    shop.fails_to_take_holds(times=5)
    confirm = asyncio.create_task(shop.workflows.confirm_price(buyer.id, ConfirmPrice(asked.snapshot_id)))
    await until(buyer.history, lambda history: history.count("timer_started") == 2)

    cancelled = await shop.workflows.cancel(buyer.id, CancelOrder("buyer", "buyer-1"))
    confirmed = await confirm
    await buyer.comes_to_rest()

    assert (confirmed.status, cancelled.status) == ("created", "cancelled")
    assert await shop.shelf_of_tea() == ALL_BACK


async def test_a_price_cannot_be_declined_once_it_was_agreed(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.checks_out()

    with pytest.raises(OrderRefusedError) as refused:
        await shop.workflows.decline_price(buyer.id)

    assert refused.value.code == "invalid_state_transition"


async def test_an_expired_snapshot_of_the_same_total_goes_on_with_a_fresh_one(shop: Shop) -> None:
    buyer = await shop.an_order(lifetime=timedelta(0))

    answer = await buyer.checks_out()

    assert (answer.status, answer.total) == ("created", cny(10_000))
    assert answer.snapshot_id != buyer.start.snapshot_id
    assert [message.code for message in answer.messages] == ["price_recalculated"]


async def test_a_snapshot_about_to_expire_is_honoured_with_a_warning(shop: Shop) -> None:
    buyer = await shop.an_order(lifetime=timedelta(minutes=1))

    answer = await buyer.checks_out()

    assert answer.status == "created"
    assert [message.code for message in answer.messages] == ["expiring_soon"]


async def test_a_confirmation_that_comes_after_its_snapshot_goes_on_when_the_price_is_still_the_same(
    shop: Shop,
) -> None:
    buyer, asked = await _asked(shop)
    await _expires(shop, asked.snapshot_id)

    answer = await shop.workflows.confirm_price(buyer.id, ConfirmPrice(asked.snapshot_id))

    assert (answer.status, answer.total) == ("created", cny(12_000))
    assert answer.snapshot_id != asked.snapshot_id
    assert [message.code for message in answer.messages] == ["price_recalculated"]


async def test_a_confirmation_that_comes_after_its_snapshot_asks_again_at_another_price(shop: Shop) -> None:
    buyer, asked = await _asked(shop)
    await shop.sells(price=12_050)
    await _expires(shop, asked.snapshot_id)

    again = await shop.workflows.confirm_price(buyer.id, ConfirmPrice(asked.snapshot_id))

    assert (again.status, again.total) == ("draft", cny(12_050))
    assert again.snapshot_id != asked.snapshot_id


async def test_a_snapshot_serves_one_order(shop: Shop) -> None:
    first = await shop.an_order()
    await first.checks_out()
    second = await shop.an_order(snapshot_id=first.start.snapshot_id)

    answer = await second.checks_out()
    outcome = await second.comes_to_rest()

    assert (answer.status, answer.refusal) == ("refused", "snapshot_already_used")
    assert outcome.status == "refused"
    assert await second.events() == []


async def _expires(shop: Shop, snapshot_id: str) -> None:
    snapshot = await shop.snapshots.get(snapshot_id)
    assert snapshot is not None
    shop.snapshots._snapshots[snapshot_id] = replace(snapshot, expires_at=snapshot.created_at)


async def _asked(shop: Shop, **policies: Any) -> tuple[Customer, CheckoutAnswer]:
    """An order whose price rose from 100.00 to 120.00 before checkout."""
    buyer = await shop.an_order(**policies)
    await shop.sells(price=12_000)
    return buyer, await buyer.checks_out()
