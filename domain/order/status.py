"""The order's states and the table of what may follow what (requirement A21). Data only."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from domain.errors import InvalidStateTransitionError


class OrderStatus(StrEnum):
    """Where an order stands."""

    DRAFT = "draft"
    CREATED = "created"
    PAID = "paid"
    SHIPPED = "shipped"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class PaymentStatus(StrEnum):
    """Where its money stands."""

    NONE = "none"
    PENDING = "pending"
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    FAILED = "failed"
    CHARGED_BACK = "charged_back"
    IN_REVIEW = "in_review"


class FulfilmentStatus(StrEnum):
    """Where its goods stand."""

    UNFULFILLED = "unfulfilled"
    PARTIALLY_SHIPPED = "partially_shipped"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    RETURNED = "returned"


class AfterSaleStatus(StrEnum):
    """Where a complaint stands."""

    NONE = "none"
    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    DONE = "done"


class CancelReason(StrEnum):
    """Why an order ended without being kept."""

    BUYER = "buyer"
    PRICE_DECLINED = "price_declined"
    CONFIRMATION_TIMEOUT = "confirmation_timeout"
    OUT_OF_STOCK = "out_of_stock"
    PAYMENT_TIMEOUT = "payment_timeout"
    PAYMENT_FAILED = "payment_failed"
    MERCHANT = "merchant"
    FRAUD = "fraud"
    REFUNDED = "refunded"


# Shipped and completed reach cancelled only through a full refund; no command goes there (requirement A22).
TRANSITIONS: Mapping[OrderStatus, frozenset[OrderStatus]] = MappingProxyType(
    {
        OrderStatus.DRAFT: frozenset({OrderStatus.CREATED, OrderStatus.CANCELLED}),
        OrderStatus.CREATED: frozenset({OrderStatus.PAID, OrderStatus.CANCELLED}),
        OrderStatus.PAID: frozenset({OrderStatus.SHIPPED, OrderStatus.CANCELLED}),
        OrderStatus.SHIPPED: frozenset({OrderStatus.COMPLETED, OrderStatus.CANCELLED}),
        OrderStatus.COMPLETED: frozenset({OrderStatus.CANCELLED}),
        OrderStatus.CANCELLED: frozenset(),
    }
)

ONLY_BY_REFUND = frozenset({OrderStatus.SHIPPED, OrderStatus.COMPLETED})

# No attempt is open and no money is here: the only states in which another attempt may start.
MAY_ASK_FOR_MONEY = frozenset({PaymentStatus.NONE, PaymentStatus.FAILED})


def check_transition(current: OrderStatus, wanted: OrderStatus) -> None:
    """Raise `InvalidStateTransitionError` unless the table has an arrow from `current` to `wanted`."""
    if wanted not in TRANSITIONS[current]:
        raise InvalidStateTransitionError(current=current.value, wanted=wanted.value)
