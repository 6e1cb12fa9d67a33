"""What people see in Temporal, read back from the server."""

import pytest
from temporalio.client import WorkflowExecution, WorkflowExecutionDescription

from domain.pricing.request import Wishes
from tests.workflow.gates import until
from tests.workflow.offers import VOUCHER, Offers
from tests.workflow.shop import Customer, Shop, cny
from workflows import attributes
from workflows.contracts import CheckoutAnswer, ShownPrice, TimelineEntry


async def test_a_new_order_is_found_by_what_it_is(shop: Shop) -> None:
    buyer = await shop.an_order(("tea", 2))
    await buyer.checks_out()

    found = await _shown(buyer, "created")

    seen = found.typed_search_attributes
    assert seen[attributes.PAYMENT_STATUS] == "pending"
    assert seen[attributes.MERCHANT_IDS] == ["shop-7"]
    assert seen[attributes.AMOUNT_MINOR] == 20_000
    assert seen[attributes.CURRENCY] == "CNY"
    assert await found.static_summary() == "1 item · CNY 200.00 · shop-7"
    assert buyer.start.number in (await found.static_details() or "")


async def test_search_attributes_follow_the_order(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.checks_out()
    await buyer.pays_and_it_is_reported()

    found = await _shown(buyer, "paid")

    assert found.typed_search_attributes[attributes.PAYMENT_STATUS] == "captured"
    query = f"OrderStatus = 'paid' AND MerchantIds = 'shop-7' AND WorkflowId = '{buyer.handle.id}'"
    await until(lambda: _listed(shop, query), bool)


async def test_an_order_that_needs_a_person_says_so(shop: Shop) -> None:
    buyer = await shop.an_order()
    answer = await buyer.checks_out()
    await buyer.hears(*await buyer.pays(amount=answer.total and answer.total * 2))
    await buyer.becomes(lambda order: order.in_review)

    found = await until(
        buyer.handle.describe, lambda found: found.typed_search_attributes.get(attributes.NEEDS_REVIEW)
    )
    assert found.typed_search_attributes[attributes.NEEDS_REVIEW] is True


async def test_activities_and_timers_say_what_they_are_for(shop: Shop) -> None:
    buyer = await shop.an_order()
    answer = await buyer.checks_out()

    summaries = [
        event.user_metadata.summary.data.decode().strip('"')
        async for event in buyer.handle.fetch_history_events()
        if event.user_metadata.HasField("summary")
    ]

    assert answer.payment_key in summaries
    assert "the buyer's payment" in summaries


async def test_queries_tell_people_where_an_order_stands(shop: Shop) -> None:
    buyer = await shop.an_order()
    answer = await buyer.checks_out()

    status = await buyer.handle.query("status", result_type=CheckoutAnswer)
    timeline = await buyer.handle.query("timeline", result_type=list[TimelineEntry])

    assert status == answer
    assert [entry.what for entry in timeline] == ["OrderDrafted", "OrderCreated", "PaymentRequested"]
    assert await buyer.handle.query("allowed_actions") == ["pay", "cancel", "change_address"]


async def test_people_see_how_a_price_is_made(shop: Shop) -> None:
    offers = Offers(shop)
    await shop.sells(price=49_000)
    await offers.flash(price=45_000)
    await offers.threshold(8_000)
    await offers.voucher(10_000)
    await shop.catalogue.put_delivery_fee("shop-7", cny(1_000))
    buyer = await shop.an_order(("tea", 2), wishes=Wishes(voucher_code=VOUCHER))
    await buyer.checks_out()

    price = await buyer.handle.query("price_breakdown", result_type=ShownPrice)
    details = str(await buyer.handle.query("__temporal_workflow_metadata"))

    text = "980.00 − 80.00 − 80.00 − 100.00 + 10.00 = 730.00"
    assert (price.goods, price.delivery_fee, price.other_charges, price.total) == (
        "CNY 720.00",
        "CNY 10.00",
        "CNY 0.00",
        "CNY 730.00",
    )
    assert price.text == text
    assert [step.amount for step in price.steps] == [
        *("CNY 980.00", "CNY -80.00", "CNY -80.00", "CNY -100.00", "CNY 10.00")
    ]
    assert text in details
    assert all(step.label in details for step in price.steps)


async def test_a_draft_shows_the_price_that_its_buyer_is_asked_about(shop: Shop) -> None:
    buyer = await shop.an_order()
    await shop.sells(price=12_000)
    await buyer.checks_out()

    price = await buyer.handle.query("price_breakdown", result_type=ShownPrice)

    assert price.total == "CNY 120.00"
    assert "CNY 120.00" in str(await buyer.handle.query("__temporal_workflow_metadata"))


async def test_an_order_that_was_refused_shows_no_price(shop: Shop) -> None:
    first = await shop.an_order()
    await first.checks_out()
    refused = await shop.an_order(snapshot_id=first.start.snapshot_id)
    await refused.checks_out()

    assert await refused.handle.query("price_breakdown", result_type=ShownPrice) == ShownPrice()


@pytest.mark.parametrize(
    ("parcel", "wanted"),
    [(None, "the carrier"), ("handed_over", "the carrier")],
)
async def test_current_details_name_what_is_waited_for(shop: Shop, parcel: str | None, wanted: str) -> None:
    buyer = await shop.an_order()
    await buyer.checks_out()
    await buyer.pays_and_it_is_reported()
    await buyer.becomes(lambda order: order.status == "paid")
    if parcel:
        await buyer.parcel(parcel)
        await buyer.becomes(lambda order: order.status == "shipped")

    details = await buyer.handle.query("__temporal_workflow_metadata")

    assert wanted in str(details)


async def _shown(buyer: Customer, status: str) -> WorkflowExecutionDescription:
    return await until(
        buyer.handle.describe,
        lambda found: found.typed_search_attributes.get(attributes.ORDER_STATUS) == status,
    )


async def _listed(shop: Shop, query: str) -> list[WorkflowExecution]:
    return [row async for row in shop.temporal.list_workflows(query)]
