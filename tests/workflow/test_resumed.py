"""A long-lived order goes on in a new run: nothing that was said to it or begun for it is lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from domain.address import Address
from domain.order.status import OrderStatus
from domain.ports.stock import StockLevel
from tests.support.fake_gateway import Operation, Trouble
from tests.workflow.gates import eventually
from tests.workflow.shop import Customer, Shop, cny
from tests.workflow.sold import delivered
from tests.workflow.stopped import runs_of, went_on
from workflows.client import OrderRefusedError
from workflows.contracts import CancelOrder, ChangeAddress, PayAgain

FEW = 12
OFTEN = timedelta(milliseconds=200)
BACK = StockLevel("tea", available=5, held=0, sold=0)
GONE = StockLevel("tea", available=4, held=0, sold=0)
ELSEWHERE = Address("2 Hill Street", "Suzhou", "215000", "CN")


async def test_an_order_that_waits_for_money_goes_on_in_a_new_run_and_is_paid_once(shop: Shop) -> None:
    buyer = await shop.an_order(history_limit=FEW, payment_poll=OFTEN)
    first = await buyer.checks_out()
    await went_on(buyer)

    now = await shop.workflows.checkout(buyer.start)
    await buyer.pays_and_it_is_reported()
    await _is_carried_to_its_end(buyer)

    assert (now.status, now.pay_url) == ("created", first.pay_url)
    assert (now.payment_deadline, now.total) == (first.payment_deadline, first.total)
    assert [fact.amount for fact in shop.payments.charges] == [cny(10_000)]
    assert await shop.shelf_of_tea() == GONE
    assert len(shop.carrier.parcels) == 1


async def test_facts_that_come_while_runs_follow_each_other_are_all_heard(shop: Shop) -> None:
    buyer = await shop.an_order(history_limit=2)
    await buyer.checks_out()
    facts = await buyer.pays()

    await asyncio.gather(*(buyer.hears(*facts, times=5) for _ in range(5)))
    await buyer.becomes(lambda order: order.status is OrderStatus.PAID)
    await _is_carried_to_its_end(buyer)

    assert len(shop.payments.charges) == 1
    assert await shop.shelf_of_tea() == GONE


async def test_a_new_run_keeps_the_old_deadline_and_releases_what_the_old_one_held(shop: Shop) -> None:
    buyer = await shop.an_order(history_limit=FEW, payment_poll=OFTEN, payment_window=timedelta(seconds=4))
    await buyer.checks_out()
    await went_on(buyer)

    outcome = await buyer.comes_to_rest()

    order = await buyer.order()
    assert (outcome.status, outcome.cancel_reason) == ("cancelled", "payment_timeout")
    assert order.payment_deadline is not None
    assert order.updated_at is not None
    assert order.updated_at - order.payment_deadline < timedelta(seconds=4)
    assert await shop.shelf_of_tea() == BACK


async def test_a_request_that_was_answered_before_gets_the_same_answer_and_opens_nothing(shop: Shop) -> None:
    buyer = await shop.an_order(history_limit=FEW, payment_poll=OFTEN)
    await buyer.checks_out()
    await buyer.hears(shop.payments.buyer_declines(await shop.payments.attempt_of(buyer.id, 1)))
    await buyer.becomes(lambda order: order.payment_status == "failed")
    again = await shop.workflows.pay_again(buyer.id, PayAgain("again-1"))
    await went_on(buyer)

    repeated = await shop.workflows.pay_again(buyer.id, PayAgain("again-1"))

    assert (repeated.payment_key, repeated.pay_url) == (again.payment_key, again.pay_url)
    assert len((await buyer.order()).attempts) == 2


async def test_an_order_on_its_way_goes_on_in_a_new_run_and_arrives(shop: Shop) -> None:
    buyer = await shop.an_order(history_limit=FEW, carrier_poll=OFTEN)
    await buyer.is_paid()
    await buyer.carried("handed_over")
    await went_on(buyer, 3)

    await buyer.carried("delivered")
    outcome = await buyer.comes_to_rest()

    assert outcome.status == "completed"
    assert len(shop.payments.charges) == len(shop.carrier.parcels) == 1
    assert (await buyer.kinds()).count("ShipmentBooked") == 1
    assert await shop.shelf_of_tea() == GONE


async def test_a_cancel_in_a_later_run_undoes_what_earlier_ones_did(shop: Shop) -> None:
    buyer = await shop.an_order(history_limit=FEW, carrier_poll=OFTEN)
    await buyer.is_paid()
    await shop.carrier.booked(buyer.shipment(1))
    await went_on(buyer)

    await shop.workflows.cancel(buyer.id, CancelOrder("buyer", "buyer-1"))
    outcome = await buyer.comes_to_rest()

    assert (outcome.captured, outcome.refunded) == (cny(10_000), cny(10_000))
    assert shop.carrier.recalled == {buyer.shipment(1)}
    assert await shop.shelf_of_tea() == BACK


async def test_a_parcel_is_sent_elsewhere_in_a_later_run(shop: Shop) -> None:
    buyer = await shop.an_order(history_limit=FEW, carrier_poll=OFTEN)
    await buyer.is_paid()
    await shop.carrier.booked(buyer.shipment(1))
    await went_on(buyer)

    await shop.workflows.change_address(buyer.id, ChangeAddress("move-1", ELSEWHERE, "buyer-1"))

    async def destination() -> Address:
        return shop.carrier.parcels[buyer.shipment(1)].booking.address

    await eventually(destination, ELSEWHERE)  # a silent carrier is asked on beside the story


async def test_a_late_parcel_is_told_of_by_the_time_since_it_was_planned(shop: Shop) -> None:
    buyer = await shop.an_order(history_limit=FEW, carrier_poll=OFTEN, shipping_window=timedelta(seconds=3))
    await buyer.is_paid()
    await went_on(buyer, 3)

    await shop.somebody_is_told("shipping_overdue")


async def test_an_open_return_is_decided_in_a_later_run(shop: Shop) -> None:
    sold = await delivered(shop, history_limit=FEW)
    await sold.wants_back()
    for number in range(6):
        with pytest.raises(OrderRefusedError):
            await sold.receives(return_id=f"ret_{number + 5}")
    await sold.refunds("rfd_1", amount=cny(1_000))
    await went_on(sold.buyer)

    await sold.decides()
    await sold.receives()

    await sold.has_given_back(10_000)
    assert len(await sold.promises()) == 2


async def test_a_refund_is_sent_to_its_end_before_another_run_goes_on(shop: Shop) -> None:
    sold = await delivered(shop, history_limit=FEW)
    shop.payments.next_call(Operation.REFUND, Trouble.EXECUTED_THEN_TIMEOUT, times=1)
    await sold.refunds("rfd_1", amount=cny(4_000))

    await sold.has_given_back(4_000)
    await went_on(sold.buyer)

    assert len(await sold.sent()) == 1


async def test_an_order_with_a_short_past_stays_in_one_run(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.is_paid()
    await _is_carried_to_its_end(buyer)

    assert await runs_of(buyer) == 1


async def _is_carried_to_its_end(buyer: Customer) -> None:
    await buyer.becomes(lambda order: order.shipments and order.shipments[0].carrier)
    await buyer.carried("handed_over")
    await buyer.carried("delivered")
    outcome = await buyer.comes_to_rest()
    assert outcome.status == "completed"
