"""What people see in Temporal, read back from the server."""

import pytest
from temporalio.client import WorkflowExecution, WorkflowExecutionDescription

from tests.workflow.gates import until
from tests.workflow.shop import Customer, Shop
from workflows import attributes
from workflows.contracts import CheckoutAnswer, TimelineEntry


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
    assert await buyer.handle.query("allowed_actions") == ["pay", "cancel"]
    assert await buyer.handle.query("price_breakdown") == {
        "goods": "10000 CNY",
        "delivery_fee": "0 CNY",
        "total": "10000 CNY",
    }


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
