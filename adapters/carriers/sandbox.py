"""`Carrier` over the sandbox carrier's HTTP API. Keeps no state but its connections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from urllib.parse import quote

import httpx

from adapters.carriers import sandbox_events
from adapters.carriers.sandbox_callbacks import SandboxCarrierCallbackReader
from adapters.carriers.sandbox_events import fact_of
from adapters.json_service import PATIENCE, JsonService, code_of
from adapters.strict_json import UnreadableEventError
from domain.address import Address
from domain.ports.carriers import (
    BookedParcel,
    CarrierFact,
    CarrierOutcomeUnknownError,
    CarrierRefusedError,
    ParcelBooking,
)

_PLACE = ("street", "city", "zip_code", "country")


class SandboxCarrier:
    """Talks to the sandbox carrier over kept-alive connections. Close it with `aclose`."""

    def __init__(
        self,
        base_url: str,
        callback_url: str,
        secrets: Sequence[str],
        *,
        patience: timedelta = PATIENCE,
        client: httpx.AsyncClient | None = None,
    ) -> None:
        """`callback_url` is where the carrier reaches us; `secrets` verify its callbacks, two in rotation.

        `patience` bounds each call as a whole. A `client` that is given is closed by whoever made it.
        """
        self._callback_url = callback_url
        self._callbacks = SandboxCarrierCallbackReader(secrets)
        errors = (CarrierOutcomeUnknownError, CarrierRefusedError)
        self._service = JsonService(base_url, errors, "shipment_id", patience=patience, client=client)

    @property
    def carrier(self) -> str:
        """`sandbox`."""
        return sandbox_events.CARRIER

    async def aclose(self) -> None:
        """Close the connections; a client that was given stays open."""
        await self._service.aclose()

    async def book(self, booking: ParcelBooking) -> BookedParcel:
        """Book a parcel, or get the booking that this shipment has already. Raises as the port says."""
        body = {
            "shipment_id": booking.shipment_id,
            "order_number": booking.order_number,
            "warehouse_id": booking.warehouse_id,
            "address": {name: getattr(booking.address, name) for name in _PLACE},
            "items": [asdict(item) for item in booking.items],
            "callback_url": self._callback_url,
        }
        answer = await self._ask("POST", "/v1/parcels", booking.shipment_id, body)
        number = answer.get("tracking_number")
        if not isinstance(number, str):
            raise self._service.unreadable(booking.shipment_id)
        return BookedParcel(booking.shipment_id, number)

    async def recall(self, shipment_id: str) -> bool:
        """Have a booked parcel not fetched; False when it has left. Raises as the port says."""
        answer = await self._ask("POST", f"{_path(shipment_id)}/recall", shipment_id)
        return self._truth(answer, "recalled", shipment_id)

    async def change_address(self, shipment_id: str, address: Address) -> bool:
        """Send a booked parcel elsewhere; False when it has left or was recalled."""
        body = {"address": {name: getattr(address, name) for name in _PLACE}}
        answer = await self._ask("PUT", f"{_path(shipment_id)}/address", shipment_id, body)
        return self._truth(answer, "changed", shipment_id)

    async def track(self, shipment_id: str) -> tuple[CarrierFact, ...]:
        """All that the carrier knows of a shipment, oldest first; empty when it never heard of it."""
        response = await self._service.call("GET", _path(shipment_id), shipment_id)
        # A 404 of some proxy or of a wrong base address must not pass for "never heard of it".
        if response.status_code == httpx.codes.NOT_FOUND and code_of(response) == "parcel_unknown":
            return ()
        events = self._service.understood(response, shipment_id).get("events")
        if not isinstance(events, list):
            raise self._service.unreadable(shipment_id)
        try:
            return tuple(fact_of(event) for event in events)
        except UnreadableEventError as error:
            raise self._service.unreadable(shipment_id) from error

    def read_callback(self, headers: Mapping[str, str], body: bytes, now: datetime) -> CarrierFact:
        """Verify the signature over the raw bytes and translate.

        Raises `CarrierCallbackRejectedError`; its fact `reason` is a `signature.RejectionReason`.
        """
        return self._callbacks.read(headers, body, now)

    async def _ask(
        self, method: str, path: str, shipment_id: str, body: Mapping[str, object] | None = None
    ) -> Mapping[str, object]:
        response = await self._service.call(method, path, shipment_id, body)
        return self._service.understood(response, shipment_id)

    def _truth(self, answer: Mapping[str, object], name: str, shipment_id: str) -> bool:
        value = answer.get(name)
        if not isinstance(value, bool):
            raise self._service.unreadable(shipment_id)
        return value


def _path(shipment_id: str) -> str:
    return f"/v1/parcels/{quote(shipment_id, safe='')}"
