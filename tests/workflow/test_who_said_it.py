"""The audit answers who said what: providers, carriers, people, or the system itself."""

from collections.abc import Mapping

import pytest

from domain.catalogue.items import Category
from domain.ports.carriers import CarrierFactKind
from tests.workflow.shop import Customer, Shop
from workflows.client import OrderRefusedError
from workflows.contracts import AcceptService, CancelOrder, ShipmentReported
from workflows.reports import reported


async def test_what_a_provider_or_a_carrier_said_carries_its_name(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.is_paid()
    await _carrier_says(buyer, "handed_over")
    await _carrier_says(buyer, "delivered")
    await buyer.comes_to_rest()

    actors = await _actors(shop, buyer)

    assert actors["PaymentConfirmed"] == "provider:sandbox"
    assert actors["ShipmentHandedOver"] == actors["OrderShipped"] == "carrier:sandbox"
    assert actors["ShipmentDelivered"] == actors["OrderDelivered"] == "carrier:sandbox"
    assert (actors["OrderDrafted"], actors["OrderCreated"]) == ("buyer", "buyer")
    assert actors["OrderCompleted"] == "system"


async def test_what_is_found_by_asking_the_carrier_is_its_word_too(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.is_paid()
    await buyer.becomes(lambda order: order.shipments[0].status == "booked")
    shop.carrier.hands_over(buyer.shipment(1))

    with pytest.raises(OrderRefusedError):
        await shop.workflows.cancel(buyer.id, CancelOrder("buyer", "ann"))
    actors = await _actors(shop, buyer)

    assert actors["ShipmentHandedOver"] == "carrier:sandbox"


async def test_reports_of_several_people_at_once_keep_their_names(shop: Shop) -> None:
    await shop.sells("setup", price=3_000, category=Category.SERVICE)
    buyer = await shop.an_order(("tea", 1), ("setup", 1))
    await buyer.is_paid()
    await buyer.becomes(lambda order: order.shipments[0].carrier)

    await _by_hand(buyer, "handed_over", "@shop-7")
    await _carrier_says(buyer, "delivered")
    await shop.workflows.accept_service(buyer.id, AcceptService("shop-7", "anna"))
    await buyer.becomes(lambda order: order.shipments[0].status == "delivered")

    actors = await _actors(shop, buyer)
    assert actors["ShipmentHandedOver"] == "@shop-7"
    assert actors["ShipmentDelivered"] == "carrier:sandbox"
    assert actors["ServiceAccepted"] == "anna"


async def test_money_that_has_gone_back_is_the_providers_word_and_its_promise_the_buyers(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.is_paid()

    await shop.workflows.cancel(buyer.id, CancelOrder("buyer", "ann"))
    await buyer.comes_to_rest()

    actors = await _actors(shop, buyer)
    assert (actors["OrderCancelled"], actors["RefundRequested"]) == ("ann", "ann")
    assert actors["PaymentRefunded"] == "provider:sandbox"


async def _actors(shop: Shop, buyer: Customer) -> Mapping[str, str]:
    return {event.event_type: event.metadata.actor for event in await shop.events.read(buyer.id)}


async def _carrier_says(buyer: Customer, kind: str) -> None:
    await buyer.shop.carrier.booked(buyer.shipment(1))
    fact = buyer.shop.carrier.happens(buyer.shipment(1), CarrierFactKind(kind))
    await buyer.shop.workflows.report_shipment(buyer.id, reported(fact))


async def _by_hand(buyer: Customer, kind: str, by: str) -> None:
    fact = buyer.shop.carrier.happens(buyer.shipment(1), CarrierFactKind(kind))
    report = ShipmentReported(fact.event_id, fact.shipment_id, kind, fact.occurred_at, by)
    await buyer.shop.workflows.report_shipment(buyer.id, report)
