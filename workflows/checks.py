"""What an order refuses before anything enters history. Pure: validators and handlers ask the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from temporalio.exceptions import ApplicationError

from activities.contracts import SnapshotChecked
from domain.errors import DomainError, InvalidStateTransitionError, InvalidValueError
from domain.order.cancel import cancel_order
from domain.order.fulfil import accept_service, change_address, decline_service
from domain.order.order import Order
from domain.order.pay import request_payment
from domain.order.seen import if_seen
from domain.order.status import CancelReason, FulfilmentStatus, OrderStatus
from domain.ports.prices import SnapshotMismatchError
from workflows.contracts import AcceptService, CancelOrder, ChangeAddress

_ACCEPTED = "accepted"  # known to us, and no order yet
_REASONS = frozenset(reason.value for reason in CancelReason)


@contextmanager
def refusing() -> Iterator[None]:
    """A broken business rule refuses the message, by its slug, and leaves the workflow alone."""
    try:
        yield
    except DomainError as error:
        facts = {name: str(value) for name, value in error.facts.items()}
        raise ApplicationError(str(error), facts, type=error.code, non_retryable=True) from error


def check_confirmation(order: Order | None, question: SnapshotChecked | None, snapshot_id: str) -> None:
    """Only a draft has a price to confirm, and only the one that was asked about."""
    with refusing():
        if order is None or order.status is not OrderStatus.DRAFT:
            raise InvalidStateTransitionError(current=_status(order), wanted=OrderStatus.CREATED.value)
        if question is None or question.snapshot_id != snapshot_id:
            raise SnapshotMismatchError(snapshot_id=snapshot_id)


def check_decline(order: Order | None) -> None:
    """A draft's price can be declined; declining twice is harmless."""
    with refusing():
        if order is None or order.status not in {OrderStatus.DRAFT, OrderStatus.CANCELLED}:
            raise InvalidStateTransitionError(current=_status(order), wanted=OrderStatus.CANCELLED.value)


def check_cancel(order: Order | None, command: CancelOrder, at: datetime) -> None:
    """Until it is shipped; a cancelled order hears it again, and one that is only just accepted will."""
    with refusing():
        if command.reason not in _REASONS:
            raise InvalidValueError(field="reason", rule="a cancel reason")
        if order is not None and order.status is not OrderStatus.CANCELLED:
            reason = CancelReason(command.reason)
            if_seen(order, command.expected_version, lambda: cancel_order(order, reason, command.by, at))


def check_pay_again(order: Order | None, provider: str, at: datetime) -> None:
    """After a failed attempt, while the order waits for money."""
    with refusing():
        if order is None:
            raise InvalidStateTransitionError(current=_ACCEPTED, wanted=OrderStatus.PAID.value)
        request_payment(order, provider, at)


def check_address(order: Order | None, command: ChangeAddress, at: datetime) -> None:
    """Until the first parcel has left."""
    with refusing():
        if order is None:
            raise InvalidStateTransitionError(current=_ACCEPTED, wanted="address_changed")
        if_seen(
            order,
            command.expected_version,
            lambda: change_address(order, command.address, command.by, at),
        )


def check_service(order: Order | None, command: AcceptService, at: datetime) -> None:
    """In time, and by a merchant that has a service in the order; the same word again is harmless."""
    with refusing():
        if order is None or not order.shipments:
            raise InvalidStateTransitionError(
                current=_status(order), wanted=FulfilmentStatus.PARTIALLY_SHIPPED.value
            )
        decide = accept_service if command.accepted else decline_service
        if_seen(order, command.expected_version, lambda: decide(order, command.merchant_id, command.by, at))


def _status(order: Order | None) -> str:
    return order.status.value if order else _ACCEPTED
