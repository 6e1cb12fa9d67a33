"""What can happen to an order after its buyer has the goods, in the past tense. Facts only.

The money of a return is in the payment events: `RefundRequested` names the return as its cause.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.order.returns import ReturnReason
from domain.order.shipments import Units


@dataclass(frozen=True, slots=True)
class ReturnRequested:
    """The buyer does not want to keep these units. With `exchange` they want others instead."""

    return_id: str
    units: tuple[Units, ...]
    reason: ReturnReason
    exchange: bool
    by: str
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class ReturnApproved:
    """The merchant agrees. Without `goods_back` the money goes back at once and the goods stay."""

    return_id: str
    goods_back: bool
    by: str
    comment: str
    approved_at: datetime


@dataclass(frozen=True, slots=True)
class ReturnRejected:
    """The merchant does not agree, or what was promised back never came."""

    return_id: str
    by: str
    comment: str
    rejected_at: datetime


@dataclass(frozen=True, slots=True)
class ReturnReceived:
    """The goods are back. `units` are those that were accepted; `restock` puts them back on the shelf."""

    return_id: str
    units: tuple[Units, ...]
    restock: bool
    by: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class ExchangeOrdered:
    """What the buyer gets instead is a new order."""

    return_id: str
    order_id: str
    ordered_at: datetime


AfterSaleEvent = ReturnRequested | ReturnApproved | ReturnRejected | ReturnReceived | ExchangeOrdered
