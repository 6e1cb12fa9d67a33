"""Takes carriers' callbacks: verify, tell the order, answer. What is not told is not answered with 2xx."""

from __future__ import annotations

from collections.abc import Mapping

from api.order.fulfilment import FulfilmentCommands
from api.order.telling import OrderNotStartedError
from domain.errors import DomainError
from domain.ports.carriers import Carrier
from domain.ports.clock import Clock
from workflows.client import WorkflowUnavailableError
from workflows.reports import reported


class UnknownCarrierError(DomainError):
    """No carrier of this name is connected."""

    code = "unknown_carrier"


class CarrierDesk:
    """Keeps nothing itself: the carrier comes again until the order's process has taken its word."""

    def __init__(self, carrier: Carrier, fulfilment: FulfilmentCommands, clock: Clock) -> None:
        self._carrier = carrier
        self._fulfilment = fulfilment
        self._clock = clock

    async def take(self, carrier: str, headers: Mapping[str, str], body: bytes) -> None:
        """Tell the order what the carrier says.

        Raises `UnknownCarrierError`, `CarrierCallbackRejectedError`, `ShipmentNotFoundError`, and
        `WorkflowUnavailableError` when the carrier must come again.
        """
        if carrier != self._carrier.carrier:
            raise UnknownCarrierError
        fact = self._carrier.read_callback(headers, body, self._clock.now())
        report = reported(fact)
        try:
            order, _ = await self._fulfilment.shipped(fact.shipment_id)
            await self._fulfilment.report(order.id, report)
        except OrderNotStartedError as error:
            raise WorkflowUnavailableError(reason="not_started") from error
