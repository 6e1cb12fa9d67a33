"""What the people of an order are told when something happens to it: codes, words belong to the sender."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.order.after_sale_events import ReturnApproved, ReturnReceived, ReturnRejected, ReturnRequested
from domain.order.events import (
    OrderCancelled,
    OrderCreated,
    OrderDelivered,
    OrderDrafted,
    OrderEvent,
    OrderShipped,
    PaymentAuthorised,
    PaymentConfirmed,
    PaymentFailed,
    PaymentRefunded,
)
from domain.order.fulfilment_events import AddressChanged, ShipmentHandedOver, ShipmentLost
from domain.order.lines import OrderLine


class Recipient(StrEnum):
    """Who is told."""

    BUYER = "buyer"
    MERCHANT = "merchant"


@dataclass(frozen=True, slots=True)
class EventNotice:
    """One message to one person, by ids alone. `key` is stable: it is sent once."""

    key: str
    recipient: Recipient
    id: str
    order_id: str
    code: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class OrderParties:
    """The people of an order."""

    buyer_id: str
    merchants: tuple[str, ...]


_TO_BUYER: Mapping[type, str] = {
    OrderCreated: "order_waits_for_payment",
    PaymentConfirmed: "payment_received",
    PaymentAuthorised: "payment_authorised",
    PaymentFailed: "payment_failed",
    PaymentRefunded: "money_went_back",
    ShipmentHandedOver: "parcel_on_its_way",
    ShipmentLost: "parcel_lost",
    OrderShipped: "order_shipped",
    OrderDelivered: "order_delivered",
    OrderCancelled: "order_cancelled",
    ReturnApproved: "return_approved",
    ReturnRejected: "return_rejected",
    ReturnReceived: "return_received",
}
_TO_MERCHANT: Mapping[type, str] = {
    PaymentConfirmed: "order_to_send",
    PaymentAuthorised: "order_to_send",
    OrderCancelled: "order_cancelled",
    AddressChanged: "address_changed",
    ReturnRequested: "return_requested",
}


def parties_after(parties: OrderParties | None, event: OrderEvent) -> OrderParties | None:
    """The order's people after an event; None before the first."""
    if isinstance(event, OrderDrafted):
        return OrderParties(event.buyer_id, _merchants(event.lines))
    if isinstance(event, OrderCreated) and event.lines and parties:
        return OrderParties(parties.buyer_id, _merchants(event.lines))
    return parties


def is_told(event: OrderEvent) -> bool:
    """True when somebody is told of such an event."""
    return type(event) in _TO_BUYER or type(event) in _TO_MERCHANT


def notices_of(
    parties: OrderParties, order_id: str, version: int, event: OrderEvent, at: datetime
) -> tuple[EventNotice, ...]:
    """Who is told of event number `version` of the order, and what; nothing of most events."""
    told = [(Recipient.BUYER, parties.buyer_id, _TO_BUYER.get(type(event)))]
    told += [(Recipient.MERCHANT, each, _TO_MERCHANT.get(type(event))) for each in parties.merchants]
    return tuple(
        EventNotice(f"{order_id}:{version}:{recipient}:{name}", recipient, name, order_id, code, at)
        for recipient, name, code in told
        if code
    )


def _merchants(lines: tuple[OrderLine, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.merchant_id for line in lines))
