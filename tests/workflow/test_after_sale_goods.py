"""What goes the way of the money: shelves, files, services, points, vouchers, and lost thresholds."""

from __future__ import annotations

from typing import Any

import pytest

from domain.catalogue.items import Category
from domain.order.refund_policy import RefundPolicy, ThresholdPolicy
from domain.order.status import FulfilmentStatus, OrderStatus
from tests.workflow.gates import until
from tests.workflow.offers import Offers
from tests.workflow.shop import Shop
from tests.workflow.sold import LONG, Sold, completed, delivered
from workflows.client import OrderRefusedError
from workflows.contracts import AcceptService

CLAW_BACK = RefundPolicy(threshold=ThresholdPolicy.CLAW_BACK)


async def rights(sold: Sold) -> list[tuple[int, int, bool]]:
    """Line, units that are left, and whether the right is still good."""
    issued = await sold.shop.entitlements.of_order(sold.id)
    return [(each.line, each.quantity, each.revoked_at is None) for each in issued]


async def for_sale(shop: Shop, sku: str) -> int:
    level = await shop.stock.level(sku)
    assert level is not None
    return level.available


async def test_a_right_to_files_shrinks_with_each_refund_and_ends_with_the_last(shop: Shop) -> None:
    await shop.sells("song", category=Category.VIRTUAL, price=1_000)
    buyer = await shop.an_order(("song", 3), ("tea", 1), return_window=LONG)
    await buyer.is_paid()
    await buyer.parcel("delivered")
    await buyer.becomes(lambda order: order.fulfilment_status is FulfilmentStatus.DELIVERED)
    sold = Sold(shop, buyer)
    assert await rights(sold) == [(1, 3, True)]

    await sold.refunds("rfd_1", (1, 1))
    await until(lambda: rights(sold), lambda found: found == [(1, 2, True)])
    await sold.refunds("rfd_2", (1, 1))
    await until(lambda: rights(sold), lambda found: found == [(1, 1, True)])
    await until(lambda: for_sale(shop, "song"), lambda left: left == 4)
    await sold.wants_back((1, 1))
    await sold.decides(goods_back=False)

    await until(lambda: rights(sold), lambda found: found == [(1, 0, False)])
    await sold.has_given_back(3_000)
    await until(lambda: for_sale(shop, "song"), lambda left: left == 5)


@pytest.mark.parametrize("make", [delivered, completed])
async def test_returned_goods_lie_where_they_were_received(shop: Shop, make: Any) -> None:
    sold = await make(shop, ("tea", 2))
    await sold.wants_back((1, 1))
    await sold.decides()

    await sold.receives((1, 1), at="north")
    await sold.has_given_back(10_000)

    shelves = {level.warehouse_id: level.on_shelf for level in await shop.warehouses.shelves(["tea"])}
    assert shelves == {"main": 3, "north": 1}
    await sold.tea_for_sale(4)


async def test_a_parcel_that_has_left_can_be_paid_back_while_the_other_waits(shop: Shop) -> None:
    await shop.sells_from("north", "cup", price=2_000)
    buyer = await shop.an_order(("tea", 1), ("cup", 1), return_window=LONG)
    order = await buyer.is_paid()
    assert [shipment.plan.warehouse_id for shipment in order.shipments] == ["main", "north"]
    await buyer.parcel("handed_over", number=1)
    await buyer.becomes(lambda order: order.fulfilment_status is FulfilmentStatus.PARTIALLY_SHIPPED)
    sold = Sold(shop, buyer)

    await sold.refunds("rfd_1", (1, 1))
    with pytest.raises(OrderRefusedError) as refused:
        await sold.refunds("rfd_2", (2, 1))

    assert refused.value.code == "not_returnable"
    assert (await sold.has_given_back(10_000)).status is OrderStatus.PAID


async def test_an_order_with_an_open_return_is_not_completed(shop: Shop) -> None:
    await shop.sells_from("north", "cup", price=2_000)
    buyer = await shop.an_order(("tea", 1), ("cup", 1))
    await buyer.is_paid()
    await buyer.parcel("delivered", number=1)
    await buyer.becomes(lambda order: order.fulfilment_status is FulfilmentStatus.PARTIALLY_SHIPPED)
    sold = Sold(shop, buyer)
    await sold.wants_back((1, 1))

    await buyer.parcel("delivered", number=2)
    await buyer.becomes(lambda order: order.fulfilment_status is FulfilmentStatus.DELIVERED)
    await sold.decides()
    await sold.receives((1, 1))

    assert (await buyer.comes_to_rest()).status == "completed"
    kinds = await buyer.kinds()
    assert kinds.index("PaymentRefunded") < kinds.index("OrderCompleted")
    assert sold.sent_by_provider == 10_000


async def test_a_service_that_was_done_badly_is_paid_back_and_for_sale_again(shop: Shop) -> None:
    await shop.sells("repair", category=Category.SERVICE, price=5_000, stock=3)
    buyer = await shop.an_order(("repair", 1), ("tea", 1), return_window=LONG)
    await buyer.is_paid()
    await shop.workflows.accept_service(buyer.id, AcceptService("shop-7", "shop-7"))
    await buyer.parcel("delivered")
    await buyer.becomes(lambda order: order.fulfilment_status is FulfilmentStatus.DELIVERED)
    sold = Sold(shop, buyer)

    await sold.refunds("rfd_1", (1, 1))

    await sold.has_given_back(5_000)
    await until(lambda: for_sale(shop, "repair"), lambda left: left == 3)


@pytest.mark.parametrize("make", [delivered, completed])
async def test_a_threshold_that_the_kept_goods_miss_is_taken_back(shop: Shop, make: Any) -> None:
    await Offers(shop).promote("shop_threshold", {"minimum": 20_000, "amount": 3_000})
    sold = await make(shop, ("tea", 3), refund=CLAW_BACK)
    assert (await sold.order()).total.amount == 27_000

    await sold.refunds("rfd_1", (1, 1))
    await sold.has_given_back(9_000)  # two of them still reach the threshold
    await sold.refunds("rfd_2", (1, 1))

    await sold.has_given_back(9_000 + 9_000 - 1_000)  # the one that stays costs 10,000 again


@pytest.mark.parametrize("make", [delivered, completed])
async def test_who_gives_everything_back_gets_everything_back(shop: Shop, make: Any) -> None:
    await Offers(shop).promote("shop_threshold", {"minimum": 20_000, "amount": 3_000})
    sold = await make(shop, ("tea", 3), refund=CLAW_BACK)

    for number in (1, 2, 3):
        await sold.refunds(f"rfd_{number}", (1, 1))

    await sold.buyer.becomes(lambda order: order.status is OrderStatus.CANCELLED)
    await sold.has_given_back(27_000)
    assert [promise.amount.amount for promise in await sold.promises()] == [9_000, 8_000, 10_000]


async def test_without_that_policy_the_reduction_stays(shop: Shop) -> None:
    await Offers(shop).promote("shop_threshold", {"minimum": 20_000, "amount": 3_000})
    sold = await delivered(shop, ("tea", 3))

    await sold.refunds("rfd_1", (1, 2))

    await sold.has_given_back(18_000)
