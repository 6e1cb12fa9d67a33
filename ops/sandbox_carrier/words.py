"""What can be scripted at the carrier, and for which calls. The engine is `ops.sandbox.faults`."""

from __future__ import annotations

from enum import StrEnum

from ops.sandbox.faults import CallbackFault, CallFault, Subject


class FaultKind(StrEnum):
    """What can be made to go wrong; docs/sandbox-carrier.md explains each."""

    BOOKING_REFUSED = "booking_refused"
    RECALL_IGNORED = "recall_ignored"
    DELAY = CallbackFault.DELAY.value
    DUPLICATE = CallbackFault.DUPLICATE.value
    REORDER = CallbackFault.REORDER.value
    DROP = CallbackFault.DROP.value
    EXECUTE_THEN_TIMEOUT = CallFault.EXECUTE_THEN_TIMEOUT.value
    UNAVAILABLE = CallFault.UNAVAILABLE.value


class Operation(StrEnum):
    """The merchant's calls that a fault can be limited to."""

    BOOK = "book"
    RECALL = "recall"
    CHANGE_ADDRESS = "change_address"
    TRACK = "track"


class Scope(StrEnum):
    """What a fault is aimed at besides anything; the narrowest one strikes first."""

    SHIPMENT_ID = "shipment_id"
    ORDER_NUMBER = "order_number"


def about(shipment_id: str, order_number: str) -> Subject:
    """What a call about that parcel is for the faults."""
    return Subject(((Scope.SHIPMENT_ID, shipment_id), (Scope.ORDER_NUMBER, order_number)))
