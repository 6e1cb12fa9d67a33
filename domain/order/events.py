"""What can happen to an order, in the past tense. Facts only; folding them is `domain.order.order`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import get_args

from domain.address import Address
from domain.money import Money
from domain.order.after_sale_events import AfterSaleEvent
from domain.order.fulfilment_events import FulfilmentEvent
from domain.order.lines import OrderLine
from domain.order.returns import RefundedUnits
from domain.order.status import CancelReason
from domain.payment.capture import CaptureMode
from domain.payment.review import ReviewDecision


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

    `goods` + `delivery_fee` + `other_charges` = `total`. `lines` are the agreed ones; `line_goods` is what
    each line's goods cost after everything that is allocated to it, in minor units; they sum to `goods`.
    Both are empty where an event of schema version 1 did not say: then the draft's lines hold.
    """

    snapshot_id: str
    goods: Money
    delivery_fee: Money
    total: Money
    payment_deadline: datetime
    other_charges: Money = field(kw_only=True)
    lines: tuple[OrderLine, ...] = field(kw_only=True)
    line_goods: tuple[int, ...] = field(kw_only=True)
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentRequested:
    """The buyer was asked to pay; `payment_key` names the attempt for good.

    With manual `capture` the money is only authorised until goods leave.
    """

    payment_key: str
    attempt: int
    provider: str
    amount: Money
    capture: CaptureMode = field(default=CaptureMode.AUTOMATIC, kw_only=True)
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentAuthorised:
    """The provider vouches for the whole total; taking it is `CaptureRequested`."""

    payment_key: str
    amount: Money
    authorised_at: datetime


@dataclass(frozen=True, slots=True)
class CaptureRequested:
    """Goods leave, so the authorised money is taken: less than the total when some lines were dropped."""

    payment_key: str
    amount: Money
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentCaptured:
    """Authorised money was taken."""

    payment_key: str
    amount: Money
    captured_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentVoided:
    """An authorisation was given up or has run out: nothing was taken and nothing can be."""

    payment_key: str
    voided_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentReviewSettled:
    """A person has decided what money in review is."""

    payment_key: str
    decision: ReviewDecision
    by: str
    settled_at: datetime


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
    """Money will go back; `refund_key` names this refund for good.

    `cause` is the return, shipment or request that it is for, empty for a whole attempt. `units` are the
    goods that it pays back; what is left of `amount` is charges, or an amount that belongs to no line.
    """

    refund_key: str
    payment_key: str
    amount: Money
    reason: str
    cause: str = field(default="", kw_only=True)
    units: tuple[RefundedUnits, ...] = field(default=(), kw_only=True)
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
    | PaymentAuthorised
    | CaptureRequested
    | PaymentCaptured
    | PaymentVoided
    | PaymentReviewSettled
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
    | FulfilmentEvent
    | AfterSaleEvent
)


def time_of(event: OrderEvent) -> datetime:
    """When it happened: the last field of every event, which a test makes sure of."""
    moment: datetime = getattr(event, _LAST_FIELD[type(event)])
    return moment


_LAST_FIELD: Mapping[type[OrderEvent], str] = {kind: fields(kind)[-1].name for kind in get_args(OrderEvent)}
