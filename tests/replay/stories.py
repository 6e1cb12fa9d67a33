"""The stories whose histories are kept: one for each way through the workflows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

from temporalio.client import WorkflowFailureError

from domain.catalogue.items import Category
from domain.payment.facts import FactKind
from tests.support.fake_gateway import Operation, Trouble
from tests.workflow.shop import Customer, Shop, cny
from workflows.contracts import CancelOrder, ConfirmPrice, PayAgain
from workflows.names import late_payment_workflow_id

SOON = timedelta(milliseconds=500)
BY_BUYER = CancelOrder("buyer", "buyer-1")


async def delivered(shop: Shop) -> str:
    buyer = await _paid(shop)
    await buyer.parcel("handed_over")
    await buyer.becomes(lambda order: order.status == "shipped")
    await buyer.parcel("delivered")
    return await _ended(buyer)


async def virtual(shop: Shop) -> str:
    await shop.sells("e-book", category=Category.VIRTUAL)
    buyer = await shop.an_order(("e-book", 1))
    await buyer.checks_out()
    await buyer.pays_and_it_is_reported()
    return await _ended(buyer)


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
    return await _ended(buyer)


async def never_paid(shop: Shop) -> str:
    buyer = await shop.an_order(payment_window=SOON)
    await buyer.checks_out()
    return await _ended(buyer)


async def provider_silent_at_the_deadline(shop: Shop) -> str:
    buyer = await shop.an_order(payment_window=SOON)
    shop.payments.next_call(Operation.CANCEL, Trouble.UNAVAILABLE, times=2)
    await buyer.checks_out()
    return await _ended(buyer)


async def cancelled_unpaid(shop: Shop) -> str:
    buyer = await shop.an_order()
    await buyer.checks_out()
    await shop.workflows.cancel(buyer.id, BY_BUYER)
    return await _ended(buyer)


async def cancelled_paid(shop: Shop) -> str:
    buyer = await _paid(shop)
    await shop.workflows.cancel(buyer.id, BY_BUYER)
    return await _ended(buyer)


async def out_of_stock(shop: Shop) -> str:
    buyer = await shop.an_order(("tea", 99))
    await buyer.checks_out()
    return await _ended(buyer)


async def goods_gone(shop: Shop) -> str:
    buyer = await shop.an_order(("tea", 5))
    await buyer.checks_out()
    await shop.stock.expire_holds(buyer.start.accepted_at + timedelta(hours=1), 10)
    await (await shop.an_order()).checks_out()
    await buyer.pays_and_it_is_reported()
    return await _ended(buyer)


async def price_confirmed(shop: Shop) -> str:
    buyer = await shop.an_order()
    await shop.sells(price=12_000)
    asked = await buyer.checks_out()
    await shop.workflows.confirm_price(buyer.id, ConfirmPrice(asked.snapshot_id))
    await shop.workflows.cancel(buyer.id, BY_BUYER)
    return await _ended(buyer)


async def price_declined(shop: Shop) -> str:
    buyer = await shop.an_order()
    await shop.sells(price=12_000)
    await buyer.checks_out()
    await shop.workflows.decline_price(buyer.id)
    return await _ended(buyer)


async def price_unanswered(shop: Shop) -> str:
    buyer = await shop.an_order(confirmation_window=SOON)
    await shop.sells(price=12_000)
    await buyer.checks_out()
    return await _ended(buyer)


async def wrong_amount(shop: Shop) -> str:
    buyer = await shop.an_order(review_window=SOON)
    await buyer.checks_out()
    await buyer.hears(*await buyer.pays(amount=cny(9_999)))
    return await _ended(buyer)


async def stopped_by_an_operator(shop: Shop) -> str:
    buyer = await _paid(shop)
    await buyer.handle.cancel()
    return await _ended(buyer)


async def still_waiting_for_the_carrier(shop: Shop) -> str:
    buyer = await _paid(shop)
    return buyer.handle.id


async def late_payment(shop: Shop) -> str:
    buyer = await shop.an_order()
    await buyer.checks_out()
    await shop.workflows.cancel(buyer.id, BY_BUYER)
    await _ended(buyer)
    key = await shop.payments.attempt_of(buyer.id)
    await buyer.hears(shop.payments.happens(key, FactKind.CAPTURED, cny(10_000)))
    await shop.late_payment_rests(key)
    return late_payment_workflow_id(key)


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
)


async def _paid(shop: Shop) -> Customer:
    buyer = await shop.an_order()
    await buyer.checks_out()
    await buyer.pays_and_it_is_reported()
    await buyer.becomes(lambda order: order.status == "paid")
    return buyer


async def _ended(buyer: Customer) -> str:
    with suppress(WorkflowFailureError):  # one that somebody cancelled ends as cancelled: that is its story
        await buyer.comes_to_rest()
    return buyer.handle.id
