"""An order that everybody keeps their word about, and what it costs in history."""

from datetime import timedelta

from domain.catalogue.items import BasePrice, CatalogueItem, Category
from domain.ports.stock import StockLevel
from tests.workflow.shop import Shop, cny

UNTIL_CREATED = 18
WHOLE_STORY = 63
VIRTUAL_STORY = 36


async def test_the_first_answer_names_price_deadline_and_pay_page(shop: Shop) -> None:
    buyer = await shop.an_order(("tea", 2))

    answer = await buyer.checks_out()

    assert (answer.status, answer.payment_status) == ("created", "pending")
    assert answer.total == cny(20_000)
    assert answer.pay_url
    assert answer.payment_deadline is not None
    assert await buyer.kinds() == ["OrderDrafted", "OrderCreated", "PaymentRequested"]


async def test_goods_are_held_until_paid_and_sold_after(shop: Shop) -> None:
    buyer = await shop.an_order(("tea", 2))

    await buyer.checks_out()
    held = await shop.stock.level("tea")
    await buyer.pays_and_it_is_reported()
    await buyer.becomes(lambda order: order.status == "paid")
    sold = await shop.stock.level("tea")

    assert held == StockLevel("tea", available=3, held=2, sold=0)
    assert sold == StockLevel("tea", available=3, held=0, sold=2)


async def test_a_physical_order_is_completed_after_delivery(shop: Shop) -> None:
    buyer = await shop.an_order(return_window=timedelta(milliseconds=100))

    await buyer.checks_out()
    await buyer.pays_and_it_is_reported()
    await buyer.becomes(lambda order: order.status == "paid")
    await buyer.parcel("handed_over")
    await buyer.becomes(lambda order: order.status == "shipped")
    await buyer.parcel("delivered")
    outcome = await buyer.comes_to_rest()

    assert outcome.status == "completed"
    assert outcome.captured == cny(10_000)
    assert outcome.refunded == cny(0)
    history = await buyer.history()
    assert len(history) <= WHOLE_STORY, history


async def test_a_virtual_order_is_delivered_with_the_payment(shop: Shop) -> None:
    await shop.sells("e-book", category=Category.VIRTUAL)
    buyer = await shop.an_order(("e-book", 1))

    await buyer.checks_out()
    await buyer.pays_and_it_is_reported()
    outcome = await buyer.comes_to_rest()

    assert outcome.status == "completed"
    assert (await buyer.kinds())[3:] == [
        "PaymentConfirmed",
        "ShipmentsPlanned",
        "ShipmentHandedOver",
        "ShipmentDelivered",
        "OrderShipped",
        "OrderDelivered",
        "OrderCompleted",
    ]
    history = await buyer.history()
    assert len(history) <= VIRTUAL_STORY, history


async def test_an_order_is_created_within_its_budget_of_history_events(shop: Shop) -> None:
    buyer = await shop.an_order()

    await buyer.checks_out()

    history = await buyer.history()
    assert len(history) <= UNTIL_CREATED, history


async def test_the_same_checkout_again_joins_the_running_order(shop: Shop) -> None:
    buyer = await shop.an_order()

    first = await buyer.checks_out()
    second = await buyer.checks_out()

    assert first == second
    assert len(shop.payments.payments) == 1


async def test_an_order_that_costs_nothing_is_paid_without_a_provider(shop: Shop) -> None:
    free = BasePrice(cny(100), cny(0))
    await shop.catalogue.put_items(
        [CatalogueItem("sample", "shop-7", "Sample", Category.VIRTUAL, (free,), stock=5)]
    )
    buyer = await shop.an_order(("sample", 1))

    await buyer.checks_out()
    outcome = await buyer.comes_to_rest()

    assert outcome.status == "completed"
    assert outcome.captured == cny(0)
    assert shop.payments.charges == ()
    assert await shop.stock.level("sample") == StockLevel("sample", available=4, held=0, sold=1)
