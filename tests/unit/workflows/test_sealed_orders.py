"""The front door seals for every transport, and the order context opens for other contexts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from activities.histories import Histories
from adapters.clock import RandomIds, SystemClock
from adapters.memory.aggregate_snapshots import MemoryAggregateSnapshots
from adapters.memory.buyer_keys import MemoryBuyerKeys
from adapters.memory.events import MemoryEventStore
from adapters.memory.intake import MemoryOrderIntake
from adapters.memory.snapshots import MemoryPriceSnapshots
from adapters.sealing.master_keys import MasterKeys
from adapters.sealing.personal_data import SealedPersonalData
from adapters.settings import LOCAL_PERSONAL_DATA_KEY
from domain.history.aggregates import ORDER
from domain.order.accept import OrderRequest
from domain.ports.intake import IdempotencyKeyReusedError
from domain.ports.order_context import PlaceOrderRequest
from domain.ports.personal_data import BuyerErasedError
from domain.pricing.request import RequestedLine
from tests.support.builders import HOME, NOON
from tests.support.personal import sealing
from tests.support.snapshots import a_snapshot
from workflows.accepting import Accepting
from workflows.order_context import LiveOrderContext

NEW_MASTER = "bmV3LW1hc3Rlci1rZXktMDAwMDAwMDAwMDAwMDAwMDA="


@pytest.fixture
def personal() -> SealedPersonalData:
    return sealing()


@pytest.fixture
def accepting(personal: SealedPersonalData) -> Accepting:
    return Accepting(MemoryPriceSnapshots(), MemoryOrderIntake(), SystemClock(), RandomIds(), personal)


async def a_request(accepting: Accepting) -> OrderRequest:
    snapshot = a_snapshot(buyer_id="buyer-1")
    await accepting.snapshots.save(snapshot)
    lines = tuple(RequestedLine(line.sku, line.quantity) for line in snapshot.lines)
    return OrderRequest("buyer-1", snapshot.id, lines, HOME, "req_1")


async def test_what_is_written_down_is_sealed_whoever_asked(accepting: Accepting) -> None:
    accepted = await accepting.accept("api", "one", await a_request(accepting))

    address = accepted.entry.command.address
    assert address is not None
    assert (address.street, address.city, address.zip_code, address.country) == ("", "", "", "GB")
    assert address.sealed.startswith("sealed:1:")
    assert await accepting.personal.open_address(address) == HOME


async def test_equal_requests_are_equal_behind_their_seals(accepting: Accepting) -> None:
    request = await a_request(accepting)
    first = await accepting.accept("api", "one", request)

    again = await accepting.accept("api", "one", request)

    assert (again.repeated, again.entry.order_id) == (True, first.entry.order_id)
    with pytest.raises(IdempotencyKeyReusedError):
        await accepting.accept("api", "one", replace(request, address=replace(HOME, city="York")))


async def test_a_request_that_is_repeated_after_the_master_key_was_replaced_is_still_the_same() -> None:
    keys, intake, snapshots = MemoryBuyerKeys(), MemoryOrderIntake(), MemoryPriceSnapshots()

    def process(*masters: str) -> Accepting:
        personal = SealedPersonalData(keys, MasterKeys(masters[0], masters[1:]))
        return Accepting(snapshots, intake, SystemClock(), RandomIds(), personal)

    request = await a_request(process(LOCAL_PERSONAL_DATA_KEY))
    first = await process(LOCAL_PERSONAL_DATA_KEY).accept("api", "one", request)
    meanwhile = await process(NEW_MASTER, LOCAL_PERSONAL_DATA_KEY).accept("api", "one", request)
    await SealedPersonalData(keys, MasterKeys(NEW_MASTER, [LOCAL_PERSONAL_DATA_KEY])).rewrap()
    again = await process(NEW_MASTER).accept("api", "one", request)

    assert meanwhile.entry == again.entry == first.entry
    assert (first.repeated, meanwhile.repeated, again.repeated) == (False, True, True)


async def test_an_erased_buyer_is_refused_before_anything_is_written_down(accepting: Accepting) -> None:
    request = await a_request(accepting)
    await accepting.personal.erase("buyer-1", "operator", NOON)

    with pytest.raises(BuyerErasedError):
        await accepting.accept("api", "one", request)


async def test_another_context_reads_the_address_until_the_buyer_is_erased(accepting: Accepting) -> None:
    context = LiveOrderContext(Histories(ORDER, MemoryEventStore(), MemoryAggregateSnapshots()), accepting)
    request = await a_request(accepting)
    lines = tuple((line.sku, line.quantity) for line in request.lines)
    order_id = await context.place_order(
        PlaceOrderRequest("one", "buyer-1", request.snapshot_id, lines, HOME)
    )
    assert (await context.get_order(order_id)).address == HOME

    await accepting.personal.erase("buyer-1", "operator", NOON)

    address = (await context.get_order(order_id)).address
    assert address is not None
    assert (address.street, address.country) == ("", "GB")
    assert address.sealed
