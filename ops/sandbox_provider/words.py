"""What can be scripted at the provider, and for which calls. The engine is `ops.sandbox.faults`."""

from __future__ import annotations

from enum import StrEnum

from ops.sandbox.faults import CallbackFault, CallFault, Subject


class FaultKind(StrEnum):
    """What can be made to go wrong; docs/sandbox-provider.md explains each."""

    DECLINE = "decline"
    WRONG_AMOUNT = "wrong_amount"
    CAPTURE_REFUSED = "capture_refused"
    AUTHORISATION_ENDED = "authorisation_ended"
    REFUND_PENDING = "refund_pending"
    DELAY = CallbackFault.DELAY.value
    DUPLICATE = CallbackFault.DUPLICATE.value
    REORDER = CallbackFault.REORDER.value
    DROP = CallbackFault.DROP.value
    EXECUTE_THEN_TIMEOUT = CallFault.EXECUTE_THEN_TIMEOUT.value
    UNAVAILABLE = CallFault.UNAVAILABLE.value
    LINE_OMITTED = "line_omitted"
    LINE_ADDED = "line_added"
    LINE_AMOUNT = "line_amount"
    LINE_KIND = "line_kind"


class Operation(StrEnum):
    """The merchant's calls that a fault can be limited to."""

    REQUEST = "request"
    QUERY = "query"
    CAPTURE = "capture"
    CANCEL = "cancel"
    REFUND = "refund"
    REPORT = "report"


class Scope(StrEnum):
    """What a fault is aimed at besides anything; the narrowest one strikes first."""

    PAYMENT_KEY = "payment_key"
    ORDER_ID = "order_id"


def about(payment_key: str, order_id: str) -> Subject:
    """What a call about that payment is for the faults."""
    return Subject(((Scope.PAYMENT_KEY, payment_key), (Scope.ORDER_ID, order_id)))
