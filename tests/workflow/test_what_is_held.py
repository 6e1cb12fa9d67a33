"""Quota, voucher and points are held with the goods, used up by the payment, given back with the order."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from domain.ports.stock import HoldRequest, StockLevel
from domain.pricing.request import Wishes
from domain.stock.allowance import Allowance, Claim
from domain.stock.hold import HoldKind, HoldStatus, StockLine
from tests.workflow.offers import AN_HOUR, VOUCHER, Offers, now
from tests.workflow.shop import Customer, Shop, cny, open_shop
from workflows.contracts import CancelOrder, ConfirmPrice
from workflows.policies import PRICE_ROUNDS

QUOTA = Allowance.of_promotion("pro_flash_sale", "tea")
LIMIT = Allowance.of_promotion_for("pro_flash_sale", "tea", "buyer-1")
USES = Allowance.of_voucher(VOUCHER)
POINTS = Allowance.of_points("buyer-1")
EVERYTHING = Wishes(voucher_code=VOUCHER, points=500)
# Available, held, consumed: of 10 units of quota, 3 uses of the voucher, 700 points.
FREE = [(10, 0, 0), (3, 0, 0), (700, 0, 0)]
HELD = [(8, 2, 0), (2, 1, 0), (200, 500, 0)]
USED = [(8, 0, 2), (2, 0, 1), (200, 0, 500)]


async def _an_order_that_uses_everything(shop: Shop, **policies: Any) -> Customer:
    offers = Offers(shop)
    await offers.flash(quota=10)
    await offers.voucher(uses=3)
    await offers.points(700)
    return await shop.an_order(("tea", 2), wishes=EVERYTHING, **policies)


async def _levels(shop: Shop) -> list[tuple[int, int, int] | None]:
    return [await Offers(shop).level(allowance) for allowance in (QUOTA, USES, POINTS)]


async def test_everything_is_held_with_the_goods_and_used_up_with_the_payment(shop: Shop) -> None:
    buyer = await _an_order_that_uses_everything(shop)

    answer = await buyer.checks_out()
    held = await _levels(shop)
    await buyer.pays_and_it_is_reported()
    await buyer.becomes(lambda order: order.status == "paid")

    # 2 x 80.00 in the flash sale, 10.00 by voucher, 5.00 by points.
    assert answer.total == cny(14_500)
    assert held == HELD
    assert await _levels(shop) == USED


async def test_everything_comes_back_when_the_order_is_cancelled(shop: Shop) -> None:
    buyer = await _an_order_that_uses_everything(shop)
    await buyer.checks_out()

    await shop.workflows.cancel(buyer.id, CancelOrder("buyer", "buyer-1"))
    await buyer.comes_to_rest()

    assert await _levels(shop) == FREE


async def test_everything_comes_back_when_a_paid_order_is_cancelled(shop: Shop) -> None:
    buyer = await _an_order_that_uses_everything(shop)
    await buyer.checks_out()
    await buyer.pays_and_it_is_reported()
    await buyer.becomes(lambda order: order.status == "paid")

    await shop.workflows.cancel(buyer.id, CancelOrder("buyer", "buyer-1"))
    await buyer.comes_to_rest()

    assert await _levels(shop) == FREE
    assert await shop.shelf_of_tea() == StockLevel("tea", available=5, held=0, sold=0)


async def test_everything_comes_back_when_nobody_pays(shop: Shop) -> None:
    buyer = await _an_order_that_uses_everything(shop, payment_window=timedelta(milliseconds=500))
    await buyer.checks_out()

    outcome = await buyer.comes_to_rest()

    assert outcome.cancel_reason == "payment_timeout"
    assert await _levels(shop) == FREE


async def test_a_buyer_who_is_asked_and_says_nothing_has_used_nothing(shop: Shop) -> None:
    buyer = await _an_order_that_uses_everything(shop, confirmation_window=timedelta(milliseconds=500))
    await Offers(shop).flash(price=9_000, quota=10)

    asked = await buyer.checks_out()
    outcome = await buyer.comes_to_rest()

    assert (asked.status, outcome.cancel_reason) == ("draft", "confirmation_timeout")
    assert await _levels(shop) == FREE


async def test_a_payment_after_the_hold_has_expired_takes_everything_again(shop: Shop) -> None:
    buyer = await _an_order_that_uses_everything(shop)
    await buyer.checks_out()
    await shop.stock.expire_holds(now() + AN_HOUR, 10)
    expired = await _levels(shop)

    await buyer.pays_and_it_is_reported()
    await buyer.becomes(lambda order: order.status == "paid")

    assert expired == FREE
    assert await _levels(shop) == USED


async def test_a_payment_after_the_voucher_went_to_somebody_else_goes_back(shop: Shop) -> None:
    buyer = await _an_order_that_uses_everything(shop)
    await buyer.checks_out()
    await shop.stock.expire_holds(now() + AN_HOUR, 10)
    rival = HoldRequest("rival", (), now() + AN_HOUR, "buyer-2", claims=(Claim(USES, 3),))
    assert not (await shop.stock.take(rival)).refused

    await buyer.pays_and_it_is_reported()
    outcome = await buyer.comes_to_rest()

    assert (outcome.cancel_reason, outcome.captured, outcome.refunded) == (
        "out_of_stock",
        cny(14_500),
        cny(14_500),
    )
    assert await shop.shelf_of_tea() == StockLevel("tea", available=5, held=0, sold=0)


async def test_quota_that_is_lost_between_check_and_hold_makes_the_buyer_choose(shop: Shop) -> None:
    offers = Offers(shop)
    await offers.flash(quota=1)
    buyer = await shop.an_order()
    offers.somebody_is_faster(Claim(QUOTA, 1))

    asked = await buyer.checks_out()
    answer = await shop.workflows.confirm_price(buyer.id, ConfirmPrice(asked.snapshot_id))

    (message,) = asked.messages
    assert (asked.status, message.reason) == ("draft", "promotion_sold_out")
    assert (message.old_total, message.new_total) == (cny(8_000), cny(10_000))
    assert (answer.status, answer.total) == ("created", cny(10_000))
    assert (await buyer.kinds()).count("OrderDrafted") == 1
    assert await offers.level(QUOTA) == (0, 1, 0)


async def test_quota_lost_while_a_confirmed_price_is_held_asks_once_more(shop: Shop) -> None:
    offers = Offers(shop)
    buyer = await shop.an_order()
    await shop.sells(price=12_000)
    await offers.flash(price=11_000, quota=1)
    asked = await buyer.checks_out()
    offers.somebody_is_faster(Claim(QUOTA, 1))

    again = await shop.workflows.confirm_price(buyer.id, ConfirmPrice(asked.snapshot_id))

    assert (again.status, again.total, again.messages[0].reason) == (
        "draft",
        cny(12_000),
        "promotion_sold_out",
    )
    assert await buyer.kinds() == ["OrderDrafted"]


async def test_a_small_offer_that_is_lost_does_not_stop_the_order(shop: Shop) -> None:
    offers = Offers(shop)
    await offers.flash(price=9_950, quota=1)
    buyer = await shop.an_order()
    offers.somebody_is_faster(Claim(QUOTA, 1))

    answer = await buyer.checks_out()

    assert (answer.status, answer.total) == ("created", cny(9_950))
    assert await offers.level(QUOTA) == (0, 1, 0)


async def test_a_small_voucher_that_is_lost_is_asked_about_because_it_cannot_be_had(shop: Shop) -> None:
    offers = Offers(shop)
    await offers.voucher(50, uses=1)
    buyer = await shop.an_order(wishes=Wishes(voucher_code=VOUCHER))
    offers.somebody_is_faster(Claim(USES, 1))

    asked = await buyer.checks_out()

    assert (asked.status, asked.total) == ("draft", cny(10_000))
    assert asked.messages[0].reason == "deduction_changed"


async def test_what_a_task_that_was_lost_had_held_comes_back_with_a_declined_draft(shop: Shop) -> None:
    buyer = await shop.an_order()
    lost = HoldRequest(buyer.id, (StockLine("tea", 1),), now() + AN_HOUR, "buyer-1")
    await shop.stock.take(lost)
    await shop.sells(price=12_000, stock=4)

    await buyer.checks_out()
    await shop.workflows.decline_price(buyer.id)
    await buyer.comes_to_rest()

    assert await shop.shelf_of_tea() == StockLevel("tea", available=5, held=0, sold=0)


@pytest.mark.parametrize(
    ("allowance", "slug"),
    [
        (QUOTA, "promotion_sold_out"),
        (LIMIT, "promotion_limit_reached"),
        (USES, "voucher_used_up"),
        (POINTS, "not_enough_points"),
    ],
)
async def test_an_order_that_cannot_be_held_at_any_price_is_refused_within_bounds(
    shop: Shop, allowance: Allowance, slug: str
) -> None:
    refused = Offers(shop).always_short_of(allowance)
    buyer = await shop.an_order()

    answer = await buyer.checks_out()
    outcome = await buyer.comes_to_rest()

    assert (answer.status, answer.refusal) == ("cancelled", slug)
    assert [short.allowance for short in answer.shortages] == [allowance]
    assert outcome.cancel_reason == "out_of_stock"
    assert len(refused) == PRICE_ROUNDS
    assert await buyer.kinds() == ["OrderDrafted", "OrderCancelled"]


async def test_goods_that_are_gone_are_not_asked_about(shop: Shop) -> None:
    offers = Offers(shop)
    await offers.flash(quota=10)
    buyer = await shop.an_order(("tea", 2))
    other = await shop.an_order(("tea", 4), buyer_id="buyer-2")
    await other.checks_out()

    answer = await buyer.checks_out()

    assert (answer.status, answer.refusal) == ("cancelled", "out_of_stock")


async def test_a_cart_becomes_the_order_without_letting_go_in_between(shop: Shop) -> None:
    offers = Offers(shop)
    await offers.flash(quota=2)
    cart = HoldRequest(
        "hold_1",
        (StockLine("tea", 2),),
        now() + timedelta(minutes=5),
        "buyer-1",
        HoldKind.CART,
        (Claim(QUOTA, 2),),
    )
    await shop.stock.take(cart)

    buyer = await shop.an_order(("tea", 2), wishes=Wishes(hold_ids=("hold_1",)))
    answer = await buyer.checks_out()

    assert (answer.status, answer.total) == ("created", cny(16_000))
    assert await shop.shelf_of_tea() == StockLevel("tea", available=3, held=2, sold=0)
    assert await offers.level(QUOTA) == (0, 2, 0)
    found = [await shop.stock.find(reference) for reference in ("hold_1", buyer.id)]
    assert [hold and hold.status for hold in found] == [HoldStatus.CONVERTED, HoldStatus.ACTIVE]


async def test_a_buyer_may_use_an_offer_up_to_its_limit_and_not_beyond(shop: Shop) -> None:
    offers = Offers(shop)
    await offers.flash(per_buyer_limit=1)
    first = await shop.an_order()
    second = await shop.an_order()

    await first.checks_out()
    asked = await second.checks_out()

    assert (asked.status, asked.messages[0].reason) == ("draft", "promotion_sold_out")
    assert asked.total == cny(10_000)


async def test_workers_lost_between_check_and_hold_find_the_same_price(shop: Shop) -> None:
    async with open_shop(shop.temporal) as lost:
        buyer = await _an_order_that_uses_everything(lost)
        gate = lost.blocks_at("take_holds")
        checkout = asyncio.create_task(buyer.checks_out())
        await gate.reached()
    gate.open()

    async with lost.opens_again():
        answer = await checkout

    assert (answer.status, answer.total) == ("created", cny(14_500))
    assert await _levels(lost) == HELD
    assert len(await lost.snapshots.of_order(buyer.id)) == 1
