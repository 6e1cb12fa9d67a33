"""What can happen to an order, in the past tense. Facts only; folding them is `domain.order.order`."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime

from domain.address import Address
from domain.money import Money
from domain.order.lines import OrderLine
from domain.order.status import CancelReason


@dataclass(frozen=True, slots=True)
class OrderDrafted:
    """An order was accepted; the price is not agreed yet."""

    order_id: str
    number: str
    buyer_id: str
    currency: str
    lines: tuple[OrderLine, ...]
    address: Address | None
    snapshot_id: str
    drafted_at: datetime


@dataclass(frozen=True, slots=True)
class OrderCreated:
    """The price is agreed and the goods are held; now the order waits for money until the deadline.

    `goods` + `delivery_fee` + `other_charges` = `total`; no `other_charges` are none. `lines` are the agreed
    ones when they differ from the draft's. `line_goods` is what each line's goods cost after everything that
    is allocated to it, in minor units; they sum to `goods`. Old events lack these three.
    """

    snapshot_id: str
    goods: Money
    delivery_fee: Money
    total: Money
    payment_deadline: datetime
    other_charges: Money | None = field(default=None, kw_only=True)
    lines: tuple[OrderLine, ...] = field(default=(), kw_only=True)
    line_goods: tuple[int, ...] = field(default=(), kw_only=True)
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentRequested:
    """The buyer was asked to pay; `payment_key` names the attempt for good."""

    payment_key: str
    attempt: int
    provider: str
    amount: Money
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentFailed:
    """An attempt ended without money; another may follow until the deadline."""

    payment_key: str
    failed_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentConfirmed:
    """The whole total has arrived."""

    payment_key: str
    amount: Money
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentPutInReview:
    """The provider's facts contradict the order; a person must decide. `reported` is what it claims."""

    payment_key: str
    reason: str
    reported: Money
    noticed_at: datetime


@dataclass(frozen=True, slots=True)
class LatePaymentReceived:
    """Money arrived that the order does not want (after its end, or twice). It goes back."""

    payment_key: str
    amount: Money
    received_at: datetime


@dataclass(frozen=True, slots=True)
class RefundRequested:
    """Money will go back; `refund_key` names this refund for good."""

    refund_key: str
    payment_key: str
    amount: Money
    reason: str
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentRefunded:
    """Money went back."""

    refund_key: str
    payment_key: str
    amount: Money
    refunded_at: datetime


@dataclass(frozen=True, slots=True)
class OrderShipped:
    """All lines were handed over, to a carrier or, for virtual goods, to the buyer."""

    shipment_id: str
    shipped_at: datetime


@dataclass(frozen=True, slots=True)
class OrderDelivered:
    """The buyer has the goods."""

    shipment_id: str
    delivered_at: datetime


@dataclass(frozen=True, slots=True)
class OrderCompleted:
    """Delivered, and the return window is over."""

    completed_at: datetime


@dataclass(frozen=True, slots=True)
class OrderCancelled:
    """The order ended without being kept. `by` is who decided: a buyer, the system, a merchant."""

    reason: CancelReason
    by: str
    cancelled_at: datetime


PaymentEvent = (
    PaymentRequested
    | PaymentFailed
    | PaymentConfirmed
    | PaymentPutInReview
    | LatePaymentReceived
    | RefundRequested
    | PaymentRefunded
)
OrderEvent = (
    OrderDrafted
    | OrderCreated
    | PaymentEvent
    | OrderShipped
    | OrderDelivered
    | OrderCompleted
    | OrderCancelled
)


def time_of(event: OrderEvent) -> datetime:
    """When it happened: the last field of every event, which a test makes sure of."""
    moment: datetime = getattr(event, fields(event)[-1].name)
    return moment
