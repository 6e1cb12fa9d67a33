"""Orders of 1,000 lines from several warehouses stay within what Temporal carries."""

from collections.abc import Iterator
from typing import Any, Final

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload

from domain.catalogue.items import LONGEST_TITLE, BasePrice, CatalogueItem, Category
from domain.order.order import Order
from tests.workflow.shop import Customer, Shop, cny
from workflows.contracts import CancelOrder

LINES: Final = 1_000
PLACES: Final = ("east", "north", "south", "west")
# The server refuses a payload over 2 MiB and warns from 256 KiB on; it ends a history of 50 MiB.
REFUSED_PAYLOAD: Final = 2 * 1024 * 1024
LARGEST_PAYLOAD: Final = 256 * 1024
LARGEST_HISTORY: Final = 2 * 1024 * 1024
NAME: Final = "A thing with a name of an ordinary length, in blue"


async def test_an_order_of_a_thousand_lines_from_four_warehouses_stays_small(shop: Shop) -> None:
    buyer = await _ordered(shop)
    order = await buyer.is_paid()
    for number in range(1, len(PLACES) + 1):
        await shop.carrier.booked(buyer.shipment(number))
    await buyer.carried("lost", 1)
    await buyer.becomes(lambda order: order.refunds_done)
    for number in range(2, len(PLACES) + 1):
        await buyer.carried("handed_over", number)
        await buyer.carried("delivered", number)
    outcome = await buyer.comes_to_rest()

    assert _units(order) == {line: 1 + line % 3 for line in range(1, LINES + 1)}
    assert outcome.status == "completed"
    assert outcome.refunded == cny(sum(1_000 * (1 + line % 3) for line in range(1, LINES + 1, len(PLACES))))
    history = [event async for event in buyer.handle.fetch_history_events()]
    largest = max(len(payload.data) for event in history for payload in _payloads(event))
    size = sum(event.ByteSize() for event in history)
    assert largest < LARGEST_PAYLOAD, largest
    assert size < LARGEST_HISTORY, size


async def test_an_order_of_a_thousand_of_the_longest_titles_is_carried_too(shop: Shop) -> None:
    buyer = await _ordered(shop, "😀" * LONGEST_TITLE)
    order = await buyer.is_paid()
    await shop.workflows.cancel(buyer.id, CancelOrder("buyer", "buyer-1"))
    outcome = await buyer.comes_to_rest()

    assert (len(order.lines), outcome.status, outcome.refunded) == (LINES, "cancelled", order.total)
    history = [event async for event in buyer.handle.fetch_history_events()]
    assert max(len(payload.data) for event in history for payload in _payloads(event)) < REFUSED_PAYLOAD


async def _ordered(shop: Shop, title: str = NAME) -> Customer:
    price = BasePrice(cny(1_000), cny(1_000))
    skus = [f"sku-{number:04}-of-a-usual-length" for number in range(1, LINES + 1)]
    await shop.catalogue.put_items(
        [
            CatalogueItem(sku, f"shop-{at % 9}", title, Category.PHYSICAL, (price,), 0)
            for at, sku in enumerate(skus)
        ]
    )
    for at, sku in enumerate(skus):
        await shop.warehouses.put_stock(PLACES[at % len(PLACES)], sku, 5)
    buyer = await shop.an_order(*((sku, 1 + at % 3) for at, sku in enumerate(skus, start=1)))
    await buyer.checks_out()
    return buyer


def _units(order: Order) -> dict[int, int]:
    """What is in all shipments together, by line. Each line lies in one of them only."""
    planned = [units for shipment in order.shipments for units in shipment.plan.units]
    assert len({units.line for units in planned}) == len(planned)
    return {units.line: units.quantity for units in sorted(planned, key=lambda units: units.line)}


def _payloads(message: Any) -> Iterator[Payload]:
    """All payloads anywhere in a message."""
    if isinstance(message, Payload):
        yield message
    elif isinstance(message, Message):
        for _, value in message.ListFields():
            yield from _payloads(value)
    elif hasattr(message, "values"):
        for value in message.values():
            yield from _payloads(value)
    elif not isinstance(message, (str, bytes, int, float)):
        for value in message:
            yield from _payloads(value)
