"""Goods that leave in parcels: from several warehouses, lost, brought back, reported in any order."""

from datetime import timedelta
from typing import Any

import pytest

from domain.catalogue.items import Category
from domain.order.refund import allocated_goods
from domain.order.shipments import Units
from domain.ports.stock import StockLevel
from domain.ports.warehouses import ShelfLevel
from tests.workflow.gates import until
from tests.workflow.shop import Customer, Shop, cny
from workflows.client import OrderRefusedError
from workflows.contracts import CancelOrder

SOON = timedelta(milliseconds=300)


async def test_an_order_from_two_warehouses_is_two_parcels(shop: Shop) -> None:
    buyer = await _from_two_warehouses(shop)

    order = await buyer.is_paid()

    assert [shipment.plan.warehouse_id for shipment in order.shipments] == ["east", "west"]
    east, west = await shop.carrier.booked(buyer.shipment(1)), await shop.carrier.booked(buyer.shipment(2))
    assert [item.sku for item in (*east.booking.items, *west.booking.items)] == ["cup", "pot"]


async def test_a_part_of_an_order_that_left_is_not_the_whole_order(shop: Shop) -> None:
    buyer = await _from_two_warehouses(shop)
    await buyer.is_paid()

    await buyer.carried("delivered", number=1)
    order = await buyer.becomes(lambda order: order.fulfilment_status != "unfulfilled")

    assert (order.status, order.fulfilment_status) == ("paid", "partially_shipped")
    assert "OrderShipped" not in await buyer.kinds()


async def test_an_order_is_shipped_and_delivered_with_its_last_parcel(shop: Shop) -> None:
    buyer = await _from_two_warehouses(shop)
    await buyer.is_paid()

    await buyer.carried("delivered", number=2)
    await buyer.carried("handed_over", number=1)
    shipped = await buyer.becomes(lambda order: order.status == "shipped")
    await buyer.carried("delivered", number=1)
    outcome = await buyer.comes_to_rest()

    assert shipped.fulfilment_status == "shipped"
    assert outcome.status == "completed"


async def test_goods_leave_their_shelf_with_their_parcel(shop: Shop) -> None:
    buyer = await _from_two_warehouses(shop)
    await buyer.is_paid()

    before = await _shelves_in_use(shop)
    await buyer.carried("handed_over", number=1)
    await until(lambda: shop.stock.level("cup"), lambda level: level == StockLevel("cup", 4, 0, 0))
    after = await _shelves_in_use(shop)

    assert before == [ShelfLevel("east", "cup", 4, 1), ShelfLevel("west", "pot", 4, 1)]
    assert after == [ShelfLevel("east", "cup", 4, 0), ShelfLevel("west", "pot", 4, 1)]


async def test_a_lost_parcel_is_paid_back_and_the_rest_goes_on(shop: Shop) -> None:
    buyer = await _from_two_warehouses(shop)
    paid = await buyer.is_paid()
    worth = sum(part.amount for part in allocated_goods(paid, [Units(1, 1)]))

    await buyer.carried("lost", number=1)
    await buyer.carried("delivered", number=2)
    outcome = await buyer.comes_to_rest()

    assert outcome.status == "completed"
    assert outcome.refunded == cny(worth)
    assert [fact.refund_key for fact in shop.payments.refunds] == [
        f"ref_{paid.attempts[0]}_{buyer.shipment(1)}"
    ]
    assert await shop.stock.level("cup") == StockLevel("cup", available=4, held=0, sold=0)
    await shop.somebody_is_told("shipment_lost")


async def test_a_parcel_that_was_brought_back_is_paid_back_and_for_sale_again(shop: Shop) -> None:
    buyer = await _from_two_warehouses(shop)
    await buyer.is_paid()

    await buyer.carried("handed_over", number=1)
    await buyer.carried("returned", number=1)
    await buyer.carried("delivered", number=2)
    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.refunded) == ("completed", cny(4_000))
    assert await shop.stock.level("cup") == StockLevel("cup", available=5, held=0, sold=0)
    assert (await shop.warehouses.shelves(["cup"]))[0] == ShelfLevel("east", "cup", 5, 0)


async def test_an_order_of_which_nothing_arrives_is_paid_back_whole_and_ends(shop: Shop) -> None:
    await shop.catalogue.put_delivery_fee("shop-7", cny(1_000))
    buyer = await _from_two_warehouses(shop)
    await buyer.is_paid()

    await buyer.carried("lost", number=1)
    await buyer.carried("returned", number=2)
    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.cancel_reason) == ("cancelled", "refunded")
    assert outcome.captured == outcome.refunded == cny(11_000)
    assert await shop.stock.level("cup") == StockLevel("cup", available=4, held=0, sold=0)
    assert await shop.stock.level("pot") == StockLevel("pot", available=5, held=0, sold=0)


