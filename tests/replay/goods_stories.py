"""Stories of goods on their way and of what comes after, whose histories are kept too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from domain.money import Money
from domain.order.returns import ReturnReason
from domain.order.shipments import Units
from domain.payment.facts import FactKind
from domain.payment.review import ReviewDecision
from tests.replay.openings import by_card, ended, paid, paid_service
from tests.support.fake_carrier import CarrierOperation, CarrierTrouble
from tests.support.fake_gateway import Operation, Trouble
from tests.workflow.shop import HOME, Shop, cny
from workflows.client import OrderRefusedError
from workflows.contracts import (
    AcceptService,
    CancelOrder,
    ChangeAddress,
    DecideReturn,
    ReceiveReturn,
    RequestRefund,
    RequestReturn,
    SettleReview,
)
from workflows.names import after_sale_workflow_id

SOON = timedelta(milliseconds=500)
BY_BUYER = CancelOrder("buyer", "buyer-1")
ONE = (Units(1, 1),)


async def two_parcels_one_lost(shop: Shop) -> str:
    await shop.sells_from("east", "cup", price=4_000)
    await shop.sells_from("west", "pot", price=6_000)
    buyer = await paid(shop, ("cup", 1), ("pot", 1))
    await buyer.carried("lost", number=1)
    await buyer.becomes(lambda order: order.refunds_done)
    await buyer.carried("delivered", number=2)
    return await ended(buyer)


async def parcel_brought_back(shop: Shop) -> str:
    buyer = await paid(shop)
    await buyer.carried("handed_over")
    await buyer.becomes(lambda order: order.status == "shipped")
    await buyer.carried("returned")
    return await ended(buyer)


async def carrier_refuses(shop: Shop) -> str:
    shop.carrier.next_call(CarrierOperation.BOOK, CarrierTrouble.REFUSED)
    return await ended(await paid(shop))


async def silent_carrier_is_asked(shop: Shop) -> str:
    buyer = await shop.an_order(carrier_poll=SOON)
    await buyer.is_paid()
    await shop.carrier.booked(buyer.shipment(1))
    shop.carrier.delivers(buyer.shipment(1))
    return await ended(buyer)


async def address_changed(shop: Shop) -> str:
    buyer = await paid(shop)
    await buyer.becomes(lambda order: order.shipments[0].carrier)
    elsewhere = ChangeAddress("move-1", replace(HOME, street="2 Hill Road"), "buyer-1")
    await shop.workflows.change_address(buyer.id, elsewhere)
    await buyer.carried("delivered")
    return await ended(buyer)


async def recalled_too_late(shop: Shop) -> str:
    buyer = await paid(shop)
    await buyer.becomes(lambda order: order.shipments[0].carrier)
    shop.carrier.hands_over(buyer.shipment(1))
    with suppress(OrderRefusedError):
        await shop.workflows.cancel(buyer.id, BY_BUYER)
    await buyer.carried("delivered")
    return await ended(buyer)


async def service_accepted(shop: Shop) -> str:
    buyer = await paid_service(shop)
    await shop.workflows.accept_service(buyer.id, AcceptService("shop-7", "anna"))
    await buyer.parcel("delivered")
    return await ended(buyer)


async def service_declined(shop: Shop) -> str:
    buyer = await paid_service(shop)
    await shop.workflows.accept_service(buyer.id, AcceptService("shop-7", "anna", accepted=False))
    return await ended(buyer)


async def service_not_accepted_in_time(shop: Shop) -> str:
    return await ended(await paid_service(shop, acceptance_window=SOON))


async def captured_at_shipment(shop: Shop) -> str:
    buyer = await by_card(shop)
    await buyer.carried("handed_over")
    await buyer.becomes(lambda order: order.payment_status == "captured")
    await buyer.carried("delivered")
    return await ended(buyer)


async def authorised_and_cancelled(shop: Shop) -> str:
    buyer = await by_card(shop)
    await shop.workflows.cancel(buyer.id, BY_BUYER)
    return await ended(buyer)


async def capture_refused(shop: Shop) -> str:
    buyer = await by_card(shop)
    shop.payments.next_call(Operation.CAPTURE, Trouble.REFUSED)
    await buyer.carried("delivered")
    await shop.somebody_is_told("capture_refused")
    await buyer.becomes(lambda order: order.payment_status == "in_review")
    return buyer.handle.id


async def lost_callback_found_by_asking(shop: Shop) -> str:
    buyer = await shop.an_order(payment_poll=SOON)
    await buyer.checks_out()
    await buyer.pays()
    await buyer.becomes(lambda order: order.status == "paid")
    await buyer.carried("delivered")
    return await ended(buyer)


async def given_back_by_the_provider(shop: Shop) -> str:
    buyer = await paid(shop)
    key = await shop.payments.attempt_of(buyer.id)
    await buyer.hears(shop.payments.refunded_at_provider(key))
    return await ended(buyer)


async def returned_in_time(shop: Shop) -> str:
    buyer = await paid(shop, ("tea", 2), return_window=timedelta(seconds=3))
    await buyer.carried("delivered")
    await buyer.becomes(lambda order: order.fulfilment_status == "delivered")
    await shop.workflows.request_return(
        buyer.id, RequestReturn("ret_1", ONE, ReturnReason.DAMAGED, "buyer-1")
    )
    await shop.workflows.decide_return(buyer.id, DecideReturn("ret_1", approved=True, by="shop-7"))
    await shop.workflows.receive_return(buyer.id, ReceiveReturn("ret_1", ONE, "warehouse"))
    return await ended(buyer)


async def refunded_after_the_end(shop: Shop) -> str:
    buyer = await paid(shop)
    await buyer.carried("delivered")
    await ended(buyer)
    refund = RequestRefund("rfd_1", "shop-7", amount=cny(1_000))
    await shop.workflows.request_refund(buyer.id, refund)
    await buyer.becomes(lambda order: order.refunds_done)
    return after_sale_workflow_id(buyer.id)


async def review_accepted(shop: Shop) -> str:
    buyer = await shop.an_order()
    answer = await buyer.checks_out()
    key, facts = answer.payment_key, await buyer.pays()
    await buyer.hears(shop.payments.happens(key, FactKind.FAILED, Money(10_000, "CNY")), *facts)
    await buyer.becomes(lambda order: order.in_review)
    await shop.workflows.settle_review(buyer.id, SettleReview(key, ReviewDecision.ACCEPT, "finance"))
    await buyer.carried("delivered")
    return await ended(buyer)


GOODS_STORIES: tuple[Callable[[Shop], Awaitable[str]], ...] = (
    two_parcels_one_lost,
    parcel_brought_back,
    carrier_refuses,
    silent_carrier_is_asked,
    address_changed,
    recalled_too_late,
    service_accepted,
    service_declined,
    service_not_accepted_in_time,
    captured_at_shipment,
    authorised_and_cancelled,
    capture_refused,
    lost_callback_found_by_asking,
    given_back_by_the_provider,
    returned_in_time,
    refunded_after_the_end,
    review_accepted,
)
