"""Orders in the states that after-sale needs. Goods: mug, card, and with `stocked` book, massage, haircut."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx

from domain.catalogue.items import BasePrice, CatalogueItem, Category
from domain.order.order import Order
from domain.ports.carriers import CarrierFactKind
from tests.support.api_world import ApiWorld, cny

BOOK = {"sku": "book", "quantity": 1}
MUGS = {"sku": "mug", "quantity": 2}
MASSAGE = {"sku": "massage", "quantity": 1}
HAIRCUT = {"sku": "haircut", "quantity": 1}
CARD = {"sku": "card", "quantity": 1}


async def stocked(world: ApiWorld) -> None:
    """shop-8 sells a book and a massage besides, and shop-7 a haircut."""
    price = BasePrice(cny(1_200), cny(1_000))
    book = CatalogueItem("book", "shop-8", "Book", Category.PHYSICAL, (price,), 100)
    massage = replace(book, sku="massage", title="Massage", category=Category.SERVICE)
    haircut = replace(massage, sku="haircut", merchant_id="shop-7", title="Haircut")
    await world.catalogue.put_items([book, massage, haircut])


async def placed(world: ApiWorld, *lines: dict[str, Any]) -> str:
    """The id of an order of these lines that waits for payment."""
    wanted = list(lines or (MUGS,))
    quote = await world.quote(lines=wanted)
    return await world.placed(lines=wanted, snapshot_id=quote["id"])


async def planned(world: ApiWorld, *lines: dict[str, Any]) -> Order:
    """A paid order whose shipments are planned."""
    order_id = await placed(world, *lines)
    await world.pays(order_id)
    return await world.workflows.plan(order_id)


async def delivered(world: ApiWorld, *lines: dict[str, Any]) -> Order:
    """An order that the buyer has: two mugs unless other lines are given."""
    order = await planned(world, *lines)
    for shipment in order.shipments:
        order = await world.workflows.carrier_says(order.id, shipment.id, CarrierFactKind.DELIVERED)
    return order


async def returned(world: ApiWorld, order_id: str, quantity: int = 1, **changes: Any) -> httpx.Response:
    """The buyer asks to give mugs back."""
    body = {"lines": [{"line": 1, "quantity": quantity}], "reason": "damaged", **changes}
    return await world.post(f"/v1/orders/{order_id}/returns", body)


async def events_of(world: ApiWorld, order_id: str) -> list[str]:
    """What happened to an order, by name."""
    return [event.event_type for event in await world.events.read(order_id)]