async def test_reports_of_every_kind_may_come_twice_and_before_the_money(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.checks_out()

    for _ in range(2):
        await buyer.parcel("delivered", number=1)
        await buyer.parcel("handed_over", number=1)
    await buyer.pays_and_it_is_reported()
    outcome = await buyer.comes_to_rest()

    assert outcome.status == "completed"
    assert (await buyer.kinds()).count("ShipmentHandedOver") == 1
    assert (await buyer.kinds()).count("ShipmentDelivered") == 1


@pytest.mark.parametrize("strange", ["melted", "delivered"])
async def test_strange_reports_change_nothing(shop: Shop, strange: str) -> None:
    buyer = await shop.an_order()
    order = await buyer.is_paid()

    await buyer.parcel(strange, number=9)
    await buyer.parcel("melted")
    await buyer.carried("handed_over")
    after = await buyer.becomes(lambda order: order.status == "shipped")

    assert len(after.shipments) == len(order.shipments) == 1


async def test_the_first_end_of_a_parcel_stays_and_another_one_is_told_to_somebody(shop: Shop) -> None:
    buyer = await _from_two_warehouses(shop)
    await buyer.is_paid()

    await buyer.carried("delivered", number=1)
    await buyer.becomes(lambda order: order.fulfilment_status == "partially_shipped")
    await buyer.carried("lost", number=1)
    alert = await shop.somebody_is_told("carrier_contradicts_itself")

    assert alert.facts == (("about", buyer.shipment(1)),)
    assert shop.payments.refunds == ()


async def test_an_order_of_things_and_files_delivers_the_files_at_once(shop: Shop) -> None:
    await shop.sells("e-book", category=Category.VIRTUAL)
    buyer = await shop.an_order(("tea", 1), ("e-book", 2))

    order = await buyer.is_paid()
    rights = await shop.entitlements.of_order(buyer.id)

    assert (order.status, order.fulfilment_status) == ("paid", "partially_shipped")
    assert [(right.line, right.sku, right.quantity) for right in rights] == [(2, "e-book", 2)]


async def test_an_order_whose_files_were_delivered_cannot_be_cancelled(shop: Shop) -> None:
    await shop.sells("e-book", category=Category.VIRTUAL)
    buyer = await shop.an_order(("tea", 1), ("e-book", 1))
    await buyer.is_paid()

    with pytest.raises(OrderRefusedError) as refused:
        await shop.workflows.cancel(buyer.id, CancelOrder("buyer", "buyer-1"))

    assert refused.value.code == "invalid_state_transition"
    assert refused.value.facts["current"] == "partially_shipped"


async def test_goods_that_no_shelf_has_leave_the_order_paid_until_somebody_finds_them(shop: Shop) -> None:
    buyer = await shop.an_order(carrier_poll=SOON)
    await buyer.checks_out()
    shop.stock.shelves.counts["tea", "main"].on_shelf = 0

    await buyer.pays_and_it_is_reported()
    await shop.somebody_is_told("not_on_shelves")
    unplanned = await buyer.order()
    shop.stock.shelves.counts["tea", "main"].on_shelf = 4
    await buyer.becomes(lambda order: order.shipments)

    assert (unplanned.status, unplanned.shipments) == ("paid", ())


async def test_files_of_an_order_that_is_paid_back_at_the_provider_are_nobodys_right(shop: Shop) -> None:
    await shop.sells("e-book", category=Category.VIRTUAL)
    buyer = await shop.an_order(("e-book", 1), return_window=timedelta(hours=1))
    await buyer.is_paid()
    key = await shop.payments.attempt_of(buyer.id)

    await buyer.hears(shop.payments.refunded_at_provider(key))
    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.cancel_reason) == ("cancelled", "refunded")
    assert [right.revoked_at is None for right in await shop.entitlements.of_order(buyer.id)] == [False]
    assert await shop.stock.level("e-book") == StockLevel("e-book", available=5, held=0, sold=0)


async def _shelves_in_use(shop: Shop) -> list[ShelfLevel]:
    return [shelf for shelf in await shop.warehouses.shelves(["cup", "pot"]) if shelf.warehouse_id != "main"]


async def _from_two_warehouses(shop: Shop, **policies: Any) -> Customer:
    """A cup for 40.00 from the east and a pot for 60.00 from the west."""
    await shop.sells_from("east", "cup", price=4_000)
    await shop.sells_from("west", "pot", price=6_000)
    return await shop.an_order(("cup", 1), ("pot", 1), **policies)
