"""Rules of the order that can be broken, one class each."""

from __future__ import annotations

from domain.errors import DomainError


class IllegalEventError(DomainError):
    """An event that cannot follow the events before it; replay fails loudly (requirement A4)."""

    code = "illegal_event"


class OrderChangedError(DomainError):
    """The caller decided on another version of the order; `version` is what it is now."""

    code = "order_changed"


class PaymentAmountMismatchError(DomainError):
    """The money that came is not the total; it is never taken as payment."""

    code = "payment_amount_mismatch"


class RefundExceedsCapturedError(DomainError):
    """More would go back than came in (requirement C5)."""

    code = "refund_exceeds_captured"


class PaymentNotPendingError(DomainError):
    """Another attempt is running or the money is here already."""

    code = "payment_not_possible"


class UnknownAttemptError(DomainError):
    """A payment key that this order never made; its money belongs elsewhere."""

    code = "unknown_payment_attempt"


class NotInReviewError(DomainError):
    """Money of that attempt waits for nobody's decision."""

    code = "payment_not_in_review"


class ShipmentNotFoundError(DomainError):
    """The order has no such shipment, or none of that merchant."""

    code = "shipment_not_found"


class ReturnNotFoundError(DomainError):
    """The order has no such return."""

    code = "return_not_found"


class ReturnClosedError(DomainError):
    """A return that was decided otherwise, or is over."""

    code = "return_closed"


class NotReturnableError(DomainError):
    """The buyer does not have that many units of a line any more, or they are on their way back already."""

    code = "not_returnable"


class EmptyOrderError(DomainError):
    """An order needs at least one line to leave draft (requirement A25)."""

    code = "order_has_no_lines"


class MixedCurrenciesError(DomainError):
    """One order, one currency."""

    code = "mixed_currencies"


def must(legal: bool, event: object, status: str) -> None:  # noqa: FBT001 - a guard with one call shape
    """Raise `IllegalEventError` unless `event` may follow in this `status`."""
    if not legal:
        raise IllegalEventError(event=type(event).__name__, status=status)
