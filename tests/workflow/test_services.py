"""Services, which their merchant must accept in time."""

from datetime import timedelta

import pytest

from domain.catalogue.items import Category
from domain.ports.stock import StockLevel
from tests.workflow.shop import Customer, Shop, cny
from workflows.client import OrderRefusedError
from workflows.contracts import AcceptService, CancelOrder

SOON = timedelta(milliseconds=500)
YES = AcceptService("shop-7", "anna")
NO = AcceptService("shop-7", "anna", accepted=False)


@pytest.fixture
async def _setup(shop: Shop) -> None:
    await shop.sells("setup", price=3_000, category=Category.SERVICE)


pytestmark = pytest.mark.usefixtures("_setup")


async def test_an_accepted_service_counts_as_handed_over(shop: Shop) -> None:
    buyer = await _a_paid_service(shop)

    answer = await shop.workflows.accept_service(buyer.id, YES)
    await buyer.parcel("delivered")
    outcome = await buyer.comes_to_rest()

    assert (answer.status, answer.subject) == ("shipped", buyer.shipment(1))
    assert outcome.status == "completed"


async def test_accepting_twice_gives_the_same_answer(shop: Shop) -> None:
    buyer = await _a_paid_service(shop)

    first = await shop.workflows.accept_service(buyer.id, YES)
    second = await shop.workflows.accept_service(buyer.id, YES)

    assert first == second
    assert (await buyer.kinds()).count("ServiceAccepted") == 1


async def test_a_declined_service_is_paid_back_and_ends_its_order(shop: Shop) -> None:
    buyer = await _a_paid_service(shop)

    await shop.workflows.accept_service(buyer.id, NO)
    outcome = await buyer.comes_to_rest()

    assert outcome.status == "cancelled"
    assert (outcome.captured, outcome.refunded) == (cny(3_000), cny(3_000))
    assert await shop.stock.level("setup") == StockLevel("setup", available=5, held=0, sold=0)


async def test_a_service_that_nobody_accepts_in_time_is_paid_back(shop: Shop) -> None:
    buyer = await shop.an_order(("setup", 1), acceptance_window=SOON)
    await buyer.is_paid()

    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.refunded) == ("cancelled", cny(3_000))
    assert (await buyer.order()).shipments[0].end == "not_accepted"


async def test_a_service_cannot_be_accepted_after_its_time(shop: Shop) -> None:
    buyer = await shop.an_order(("tea", 1), ("setup", 1), acceptance_window=SOON)
    await buyer.is_paid()
    await buyer.becomes(lambda order: order.refunds_done)

    with pytest.raises(OrderRefusedError) as refused:
        await shop.workflows.accept_service(buyer.id, YES)

    assert refused.value.code == "invalid_state_transition"


async def test_of_a_mixed_order_only_the_overdue_service_is_paid_back(shop: Shop) -> None:
    buyer = await shop.an_order(("tea", 1), ("setup", 1), acceptance_window=SOON)
    await buyer.is_paid()

    await buyer.becomes(lambda order: order.refunds_done)
    await buyer.carried("delivered")
    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.captured, outcome.refunded) == ("completed", cny(13_000), cny(3_000))
    assert await shop.stock.level("setup") == StockLevel("setup", available=5, held=0, sold=0)
    assert await shop.stock.level("tea") == StockLevel("tea", available=4, held=0, sold=0)


async def test_of_a_mixed_order_a_declined_service_is_paid_back_after_the_parcel_left(shop: Shop) -> None:
    buyer = await shop.an_order(("tea", 1), ("setup", 1))
    await buyer.is_paid()

    await buyer.carried("delivered")
    before = await buyer.becomes(lambda order: order.fulfilment_status == "partially_shipped")
    await shop.workflows.accept_service(buyer.id, NO)
    outcome = await buyer.comes_to_rest()

    assert before.status == "paid"
    assert (outcome.status, outcome.refunded) == ("completed", cny(3_000))


async def test_each_merchant_answers_for_its_own_services(shop: Shop) -> None:
    await shop.sells("tuning", price=2_000, category=Category.SERVICE, merchant="shop-8")
    buyer = await shop.an_order(("setup", 1), ("tuning", 1))
    await buyer.is_paid()

    await shop.workflows.accept_service(buyer.id, YES)
    await shop.workflows.accept_service(buyer.id, AcceptService("shop-8", "ben", accepted=False))
    order = await buyer.becomes(lambda order: order.refunds_done)

    assert (order.status, order.refunded) == ("shipped", cny(2_000))


async def test_a_merchant_without_a_service_has_nothing_to_accept(shop: Shop) -> None:
    buyer = await _a_paid_service(shop)

    with pytest.raises(OrderRefusedError) as refused:
        await shop.workflows.accept_service(buyer.id, AcceptService("shop-9", "eve"))

    assert refused.value.code == "shipment_not_found"


async def test_a_service_that_was_not_paid_yet_cannot_be_accepted(shop: Shop) -> None:
    buyer = await shop.an_order(("setup", 1))
    await buyer.checks_out()

    with pytest.raises(OrderRefusedError) as refused:
        await shop.workflows.accept_service(buyer.id, YES)

    assert refused.value.code == "invalid_state_transition"
    assert "accept_service" not in str(await buyer.history())


async def test_a_service_that_nobody_has_accepted_can_be_cancelled_and_an_accepted_one_not(
    shop: Shop,
) -> None:
    waiting, accepted = await _a_paid_service(shop), await _a_paid_service(shop)
    await shop.workflows.accept_service(accepted.id, YES)

    await shop.workflows.cancel(waiting.id, CancelOrder("buyer", "buyer-1"))
    with pytest.raises(OrderRefusedError) as refused:
        await shop.workflows.cancel(accepted.id, CancelOrder("buyer", "buyer-1"))

    assert (await waiting.comes_to_rest()).refunded == cny(3_000)
    assert refused.value.code == "invalid_state_transition"


async def _a_paid_service(shop: Shop) -> Customer:
    buyer = await shop.an_order(("setup", 1))
    await buyer.is_paid()
    return buyer
