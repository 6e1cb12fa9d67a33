"""Orders of two parcels, a service and a file in real workflows over PostgreSQL: each part fails in turn, and
the books agree.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import Client

from adapters.postgres.stock_audit import contradictions
from adapters.temporal.converter import data_converter
from domain.catalogue.items import BasePrice, CatalogueItem, Category
from domain.order.order import Order
from tests.support.fake_carrier import CarrierOperation, CarrierTrouble
from tests.support.shelves import Shelf, postgres_shelf
from tests.workflow.shop import Customer, Shop, cny
from workflows.contracts import AcceptService
from workflows.workers import Queues

CUP, POT, SETUP, SONG = 4_000, 6_000, 3_000, 500
ALL = CUP + POT + SETUP + SONG
LINES = (("cup", 1), ("pot", 1), ("setup", 1), ("song", 1))
YES = AcceptService("shop-7", "anna")
NO = AcceptService("shop-7", "anna", accepted=False)
Story = Callable[["Mixed"], Awaitable[None]]


class Mixed:
    """An order of a cup from the east, a pot from the west, a service and a file."""

    def __init__(self, shop: Shop, buyer: Customer) -> None:
        self.shop = shop
        self.buyer = buyer

    async def arrives(self, *numbers: int) -> None:
        for number in numbers:
            await self.shop.carrier.booked(self.buyer.shipment(number))
            await self.buyer.carried("handed_over", number)
            await self.buyer.carried("delivered", number)

    async def is_accepted(self, word: AcceptService = YES) -> None:
        await self.shop.workflows.accept_service(self.buyer.id, word)
        if word.accepted:
            await self.buyer.parcel("delivered", number=3)


async def a_parcel_is_lost(mixed: Mixed) -> None:
    await mixed.buyer.carried("lost", 1)
    await mixed.arrives(2)
    await mixed.is_accepted()


async def a_parcel_comes_back(mixed: Mixed) -> None:
    await mixed.is_accepted()
    await mixed.arrives(2)
    await mixed.buyer.carried("handed_over", 1)
    await mixed.buyer.carried("returned", 1)


async def the_service_is_declined(mixed: Mixed) -> None:
    await mixed.arrives(1)
    await mixed.is_accepted(NO)
    await mixed.arrives(2)


async def the_service_is_overdue(mixed: Mixed) -> None:
    await mixed.arrives(1, 2)


async def both_parcels_are_lost(mixed: Mixed) -> None:
    await mixed.buyer.carried("lost", 1)
    await mixed.buyer.carried("lost", 2)
    await mixed.is_accepted()


async def all_but_the_file_fails(mixed: Mixed) -> None:
    await mixed.buyer.carried("lost", 1)
    await mixed.buyer.carried("handed_over", 2)
    await mixed.buyer.carried("returned", 2)
    await mixed.is_accepted(NO)


async def nothing_fails(mixed: Mixed) -> None:
    await mixed.arrives(2, 1)
    await mixed.is_accepted()


@pytest.mark.parametrize(
    ("story", "back", "for_sale"),
    [
        (nothing_fails, 0, (4, 4, 4, 4)),
        (a_parcel_is_lost, CUP, (4, 4, 4, 4)),
        (a_parcel_comes_back, CUP, (5, 4, 4, 4)),
        (the_service_is_declined, SETUP, (4, 4, 5, 4)),
        (the_service_is_overdue, SETUP, (4, 4, 5, 4)),
        (both_parcels_are_lost, CUP + POT, (4, 4, 4, 4)),
        (all_but_the_file_fails, CUP + POT + SETUP, (4, 5, 5, 4)),
    ],
)
async def test_what_fails_is_paid_back_and_the_rest_is_complete(
    mixed_shop: Shop, shelf: Shelf, story: Story, back: int, for_sale: tuple[int, ...]
) -> None:
    window = timedelta(seconds=2 if story is the_service_is_overdue else 300)
    buyer = await mixed_shop.an_order(*LINES, acceptance_window=window)
    order = await buyer.is_paid()
    await mixed_shop.carrier.booked(buyer.shipment(1))
    await mixed_shop.carrier.booked(buyer.shipment(2))

    await story(Mixed(mixed_shop, buyer))
    outcome = await buyer.comes_to_rest()

    assert _each_unit_is_planned_once(order)
    assert (outcome.status, outcome.captured.amount, outcome.refunded.amount) == ("completed", ALL, back)
    assert tuple([(await shelf.goods(sku))[0] for sku, _ in LINES]) == for_sale
    assert shelf.pool is not None
    assert await contradictions(shelf.pool) == ()


async def test_a_parcel_that_the_carrier_refuses_leaves_the_rest_to_be_completed(
    mixed_shop: Shop, shelf: Shelf
) -> None:
    mixed_shop.carrier.next_call(CarrierOperation.BOOK, CarrierTrouble.REFUSED)
    buyer = await mixed_shop.an_order(*LINES)
    await buyer.is_paid()
    order = await buyer.becomes(lambda order: order.refunds_done)
    refused = next(number for number in (1, 2) if order.shipments[number - 1].end == "not_booked")

    mixed = Mixed(mixed_shop, buyer)
    await mixed.arrives(3 - refused)
    await mixed.is_accepted()
    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.refunded.amount) == ("completed", (CUP, POT)[refused - 1])
    assert (await shelf.goods(LINES[refused - 1][0]))[0] == 5
    assert shelf.pool is not None
    assert await contradictions(shelf.pool) == ()


def _each_unit_is_planned_once(order: Order) -> bool:
    planned = sorted((units.line, units.quantity) for each in order.shipments for units in each.plan.units)
    return planned == [(line.line, line.quantity) for line in order.lines]


@pytest.fixture
async def shelf(stock_database: str) -> AsyncIterator[Shelf]:
    async with postgres_shelf(stock_database) as shelf:
        yield shelf


@pytest.fixture
async def mixed_shop(temporal_address: str, shelf: Shelf) -> AsyncIterator[Shop]:
    temporal = await Client.connect(temporal_address, data_converter=data_converter())
    name = uuid4().hex
    shop = Shop(temporal, Queues(f"orders-{name}", f"payments-{name}"))
    goods = [
        ("cup", CUP, Category.PHYSICAL, "east"),
        ("pot", POT, Category.PHYSICAL, "west"),
        ("setup", SETUP, Category.SERVICE, "main"),
        ("song", SONG, Category.VIRTUAL, "main"),
    ]
    for sku, price, category, place in goods:
        prices = (BasePrice(cny(price), cny(price)),)
        await shop.catalogue.put_items([CatalogueItem(sku, "shop-7", sku, category, prices, 5)])
        await shelf.warehouses.put_stock(place, sku, 5)
    real: Any = shop
    real.stock, real.warehouses = shelf.ledger, shelf.warehouses
    async with shop.opens_again():
        yield shop
