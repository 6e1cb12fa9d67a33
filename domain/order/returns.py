"""Complaints of a buyer after the goods have come: what is to go back, and what becomes of the money."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.money import Money
from domain.order.shipments import Units


class ReturnStatus(StrEnum):
    """Where a return stands. A rejected one and a refunded one are over."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    RECEIVED = "received"
    REFUNDED = "refunded"


class ReturnReason(StrEnum):
    """Why a buyer does not want to keep something."""

    CHANGED_MIND = "changed_mind"
    DAMAGED = "damaged"
    WRONG_ITEM = "wrong_item"
    NOT_AS_DESCRIBED = "not_as_described"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ReturnCase:
    """One request of the buyer. `goods_back` is False when the money goes back and the goods may stay.

    `received` are the units that came back and were accepted. `exchange` asks for other goods instead, which
    are a new order, `new_order_id`. `refund_key` names the refund once it was decided.
    """

    id: str
    units: tuple[Units, ...]
    reason: ReturnReason
    exchange: bool = False
    status: ReturnStatus = ReturnStatus.REQUESTED
    goods_back: bool = True
    received: tuple[Units, ...] = ()
    refund_key: str = ""
    new_order_id: str = ""

    @property
    def is_open(self) -> bool:
        """True while somebody has still something to do."""
        return self.status not in {ReturnStatus.REJECTED, ReturnStatus.REFUNDED}


@dataclass(frozen=True, slots=True)
class RefundedUnits:
    """Units whose money goes back, and how much that is in minor units: their part of the line's goods."""

    line: int
    quantity: int
    amount: int


@dataclass(frozen=True, slots=True)
class Refund:
    """Money on its way back. `cause` is the return, shipment or request that it is for, empty for a whole
    attempt. `units` are the goods that it pays back, empty for an amount; the rest of `amount` is charges.
    """

    key: str
    payment_key: str
    amount: Money
    reason: str
    cause: str = ""
    units: tuple[RefundedUnits, ...] = ()
    done: bool = False
