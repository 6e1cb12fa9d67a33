"""Open orders that no workflow takes care of are found, and end as if nothing had happened."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

from domain.order.status import FulfilmentStatus, OrderStatus
from domain.ports.carriers import CarrierFactKind
from domain.ports.stock import StockLevel
from domain.pricing.request import Wishes
from tests.support.fake_gateway import Operation, Trouble
from tests.workflow.gates import until
from tests.workflow.shop import Customer, Shop, cny
from tests.workflow.sold import LONG, delivered
from tests.workflow.stopped import (
    is_found,
    reconciled,
    runs_of,
    stops,
    tea,
)
from workflows.contracts import CancelOrder, ConfirmPrice
from workflows.schedules import PLANS

SHORT = timedelta(seconds=2)
BY_CARD = Wishes(payment_method="card")
BY_BUYER = CancelOrder("buyer", "buyer-1")
GONE = StockLevel("tea", available=4, held=0, sold=0)
BACK = StockLevel("tea", available=5, held=0, sold=0)


async def test_a_draft_asks_anew_and_is_bought_at_the_price_that_the_buyer_confirms(shop: Shop) -> None:
    buyer = await shop.an_order()
    await shop.sells(price=12_000)
    await buyer.checks_out()
    await stops(buyer)

    await is_found(buyer)
    asked = await shop.workflows.checkout(buyer.start)
    answer = await shop.workflows.confirm_price(buyer.id, ConfirmPrice(asked.snapshot_id))

    assert (asked.status, answer.status, answer.total) == ("draft", "created", cny(12_000))
    assert (await buyer.kinds()).count("OrderDrafted") == 1
    await buyer.pays_and_it_is_reported()
    await _is_carried_to_its_end(buyer)
    assert [fact.amount for fact in shop.payments.charges] == [cny(12_000)]


async def test_an_unpaid_order_can_still_be_paid_where_it_could_before(shop: Shop) -> None:
    buyer = await shop.an_order()
    first = await buyer.checks_out()
    await stops(buyer)

    await is_found(buyer)
    again = await shop.workflows.checkout(buyer.start)
    await buyer.pays_and_it_is_reported()

    assert (again.status, again.pay_url) == ("created", first.pay_url)
    assert (again.payment_deadline, again.payment_key) == (first.payment_deadline, first.payment_key)
    await _is_carried_to_its_end(buyer)
    await _was_sold_once(buyer)


async def test_money_that_came_while_nobody_listened_is_found_at_the_provider(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.checks_out()
    await stops(buyer)
    await buyer.pays()

    await is_found(buyer)

    await _is_carried_to_its_end(buyer)
    await _was_sold_once(buyer)


async def test_an_order_that_nobody_pays_ends_at_its_old_deadline_and_its_goods_come_back(shop: Shop) -> None:
    buyer = await shop.an_order(payment_window=SHORT)
    answer = await buyer.checks_out()
    await stops(buyer)

    await is_found(buyer)
    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.cancel_reason) == ("cancelled", "payment_timeout")
    order = await buyer.order()
    assert order.payment_deadline == answer.payment_deadline
    assert await shop.shelf_of_tea() == BACK
    assert shop.payments.charges == ()


async def test_a_cancel_takes_back_what_the_run_before_it_had_begun(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.is_paid()
    await shop.carrier.booked(buyer.shipment(1))
    await buyer.becomes(lambda order: order.shipments[0].carrier)
    await stops(buyer)

    await is_found(buyer)
    await shop.workflows.cancel(buyer.id, BY_BUYER)
    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.captured, outcome.refunded) == ("cancelled", cny(10_000), cny(10_000))
    assert await shop.shelf_of_tea() == BACK
    assert shop.carrier.recalled == {buyer.shipment(1)}
    assert len(shop.payments.refunds) == 1


async def test_a_paid_order_is_booked_if_it_was_not(shop: Shop) -> None:
    gate = shop.blocks_at("book_shipment")
    buyer = await shop.an_order()
    await buyer.is_paid()
    await gate.reached()
    await stops(buyer)
    gate.open()

    await is_found(buyer)

    await _is_carried_to_its_end(buyer)
    await _was_sold_once(buyer)
    assert len(shop.carrier.parcels) == 1


async def test_a_parcel_that_came_while_nobody_listened_is_asked_after(shop: Shop) -> None:
    buyer = await shop.an_order(return_window=LONG)
    await buyer.is_paid()
    await buyer.carried("handed_over")
    await buyer.becomes(lambda order: order.fulfilment_status is FulfilmentStatus.SHIPPED)
    await stops(buyer)
    shop.carrier.happens(buyer.shipment(1), CarrierFactKind.DELIVERED)

    await is_found(buyer)
    await buyer.becomes(lambda order: order.fulfilment_status is FulfilmentStatus.DELIVERED)

    await _was_sold_once(buyer)


async def test_authorised_money_is_taken_once_when_the_goods_leave(shop: Shop) -> None:
    buyer = await shop.an_order(wishes=BY_CARD, manual_capture_methods=("card",))
    await buyer.is_paid()
    await stops(buyer)

    await is_found(buyer)
    assert not shop.payments.charges
    await _is_carried_to_its_end(buyer)

    assert [fact.amount for fact in shop.payments.charges] == [cny(10_000)]
    assert await shop.shelf_of_tea() == GONE


async def test_money_that_was_asked_for_and_not_taken_is_asked_for_again(shop: Shop) -> None:
    buyer = await shop.an_order(wishes=BY_CARD, manual_capture_methods=("card",))
    await buyer.is_paid()
    shop.payments.next_call(Operation.CAPTURE, Trouble.UNAVAILABLE, times=50)
    await buyer.carried("handed_over")
    await buyer.becomes(lambda order: order.capture_asked)
    await stops(buyer)
    shop.payments._trouble[Operation.CAPTURE].clear()

    await is_found(buyer)
    await buyer.carried("delivered")
    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.captured) == ("completed", cny(10_000))
    assert len(shop.payments.charges) == 1


async def test_an_open_return_goes_on_and_its_money_and_goods_come_back_once(shop: Shop) -> None:
    sold = await delivered(shop)
    await sold.wants_back()
    await stops(sold.buyer)

    await is_found(sold.buyer)
    await sold.decides()
    await sold.receives()
    await sold.has_given_back(10_000)

    await sold.rests()
    assert await shop.shelf_of_tea() == BACK


async def test_a_refund_that_was_promised_is_sent_once(shop: Shop) -> None:
    sold = await delivered(shop)
    shop.payments.next_call(Operation.REFUND, Trouble.UNAVAILABLE, times=50)
    await sold.refunds("rfd_1", amount=cny(4_000))
    await stops(sold.buyer)
    shop.payments._trouble[Operation.REFUND].clear()

    await is_found(sold.buyer)

    await sold.has_given_back(4_000)
    assert len(await sold.promises()) == len(await sold.sent()) == 1


async def test_the_return_window_is_counted_from_the_delivery_and_not_from_the_restart(shop: Shop) -> None:
    sold = await delivered(shop, return_window=SHORT)
    await stops(sold.buyer)
    came = (await sold.order()).updated_at
    assert came is not None

    await asyncio.sleep(SHORT.total_seconds())
    await is_found(sold.buyer)
    outcome = await sold.buyer.comes_to_rest()

    assert outcome.status == "completed"
    ended = (await sold.order()).updated_at
    assert ended is not None
    assert came + SHORT <= ended < came + 2 * SHORT


async def test_a_cancelled_order_that_still_owes_money_sends_it(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.is_paid()
    shop.payments.next_call(Operation.REFUND, Trouble.UNAVAILABLE, times=50)
    await shop.workflows.cancel(buyer.id, BY_BUYER)
    await until(shop.shelf_of_tea, tea(5))
    await stops(buyer)
    shop.payments._trouble[Operation.REFUND].clear()

    await is_found(buyer)
    outcome = await buyer.comes_to_rest()

    assert (outcome.captured, outcome.refunded) == (cny(10_000), cny(10_000))
    assert len(shop.payments.refunds) == 1
    assert await shop.shelf_of_tea() == BACK


async def test_an_order_that_was_over_is_left_alone(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.checks_out()
    await shop.workflows.cancel(buyer.id, BY_BUYER)
    await buyer.comes_to_rest()
    before = await buyer.kinds()

    assert await reconciled(shop) == 0

    assert await buyer.kinds() == before
    assert await shop.notices.alerts(10) == ()
    assert await runs_of(buyer) == 1


async def test_an_order_whose_workflow_runs_is_never_touched(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.is_paid()
    run = (await buyer.handle.describe()).run_id

    assert [await reconciled(shop) for _ in range(3)] == [0, 0, 0]

    assert (await buyer.handle.describe()).run_id == run
    assert await shop.notices.alerts(10) == ()


async def test_of_two_reconcilers_at_once_one_starts_it(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.is_paid()
    await stops(buyer)

    done = await asyncio.gather(*(reconciled(shop) for _ in range(4)))

    assert sum(done) == 1
    await _is_carried_to_its_end(buyer)
    await _was_sold_once(buyer)


async def test_the_chore_is_scheduled_and_finds_it_too(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.is_paid()
    await stops(buyer)
    (plan,) = (plan for plan in PLANS if plan.name == "reconcile-orders")

    done = await shop.temporal.execute_workflow(
        "Housekeeping",
        plan.chore,
        id=f"turn-{uuid4().hex}",
        task_queue=shop.queues.orders,
        result_type=int,
    )

    assert done == 1
    await _is_carried_to_its_end(buyer)


async def _is_carried_to_its_end(buyer: Customer) -> None:
    await buyer.becomes(lambda order: order.status is OrderStatus.PAID)
    await buyer.becomes(lambda order: order.shipments[0].carrier)
    await buyer.carried("handed_over")
    await buyer.carried("delivered")
    outcome = await buyer.comes_to_rest()
    assert outcome.status == "completed"


async def _was_sold_once(buyer: Customer) -> None:
    shop = buyer.shop
    assert [fact.amount for fact in shop.payments.charges] == [cny(10_000)]
    assert shop.payments.refunds == ()
    assert await shop.shelf_of_tea() == GONE
    assert (await buyer.kinds()).count("ShipmentBooked") == 1
