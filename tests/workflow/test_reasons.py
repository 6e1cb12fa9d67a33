"""Why a price is another one than shown: each cause asks by its own word (requirements B25, B29, B46)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count

import pytest

from domain.money import Money
from domain.ports.stock import StockLevel
from domain.pricing.asking import PriceDrop
from domain.pricing.request import Scene, Wishes
from domain.stock.allowance import Allowance, Claim
from tests.workflow.gates import until
from tests.workflow.offers import VOUCHER, Offers, now, time_now
from tests.workflow.shop import Customer, Shop, cny
from workflows.contracts import CheckoutAnswer, ConfirmPrice
from workflows.policies import PRICE_ROUNDS

Story = Callable[[Offers], Awaitable[Customer]]
A_WEEK = timedelta(days=7)


async def promotion_ended(offers: Offers) -> Customer:
    flash = await offers.flash()
    buyer = await offers.shop.an_order()
    await offers.ends(flash)
    return buyer


async def promotion_sold_out(offers: Offers) -> Customer:
    await offers.flash(quota=1)
    buyer = await offers.shop.an_order()
    rival = await offers.shop.an_order(buyer_id="buyer-2")
    assert (await rival.checks_out()).total == cny(8_000)
    return buyer


async def new_buyer_offer_over(offers: Offers) -> Customer:
    registered = now() - A_WEEK + timedelta(seconds=1.5)
    await offers.buyer(registered=registered)
    await offers.promote("new_buyer_price", {"prices": {"tea": 8_000}})
    buyer = await offers.shop.an_order()
    await until(time_now, lambda time: time > registered + A_WEEK)
    return buyer


async def price_adjusted(offers: Offers) -> Customer:
    buyer = await offers.shop.an_order()
    await offers.shop.sells(price=12_000)
    return buyer


async def identity_changed(offers: Offers) -> Customer:
    await offers.buyer("vip")
    await offers.promote("vip_price", {"prices": {"tea": 8_000}}, segments=frozenset({"vip"}))
    buyer = await offers.shop.an_order()
    await offers.buyer()
    return buyer


async def deduction_changed(offers: Offers) -> Customer:
    voucher = await offers.voucher()
    buyer = await offers.shop.an_order(wishes=Wishes(voucher_code=VOUCHER))
    await offers.voucher_ends(voucher)
    return buyer


async def price_completed(offers: Offers) -> Customer:
    await offers.shop.catalogue.put_delivery_fee("shop-7", cny(1_000))
    shown = await offers.shop.quote(("tea", 1), scene=Scene.CART, buyer_id="buyer-1")
    return await offers.shop.an_order(snapshot_id=shown)


async def rules_changed(offers: Offers) -> Customer:
    await offers.threshold(2_000)
    buyer = await offers.shop.an_order()
    await offers.threshold(500)
    return buyer


STORIES: dict[str, Story] = {
    story.__name__: story
    for story in (
        promotion_ended,
        promotion_sold_out,
        new_buyer_offer_over,
        price_adjusted,
        identity_changed,
        deduction_changed,
        price_completed,
        rules_changed,
    )
}


@pytest.mark.parametrize("reason", STORIES)
async def test_every_cause_asks_by_its_own_word_and_a_confirmed_price_is_charged(
    shop: Shop, reason: str
) -> None:
    buyer = await STORIES[reason](Offers(shop))

    asked = await buyer.checks_out()
    answer = await shop.workflows.confirm_price(buyer.id, ConfirmPrice(asked.snapshot_id))

    assert _question(asked)[:2] == ("price_changed", reason)
    order = await buyer.order()
    assert (answer.status, answer.total) == ("created", asked.total)
    assert (order.total, order.snapshot_id) == (asked.total, asked.snapshot_id)
    assert order.goods.amount == sum(order.line_goods)


@pytest.mark.parametrize("reason", ["promotion_ended", "promotion_sold_out", "deduction_changed"])
async def test_a_declined_price_ends_the_order_with_nothing_held(shop: Shop, reason: str) -> None:
    buyer = await STORIES[reason](Offers(shop))
    before = await shop.shelf_of_tea()

    await buyer.checks_out()
    await shop.workflows.decline_price(buyer.id)
    outcome = await buyer.comes_to_rest()

    assert outcome.cancel_reason == "price_declined"
    assert await shop.shelf_of_tea() == before


async def test_a_buyer_whose_new_buyer_offer_is_over_hears_of_it_besides(shop: Shop) -> None:
    buyer = await new_buyer_offer_over(Offers(shop))

    await buyer.checks_out()

    await until(_told(buyer), lambda codes: codes == ["new_buyer_offer_over"])


async def test_other_changes_are_told_by_the_answer_alone(shop: Shop) -> None:
    buyer = await promotion_ended(Offers(shop))

    await buyer.checks_out()
    await shop.workflows.decline_price(buyer.id)
    await buyer.comes_to_rest()

    assert await _told(buyer)() == []


async def test_an_order_agreed_after_two_changes_has_the_last_prices_in_its_lines(shop: Shop) -> None:
    buyer = await price_adjusted(Offers(shop))
    asked = await buyer.checks_out()
    await shop.sells(price=15_000)

    again = await shop.workflows.confirm_price(buyer.id, ConfirmPrice(asked.snapshot_id))
    await shop.workflows.confirm_price(buyer.id, ConfirmPrice(again.snapshot_id))

    order = await buyer.order()
    assert [line.unit_price for line in order.lines] == [cny(15_000)]
    assert (order.goods, order.line_goods, order.total) == (cny(15_000), (15_000,), cny(15_000))
    assert (await buyer.kinds()).count("OrderDrafted") == 1


async def test_a_second_question_gives_the_buyer_the_whole_time_again(shop: Shop) -> None:
    window = timedelta(seconds=4)
    buyer = await shop.an_order(confirmation_window=window)
    await shop.sells(price=12_000)
    asked = await buyer.checks_out()
    await shop.sells(price=15_000)
    half = now() + window / 2
    await until(time_now, lambda time: time > half)

    await shop.workflows.confirm_price(buyer.id, ConfirmPrice(asked.snapshot_id))
    asked_again = now()
    outcome = await buyer.comes_to_rest()

    assert outcome.cancel_reason == "confirmation_timeout"
    assert now() >= asked_again + window - timedelta(seconds=0.5)


async def test_a_lower_price_asks_too_unless_the_policy_says_otherwise(shop: Shop) -> None:
    buyer = await shop.an_order()
    await shop.sells(price=7_000)

    asked = await buyer.checks_out()

    assert (asked.status, asked.total) == ("draft", cny(7_000))
    assert _question(asked) == ("price_changed", "price_adjusted", "warning", cny(10_000), cny(7_000))


async def test_a_lower_price_is_charged_without_a_question_where_the_policy_applies_it(shop: Shop) -> None:
    buyer = await shop.an_order(price_drop=PriceDrop.APPLY)
    await shop.sells(price=7_000)

    answer = await buyer.checks_out()

    assert (answer.status, answer.total) == ("created", cny(7_000))
    assert _question(answer) == ("price_changed", "price_adjusted", "info", cny(10_000), cny(7_000))
    assert answer.snapshot_id != buyer.start.snapshot_id
    assert [snapshot.id for snapshot in await shop.snapshots.of_order(buyer.id)] == [
        buyer.start.snapshot_id,
        answer.snapshot_id,
    ]
    assert (await buyer.kinds())[:2] == ["OrderDrafted", "OrderCreated"]


async def test_a_higher_price_asks_whatever_the_policy_for_lower_ones(shop: Shop) -> None:
    buyer = await shop.an_order(price_drop=PriceDrop.APPLY)
    await shop.sells(price=12_000)

    assert (await buyer.checks_out()).status == "draft"


async def test_a_confirmed_price_that_has_fallen_meanwhile_is_applied_too(shop: Shop) -> None:
    buyer = await shop.an_order(price_drop=PriceDrop.APPLY)
    await shop.sells(price=12_000)
    asked = await buyer.checks_out()
    await shop.sells(price=9_000)

    answer = await shop.workflows.confirm_price(buyer.id, ConfirmPrice(asked.snapshot_id))

    assert (answer.status, answer.total) == ("created", cny(9_000))


async def test_a_price_that_falls_with_every_look_is_asked_about_in_the_end(shop: Shop) -> None:
    offers, real, reductions = Offers(shop), shop.snapshots.claim, count(1_000, 1_000)
    buyer = await shop.an_order(price_drop=PriceDrop.APPLY)

    async def claim(snapshot_id: str, order_id: str) -> None:
        await offers.threshold(next(reductions))
        await real(snapshot_id, order_id)

    shop.snapshots.claim = claim  # type: ignore[method-assign]

    answer = await buyer.checks_out()

    lowest = cny(10_000 - PRICE_ROUNDS * 1_000)
    assert (answer.status, answer.total) == ("draft", lowest)
    assert _question(answer)[2:] == ("warning", cny(10_000), lowest)
    assert await shop.shelf_of_tea() == StockLevel("tea", available=5, held=0, sold=0)


async def test_a_voucher_that_was_lost_between_check_and_hold_asks_again(shop: Shop) -> None:
    offers = Offers(shop)
    await offers.voucher(uses=1)
    buyer = await shop.an_order(wishes=Wishes(voucher_code=VOUCHER))
    offers.somebody_is_faster(Claim(Allowance.of_voucher(VOUCHER), 1))

    asked = await buyer.checks_out()

    assert asked.status == "draft"
    assert _question(asked) == ("price_changed", "deduction_changed", "warning", cny(9_000), cny(10_000))


def _question(answer: CheckoutAnswer) -> tuple[str, str, str, Money | None, Money | None]:
    (message,) = answer.messages
    return message.code, message.reason, message.severity, message.old_total, message.new_total


def _told(buyer: Customer) -> Callable[[], Awaitable[list[str]]]:
    async def codes() -> list[str]:
        return [notice.code for notice in buyer.shop.notices.buyer_notices if notice.order_id == buyer.id]

    return codes
