"""What surrounds a carrier in its contract suite: its people, faults and callbacks of one carrier."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from itertools import count
from typing import Protocol

import httpx

from adapters.carriers.sandbox import SandboxCarrier
from adapters.carriers.sandbox_events import DEMO_SECRET
from domain.address import Address
from domain.ports.carriers import Carrier, CarrierFact, CarrierFactKind, ParcelBooking, ParcelItem
from tests.support.fake_carrier import CarrierOperation, CarrierTrouble, FakeCarrier
from tests.support.sandbox_provider import CallbackReceiver, SandboxProcess, eventually

LEEDS = Address("1 High Street", "Leeds", "LS1 1AA", "GB")
Callback = tuple[dict[str, str], bytes]
_numbers = count(1)


def a_booking() -> ParcelBooking:
    """A booking that nobody has made yet."""
    number = next(_numbers)
    items = (ParcelItem("tea", "Green tea", 2), ParcelItem("cup", "", 1))
    return ParcelBooking(f"shp_ord-{number}_1", f"N{number}", "main", LEEDS, items)


class CarrierWorld(Protocol):
    """A carrier as its contract suite drives it."""

    @property
    def carrier(self) -> Carrier:
        """What is tested."""
        ...

    async def happens(self, shipment_id: str, kind: CarrierFactKind) -> None:
        """The carrier's people do this to a parcel that allows it."""
        ...

    async def goes_to(self, shipment_id: str) -> str:
        """The city on the label."""
        ...

    async def trouble(self, operation: CarrierOperation, trouble: CarrierTrouble) -> None:
        """Let the next such call run into that trouble."""
        ...

    async def callback(self, fact: CarrierFact) -> Callback:
        """Headers and body of the callback that tells of `fact`."""
        ...


class FakeWorld:
    """Around the fake."""

    def __init__(self) -> None:
        self.fake = FakeCarrier()
        self.carrier: Carrier = self.fake

    async def happens(self, shipment_id: str, kind: CarrierFactKind) -> None:
        self.fake.happens(shipment_id, kind)

    async def goes_to(self, shipment_id: str) -> str:
        return self.fake.parcels[shipment_id].booking.address.city

    async def trouble(self, operation: CarrierOperation, trouble: CarrierTrouble) -> None:
        self.fake.next_call(operation, trouble)

    async def callback(self, fact: CarrierFact) -> Callback:
        return self.fake.signed(fact)


_FAULTS: dict[CarrierTrouble, dict[str, object]] = {
    CarrierTrouble.UNAVAILABLE: {"fault": "unavailable"},
    CarrierTrouble.EXECUTED_THEN_TIMEOUT: {"fault": "execute_then_timeout", "hold_ms": 5000},
    CarrierTrouble.REFUSED: {"fault": "booking_refused"},
}
_DOING = {
    CarrierFactKind.HANDED_OVER: "hand-over",
    CarrierFactKind.DELIVERED: "deliver",
    CarrierFactKind.LOST: "lose",
    CarrierFactKind.RETURNED: "return",
}


class SandboxWorld:
    """The same around the real service, over HTTP."""

    def __init__(self, service: SandboxProcess, receiver: CallbackReceiver) -> None:
        self.receiver = receiver
        self.http = httpx.AsyncClient(base_url=service.url, timeout=10, trust_env=False)
        patience = timedelta(seconds=1.5)
        self.sandbox = SandboxCarrier(service.url, receiver.url, [DEMO_SECRET], patience=patience)
        self.carrier: Carrier = self.sandbox

    async def close(self) -> None:
        await self.sandbox.aclose()
        await self.http.aclose()

    async def happens(self, shipment_id: str, kind: CarrierFactKind) -> None:
        (await self.http.post(f"/v1/parcels/{shipment_id}/{_DOING[kind]}")).raise_for_status()

    async def goes_to(self, shipment_id: str) -> str:
        parcel = (await self.http.get(f"/v1/parcels/{shipment_id}")).raise_for_status().json()
        return str(parcel["address"]["city"])

    async def trouble(self, operation: CarrierOperation, trouble: CarrierTrouble) -> None:
        body = {"any": True, **_FAULTS[trouble]}
        if trouble is not CarrierTrouble.REFUSED:
            body["operation"] = operation.value
        (await self.http.post("/v1/faults", json=body)).raise_for_status()

    async def callback(self, fact: CarrierFact) -> Callback:
        def arrived() -> list[Callback]:
            all_of_them = [(one.headers, one.body) for one in self.receiver.received]
            return [one for one in all_of_them if json.loads(one[1])["event_id"] == fact.event_id]

        await asyncio.to_thread(eventually, lambda: bool(arrived()), f"a callback of {fact.kind}")
        return arrived()[0]
