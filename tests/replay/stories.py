"""The stories whose histories are kept: one for each way through the workflows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from domain.catalogue.items import Category
from domain.payment.facts import FactKind
from domain.pricing.asking import PriceDrop
from domain.pricing.request import Wishes
from domain.stock.allowance import Allowance, Claim
from tests.replay.goods_stories import GOODS_STORIES
from tests.replay.openings import ended, paid
from tests.support.fake_gateway import Operation, Trouble
from tests.workflow.gates import until
from tests.workflow.offers import VOUCHER, Offers, now, time_now
from tests.workflow.shop import Shop, cny
from workflows.contracts import CancelOrder, Chore, ConfirmPrice, PayAgain
from workflows.names import late_payment_workflow_id

SOON = timedelta(milliseconds=500)
BY_BUYER = CancelOrder("buyer", "buyer-1")


async def delivered(shop: Shop) -> str:
    buyer = await paid(shop)
    await buyer.parcel("handed_over")
    await buyer.becomes(lambda order: order.status == "shipped")
    await buyer.parcel("delivered")
    return await ended(buyer)


async def virtual(shop: Shop) -> str:
    await shop.sells("e-book", category=Category.VIRTUAL)
    buyer = await shop.an_order(("e-book", 1))
    await buyer.checks_out()
    await buyer.pays_and_it_is_reported()
    return await ended(buyer)


async def declined_then_paid_then_both(shop: Shop) -> str:
    buyer = await shop.an_order()
    first = await buyer.checks_out()
    await buyer.hears(shop.payments.buyer_declines(first.payment_key))
    await buyer.becomes(lambda order: order.payment_status == "failed")
    await shop.workflows.pay_again(buyer.id, PayAgain("again-1"))
    await buyer.pays_and_it_is_reported(nth=2)
    await buyer.becomes(lambda order: order.status == "paid")
    await buyer.hears(shop.payments.happens(first.payment_key, FactKind.CAPTURED, cny(10_000)))
    await buyer.becomes(lambda order: order.refunds_done)
    await buyer.parcel("delivered")
    return await ended(buyer)


async def never_paid(shop: Shop) -> str:
    buyer = await shop.an_order(payment_window=SOON)
    await buyer.checks_out()
    return await ended(buyer)


async def provider_silent_at_the_deadline(shop: Shop) -> str:
    buyer = await shop.an_order(payment_window=SOON)
    shop.payments.next_call(Operation.CANCEL, Trouble.UNAVAILABLE, times=2)
    await buyer.checks_out()
    return await ended(buyer)


async def cancelled_unpaid(shop: Shop) -> str:
    buyer = await shop.an_order()
    await buyer.checks_out()
    await shop.workflows.cancel(buyer.id, BY_BUYER)
    return await ended(buyer)


async def cancelled_paid(shop: Shop) -> str:
    buyer = await paid(shop)
    await shop.workflows.cancel(buyer.id, BY_BUYER)
    return await ended(buyer)


async def out_of_stock(shop: Shop) -> str:
    buyer = await shop.an_order(("tea", 99))
    await buyer.checks_out()
    return await ended(buyer)


async def goods_gone(shop: Shop) -> str:
    buyer = await shop.an_order(("tea", 5))
    await buyer.checks_out()
    await shop.stock.expire_holds(buyer.start.accepted_at + timedelta(hours=1), 10)
    await (await shop.an_order()).checks_out()
    await buyer.pays_and_it_is_reported()
    return await ended(buyer)


async def price_confirmed(shop: Shop) -> str:
    buyer = await shop.an_order()
    await shop.sells(price=12_000)
    asked = await buyer.checks_out()
    await shop.workflows.confirm_price(buyer.id, ConfirmPrice(asked.snapshot_id))
    await shop.workflows.cancel(buyer.id, BY_BUYER)
    return await ended(buyer)


async def price_declined(shop: Shop) -> str:
    buyer = await shop.an_order()
    await shop.sells(price=12_000)
    await buyer.checks_out()
    await shop.workflows.decline_price(buyer.id)
    return await ended(buyer)


async def price_unanswered(shop: Shop) -> str:
    buyer = await shop.an_order(confirmation_window=SOON)
    await shop.sells(price=12_000)
    await buyer.checks_out()
    return await ended(buyer)


async def wrong_amount(shop: Shop) -> str:
    buyer = await shop.an_order(review_window=SOON)
    await buyer.checks_out()
    await buyer.hears(*await buyer.pays(amount=cny(9_999)))
    return await ended(buyer)


async def stopped_by_an_operator(shop: Shop) -> str:
    buyer = await paid(shop)
    await buyer.handle.cancel()
    return await ended(buyer)


async def still_waiting_for_the_carrier(shop: Shop) -> str:
    buyer = await paid(shop)
    return buyer.handle.id


async def late_payment(shop: Shop) -> str:
    buyer = await shop.an_order()
    await buyer.checks_out()
    await shop.workflows.cancel(buyer.id, BY_BUYER)
    await ended(buyer)
    key = await shop.payments.attempt_of(buyer.id)
    await buyer.hears(shop.payments.happens(key, FactKind.CAPTURED, cny(10_000)))
    await shop.late_payment_rests(key)
    return late_payment_workflow_id(key)


async def everything_held(shop: Shop) -> str:
    offers = Offers(shop)
    await offers.flash(quota=10)
    await offers.voucher(uses=3)
    await offers.points(700)
    await shop.catalogue.put_delivery_fee("shop-7", cny(1_000))
    buyer = await shop.an_order(("tea", 2), wishes=Wishes(voucher_code=VOUCHER, points=500))
    await buyer.checks_out()
    await buyer.pays_and_it_is_reported()
    await buyer.becomes(lambda order: order.status == "paid")
    await buyer.parcel("delivered")
    return await ended(buyer)


async def quota_lost_then_confirmed(shop: Shop) -> str:
    offers = Offers(shop)
    flash = await offers.flash(quota=1)
    buyer = await shop.an_order()
    offers.somebody_is_faster(Claim(Allowance.of_promotion(flash.id, "tea"), 1))
    asked = await buyer.checks_out()
    await shop.workflows.confirm_price(buyer.id, ConfirmPrice(asked.snapshot_id))
    await shop.workflows.cancel(buyer.id, BY_BUYER)
    return await ended(buyer)


async def quota_never_to_be_had(shop: Shop) -> str:
    offers = Offers(shop)
    offers.always_short_of(Allowance.of_promotion("pro_flash_sale", "tea"))
    buyer = await shop.an_order()
    await buyer.checks_out()
    return await ended(buyer)


async def lower_price_applied(shop: Shop) -> str:
    buyer = await shop.an_order(price_drop=PriceDrop.APPLY)
    await shop.sells(price=7_000)
    await buyer.checks_out()
    await shop.workflows.cancel(buyer.id, BY_BUYER)
    return await ended(buyer)


async def asked_twice(shop: Shop) -> str:
    buyer = await shop.an_order()
    await shop.sells(price=12_000)
    asked = await buyer.checks_out()
    await shop.sells(price=15_000)
    again = await shop.workflows.confirm_price(buyer.id, ConfirmPrice(asked.snapshot_id))
    await shop.workflows.confirm_price(buyer.id, ConfirmPrice(again.snapshot_id))
    await shop.workflows.cancel(buyer.id, BY_BUYER)
    return await ended(buyer)


async def new_buyer_offer_over(shop: Shop) -> str:
    offers, registered = Offers(shop), now() - timedelta(days=7) + timedelta(seconds=1)
    await offers.buyer(registered=registered)
    await offers.promote("new_buyer_price", {"prices": {"tea": 8_000}})
    buyer = await shop.an_order()
    await until(time_now, lambda time: time > registered + timedelta(days=7))
    await buyer.checks_out()
    await shop.workflows.decline_price(buyer.id)
    return await ended(buyer)


async def sweeping(shop: Shop) -> str:
    chore = Chore("expire_holds", pause=SOON, rounds=2, every=timedelta(hours=1))
    name = f"turn-{shop.queues.orders}"
    await shop.temporal.execute_workflow("Housekeeping", chore, id=name, task_queue=shop.queues.orders)
    return name


STORIES: tuple[Callable[[Shop], Awaitable[str]], ...] = (
    delivered,
    virtual,
    declined_then_paid_then_both,
    never_paid,
    provider_silent_at_the_deadline,
    cancelled_unpaid,
    cancelled_paid,
    out_of_stock,
    goods_gone,
    price_confirmed,
    price_declined,
    price_unanswered,
    wrong_amount,
    stopped_by_an_operator,
    still_waiting_for_the_carrier,
    late_payment,
    everything_held,
    quota_lost_then_confirmed,
    quota_never_to_be_had,
    lower_price_applied,
    asked_twice,
    new_buyer_offer_over,
    sweeping,
    *GOODS_STORIES,
)
