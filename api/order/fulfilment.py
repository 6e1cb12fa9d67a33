"""What is asked and reported while an order's goods are on their way: address, services, shipments."""

from __future__ import annotations

from api.order.reading import FoundOrder, OrderReader
from api.order.telling import OrderNotStartedError, existing, told
from domain.errors import InvalidStateTransitionError
from domain.order.errors import ShipmentNotFoundError
from domain.order.order import Order
from domain.order.ship import shipment_id as whole_shipment
from domain.ports.order_context import UnknownOrderError
from workflows.client import OrderAlreadyEndedError, OrderWorkflows
from workflows.contracts import AcceptService, ChangeAddress, ShipmentReported
from workflows.reports import is_news

_PREFIX = "shp_"


class FulfilmentCommands:
    """Sends a message to the order's workflow.

    Raises what the order's rules raise, and `WorkflowUnavailableError` when the outcome is unknown and asking
    again is safe.
    """

    def __init__(self, workflows: OrderWorkflows, orders: OrderReader) -> None:
        self._workflows = workflows
        self._orders = orders

    async def change_address(self, order_id: str, command: ChangeAddress) -> Order:
        """Send the goods elsewhere; the order afterwards."""
        try:
            word = await told(self._orders, order_id, self._workflows.change_address(order_id, command))
        except OrderAlreadyEndedError:
            raise await self._too_late(order_id, "address_changed") from None
        return await self._orders.at_version(order_id, word.version)

    async def accept_service(self, order_id: str, command: AcceptService) -> Order:
        """The merchant's word on its services; the order afterwards."""
        try:
            word = await told(self._orders, order_id, self._workflows.accept_service(order_id, command))
        except OrderAlreadyEndedError:
            raise await self._too_late(order_id, "accepted" if command.accepted else "declined") from None
        return await self._orders.at_version(order_id, word.version)

    async def shipped(self, shipment_id: str) -> tuple[Order, tuple[int, ...]]:
        """The order of a shipment, and the lines that it carries.

        Raises `ShipmentNotFoundError`, and `OrderNotStartedError` for an accepted order without events.
        """
        for order_id in _orders_in(shipment_id):
            try:
                found = await self._orders.find(order_id)
            except UnknownOrderError:
                continue
            if not isinstance(found, FoundOrder):
                raise OrderNotStartedError
            lines = _lines_of(found.order, shipment_id)
            if lines:
                return found.order, lines
        raise ShipmentNotFoundError

    async def report(self, order_id: str, report: ShipmentReported) -> None:
        """Tell the order what its carrier said. Of one that is over only what it does not know is told."""
        try:
            await told(self._orders, order_id, self._workflows.report_shipment(order_id, report))
        except OrderAlreadyEndedError:
            order = await existing(self._orders, order_id)
            if is_news(order, report):
                await self._workflows.report_late_shipment(order_id, report)

    async def _too_late(self, order_id: str, wanted: str) -> InvalidStateTransitionError:
        order = await existing(self._orders, order_id)
        return InvalidStateTransitionError(current=order.status.value, wanted=wanted)


def _orders_in(shipment_id: str) -> tuple[str, ...]:
    """Which orders an id may speak of: `shp_{order}` or `shp_{order}_{n}`; order ids may end in digits."""
    named = shipment_id.removeprefix(_PREFIX)
    if named == shipment_id:
        return ()
    order_id, _, number = named.rpartition("_")
    return (order_id, named) if order_id and number.isdecimal() else (named,)


def _lines_of(order: Order, shipment_id: str) -> tuple[int, ...]:
    if shipment_id == whole_shipment(order.id):
        return tuple(line.line for line in order.lines)
    found = [shipment for shipment in order.shipments if shipment.id == shipment_id]
    return tuple(units.line for shipment in found for units in shipment.plan.units)
