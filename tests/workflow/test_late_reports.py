"""What carriers say of parcels whose order's own workflow has ended."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from domain.order.shipments import Shipment
from domain.ports.carriers import CarrierFactKind
from domain.ports.stock import StockLevel
from tests.support.fake_carrier import CarrierOperation, CarrierTrouble
from tests.workflow.customer import Customer
from tests.workflow.shop import Shop
from tests.workflow.sold import Sold, completed
from workflows.contracts import CancelOrder, OrderOutcome, ShipmentReported
from workflows.names import late_report_workflow_id
from workflows.reports import is_news

BY_BUYER = CancelOrder("buyer", "buyer-1")
ALL_BACK = StockLevel("tea", available=5, held=0, sold=0)


async def test_a_parcel_of_a_cancelled_order_that_travels_after_all_is_written_down(shop: Shop) -> None:
    buyer = await _cancelled(shop)
    before = await buyer.order()

    await _says(buyer, "handed_over")
    await _rests(buyer)
    order = await buyer.order()

    assert order.shipments[0].status == "handed_over"
    assert (order.status, order.refunds) == (before.status, before.refunds)
    assert await shop.stock.level("tea") == StockLevel("tea", available=4, held=0, sold=0)
    await shop.somebody_is_told("goods_travel_after_cancel")


async def test_what_comes_back_of_a_cancelled_order_is_for_sale_again(shop: Shop) -> None:
    buyer = await _cancelled(shop)

    await _says(buyer, "handed_over")
    await _rests(buyer)
    await _says(buyer, "returned")
    await _rests(buyer)

    assert (await buyer.order()).shipments[0].status == "returned"
    assert await shop.stock.level("tea") == ALL_BACK


async def test_what_comes_back_without_ever_having_been_seen_to_leave_is_counted_once(shop: Shop) -> None:
    buyer = await _cancelled(shop)

    await _says(buyer, "returned")
    await _rests(buyer)

    assert await shop.stock.level("tea") == ALL_BACK


async def test_the_same_report_again_and_at_once_changes_nothing_more(shop: Shop) -> None:
    buyer = await _cancelled(shop)

    await asyncio.gather(*(_says(buyer, "handed_over", event=f"evt-{nth}") for nth in range(4)))
    await _rests(buyer)
    await _says(buyer, "handed_over")
    await _rests(buyer)

    kinds = await buyer.kinds()
    assert kinds.count("ShipmentHandedOver") == 1
    alerts = [alert.code for alert in await shop.notices.alerts(100)]
    assert alerts.count("goods_travel_after_cancel") == 1


async def test_a_report_that_an_order_knows_or_that_is_not_its_own_is_no_news(shop: Shop) -> None:
    buyer = await _cancelled(shop)
    await _says(buyer, "handed_over")
    await _rests(buyer)
    order = await buyer.order()

    news = {kind: is_news(order, _report(buyer, kind)) for kind in CarrierFactKind}

    assert news == {"handed_over": False, "delivered": True, "lost": True, "returned": True}
    assert not is_news(order, _report(buyer, "lost", about="shp_ord_other_1"))


async def test_what_contradicts_the_end_of_a_parcel_is_told_and_changes_nothing(shop: Shop) -> None:
    sold = await completed(shop)
    before = await sold.buyer.kinds()

    await _says(sold.buyer, "lost")
    await _rests(sold.buyer)

    assert await sold.buyer.kinds() == before
    await shop.somebody_is_told("carrier_contradicts_itself")


async def test_a_return_and_a_report_at_once_are_both_written_down(shop: Shop) -> None:
    sold, kept, refused = await _completed_but_for_one(shop)
    (units,) = kept.plan.units

    await asyncio.gather(
        sold.wants_back((units.line, 1)),
        _says(sold.buyer, "handed_over", about=refused),
        _says(sold.buyer, "returned", about=refused),
    )
    await asyncio.gather(sold.decides(), _says(sold.buyer, "handed_over", about=refused))
    await sold.receives((units.line, 1), at=kept.plan.warehouse_id)
    await sold.rests()
    await _rests(sold.buyer)
    order = await sold.order()

    came_back = order.shipment(refused)
    assert came_back is not None
    assert came_back.status == "returned"
    assert order.returns[0].status == "refunded"
    assert order.refunded == order.captured
    assert await shop.stock.level("cup") == StockLevel("cup", available=5, held=0, sold=0)
    assert await shop.stock.level("pot") == StockLevel("pot", available=5, held=0, sold=0)


async def test_a_report_on_an_order_that_lost_its_workflow_by_force_is_a_persons_matter(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.is_paid()
    await buyer.becomes(lambda order: order.shipments[0].carrier)
    await buyer.handle.terminate()
    before = await buyer.kinds()

    await _says(buyer, "handed_over")
    await _rests(buyer)

    assert await buyer.kinds() == before
    await shop.somebody_is_told("shipment_without_process")


async def test_the_audit_says_which_carrier_reported_late(shop: Shop) -> None:
    buyer = await _cancelled(shop)

    await _says(buyer, "handed_over")
    await _rests(buyer)

    last = (await shop.events.read(buyer.id))[-1]
    assert (last.event_type, last.metadata.actor) == ("ShipmentHandedOver", "carrier:sandbox")
    assert last.metadata.workflow_id == late_report_workflow_id(buyer.id)


async def _cancelled(shop: Shop) -> Customer:
    """An order that was cancelled and has come to rest; its parcel was recalled."""
    buyer = await shop.an_order()
    await buyer.is_paid()
    await buyer.becomes(lambda order: order.shipments[0].status == "booked")
    await shop.workflows.cancel(buyer.id, BY_BUYER)
    await buyer.comes_to_rest()
    assert await shop.stock.level("tea") == ALL_BACK
    return buyer


async def _completed_but_for_one(shop: Shop) -> tuple[Sold, Shipment, str]:
    """A completed order with two parcels: the one that the buyer has, and the id of the one that the carrier
    refused.
    """
    await shop.sells_from("east", "cup", price=4_000)
    await shop.sells_from("west", "pot", price=6_000)
    shop.carrier.next_call(CarrierOperation.BOOK, CarrierTrouble.REFUSED)
    buyer = await shop.an_order(("cup", 1), ("pot", 1))
    await buyer.is_paid()
    order = await buyer.becomes(lambda order: order.refunds_done and order.live_shipments[0].carrier)
    (kept,) = order.live_shipments
    (refused,) = {shipment.id for shipment in order.shipments} - {kept.id}
    await shop.workflows.report_shipment(buyer.id, _report(buyer, "delivered", about=kept.id))
    assert (await buyer.comes_to_rest()).status == "completed"
    return Sold(shop, buyer), kept, refused


def _report(buyer: Customer, kind: str, event: str = "", about: str = "") -> ShipmentReported:
    named = about or buyer.shipment(1)
    return ShipmentReported(event or f"evt-{kind}", named, kind, datetime.now(UTC), "carrier:sandbox")


async def _says(buyer: Customer, kind: str, *, event: str = "", about: str = "") -> None:
    await buyer.shop.workflows.report_late_shipment(buyer.id, _report(buyer, kind, event, about))


async def _rests(buyer: Customer) -> OrderOutcome:
    handle: Any = buyer.shop.temporal.get_workflow_handle(
        late_report_workflow_id(buyer.id), result_type=OrderOutcome
    )
    async with asyncio.timeout(20):
        outcome: OrderOutcome = await handle.result()
    return outcome
