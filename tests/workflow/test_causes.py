"""What an order does because of a request carries its id and trace; all else those of its first request."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from domain.events import EventMetadata
from tests.workflow.customer import Customer
from tests.workflow.shop import Shop
from workflows.causes import Cause, begin_cause
from workflows.contracts import CancelOrder, RequestRefund

PLACED, CANCELLED = Cause("req_placed", "a" * 32), Cause("req_ended", "b" * 32)
REFUNDED = Cause("req_back")


async def test_an_order_carries_the_request_that_placed_it_whoever_starts_it(shop: Shop) -> None:
    buyer = await _placed(shop)

    begun = await _told(shop, buyer)

    assert {_cause(begun[name]) for name in ("OrderDrafted", "OrderCreated", "PaymentRequested")} == {PLACED}
    assert begun["OrderCreated"].actor == "buyer"


async def test_what_a_later_request_brings_about_carries_that_request(shop: Shop) -> None:
    buyer = await _placed(shop)
    await buyer.is_paid()

    await _asking(CANCELLED, shop.workflows.cancel(buyer.id, CancelOrder("buyer", "ann")))
    await buyer.comes_to_rest()

    told = await _told(shop, buyer)
    assert _cause(told["PaymentConfirmed"]) == PLACED
    assert _cause(told["OrderCancelled"]) == _cause(told["RefundRequested"]) == CANCELLED
    assert told["OrderCancelled"].causation_id == "cancel"


async def test_a_request_to_an_order_whose_workflow_has_ended_is_told_too(shop: Shop) -> None:
    buyer = await _placed(shop)
    await buyer.is_paid()
    await buyer.carried("handed_over")
    await buyer.carried("delivered")
    await buyer.comes_to_rest()

    wish = RequestRefund("rfd_1", "ann")
    await _asking(REFUNDED, shop.workflows.request_refund(buyer.id, wish))

    assert _cause((await _told(shop, buyer))["RefundRequested"]) == REFUNDED


async def test_two_requests_at_once_keep_their_own_causes(shop: Shop) -> None:
    buyers = [await _placed(shop) for _ in range(2)]
    causes = [Cause(f"req_{number}") for number in range(2)]

    await asyncio.gather(
        *(
            _asking(cause, shop.workflows.cancel(buyer.id, CancelOrder("buyer", "ann")))
            for cause, buyer in zip(causes, buyers, strict=True)
        )
    )

    told = [await _told(shop, buyer) for buyer in buyers]
    assert [_cause(each["OrderCancelled"]) for each in told] == causes


async def _asking(cause: Cause, call: object) -> None:
    async def ask() -> None:
        begin_cause(cause)
        await call  # type: ignore[misc]

    await asyncio.create_task(ask())


async def _placed(shop: Shop) -> Customer:
    buyer = await shop.an_order()
    buyer.start = replace(buyer.start, correlation_id=PLACED.request_id, trace_id=PLACED.trace_id)
    await buyer.checks_out()
    return buyer


async def _told(shop: Shop, buyer: Customer) -> dict[str, EventMetadata]:
    return {event.event_type: event.metadata for event in await shop.events.read(buyer.id)}


def _cause(metadata: EventMetadata) -> Cause:
    return Cause(metadata.correlation_id, metadata.trace_id)
