"""The hands of a carrier's people: fetch, deliver, lose. The carrier itself tells the API what happened."""

from http import HTTPStatus

import httpx

from ops.scenarios.answers import expect


class CarrierHands:
    """Works on the client of the sandbox carrier that it is given."""

    def __init__(self, carrier: httpx.AsyncClient) -> None:
        """Take the client; it is closed by its owner."""
        self._carrier = carrier

    async def hand_over(self, shipment_id: str) -> None:
        """Fetch a booked parcel."""
        await self._do(shipment_id, "hand-over")

    async def deliver(self, shipment_id: str) -> None:
        """Bring it to the buyer."""
        await self._do(shipment_id, "deliver")

    async def lose(self, shipment_id: str) -> None:
        """Nobody finds it any more."""
        await self._do(shipment_id, "lose")

    async def _do(self, shipment_id: str, doing: str) -> None:
        expect(await self._carrier.post(f"/v1/parcels/{shipment_id}/{doing}"), HTTPStatus.OK)
