"""What callers of the workflow client hear when Temporal, the worker or the order is not there."""

import socket
from datetime import UTC, datetime

import pytest
from temporalio.client import Client

from adapters.temporal.connection import lazy_client
from adapters.temporal.converter import data_converter
from adapters.temporal.encryption import ENCODING, EncryptionCodec
from domain.address import Address
from tests.workflow.shop import ClientValues, Shop, open_shop
from workflows.client import OrderAlreadyEndedError, OrderWorkflows, WorkflowUnavailableError
from workflows.contracts import CancelOrder, ShipmentReported

KEY = "b3JkZXJrZWVwLXRlc3Qta2V5LTAwMDAwMDAwMDAwMDE="


class Nowhere:
    """Settings that point at a port where nobody listens."""

    temporal_namespace = "default"
    encrypt_payloads = False
    payload_key = None
    payload_key_id = ""

    def __init__(self) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            self.temporal_address = f"127.0.0.1:{unused.getsockname()[1]}"


async def test_a_checkout_without_temporal_is_unavailable_and_not_lost(shop: Shop) -> None:
    client = await lazy_client(Nowhere())  # type: ignore[arg-type]
    workflows = OrderWorkflows(client, ClientValues("orders", "payments", first_answer_seconds=2.0))
    buyer = await shop.an_order()

    with pytest.raises(WorkflowUnavailableError):
        await workflows.checkout(buyer.start)


async def test_a_checkout_that_nobody_works_on_is_unavailable_and_goes_on_later(temporal: Client) -> None:
    async with open_shop(temporal) as shop:
        buyer = await shop.an_order()
        queues = shop.queues
    slow = OrderWorkflows(temporal, ClientValues(queues.orders, queues.payments, first_answer_seconds=0.5))
    with pytest.raises(WorkflowUnavailableError):
        await slow.checkout(buyer.start)

    async with shop.opens_again():
        answer = await buyer.checks_out()

    assert answer.status == "created"


async def test_starting_what_runs_or_has_ended_changes_nothing(shop: Shop) -> None:
    buyer = await shop.an_order(("tea", 99))

    await shop.workflows.start(buyer.start)
    await shop.workflows.start(buyer.start)
    await buyer.comes_to_rest()
    await shop.workflows.start(buyer.start)

    assert await buyer.kinds() == ["OrderDrafted", "OrderCancelled"]


async def test_a_checkout_of_an_order_that_the_relay_started_gets_its_answer(shop: Shop) -> None:
    buyer = await shop.an_order()

    await shop.workflows.start(buyer.start)
    answer = await buyer.checks_out()

    assert (answer.status, bool(answer.pay_url)) == ("created", True)


async def test_a_checkout_of_an_ended_order_says_so_and_a_look_tells_how(shop: Shop) -> None:
    buyer = await shop.an_order(("tea", 99))
    await shop.workflows.start(buyer.start)
    await buyer.comes_to_rest()

    with pytest.raises(OrderAlreadyEndedError):
        await buyer.checks_out()
    word = await shop.workflows.look(buyer.id)

    assert (word.refusal, [short.sku for short in word.shortages]) == ("out_of_stock", ["tea"])


async def test_cancelling_an_order_that_was_not_started_yet_is_unavailable(shop: Shop) -> None:
    buyer = await shop.an_order()

    with pytest.raises(WorkflowUnavailableError):
        await shop.workflows.cancel(buyer.id, CancelOrder("buyer", "buyer-1"))


async def test_a_parcel_of_an_ended_order_has_no_order(shop: Shop) -> None:
    buyer = await shop.an_order(("tea", 99))
    await buyer.checks_out()
    await buyer.comes_to_rest()

    report = ShipmentReported("evt-1", f"shp_{buyer.id}", "delivered", datetime.now(UTC))

    with pytest.raises(OrderAlreadyEndedError):
        await shop.workflows.report_shipment(buyer.id, report)


async def test_reports_of_a_parcel_may_come_twice_and_in_any_order(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.checks_out()

    await buyer.parcel("delivered")
    await buyer.parcel("handed_over")
    await buyer.parcel("delivered")
    await buyer.pays_and_it_is_reported()
    outcome = await buyer.comes_to_rest()

    assert outcome.status == "completed"
    assert (await buyer.kinds())[-3:] == ["OrderShipped", "OrderDelivered", "OrderCompleted"]


async def test_an_address_is_nowhere_in_an_encrypted_history(temporal_address: str) -> None:
    codec = EncryptionCodec("k1", {"k1": KEY})
    client = await Client.connect(temporal_address, data_converter=data_converter(codec))
    async with open_shop(client) as shop:
        buyer = await shop.an_order(address=Address("Secret Street 7", "Hiddenham", "12345", "GB"))
        answer = await buyer.checks_out()
        history = await buyer.handle.fetch_history()

    assert answer.status == "created"
    stored = history.events[0].workflow_execution_started_event_attributes.input.payloads[0]
    assert stored.metadata["encoding"] == ENCODING
    assert b"Secret Street" not in b"".join(event.SerializeToString() for event in history.events)
