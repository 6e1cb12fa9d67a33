"""What makes a request for an order acceptable, and what is written down of it. Placing it is `place.py`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from domain.address import Address
from domain.catalogue.items import Category
from domain.errors import DomainError
from domain.order.number import order_number
from domain.order.order import Order
from domain.ports.intake import IntakeEntry, PlaceOrder
from domain.ports.prices import SnapshotMismatchError, SnapshotNotFoundError
from domain.pricing.request import RequestedLine
from domain.pricing.snapshot import NotAFinalPriceError, PriceSnapshot


class AddressRequiredError(DomainError):
    """A line is physical and nobody said where it goes."""

    code = "address_required"


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """A valid request for an order. `correlation_id` ties everything that follows to it, `trace_id` the
    caller's own trace; empty without one.
    """

    buyer_id: str
    snapshot_id: str
    lines: tuple[RequestedLine, ...]
    address: Address | None
    correlation_id: str
    trace_id: str = ""

    @property
    def digest(self) -> str:
        """Equal for equal requests, whatever transport or layout they came in."""
        address = self.address
        content = [
            self.buyer_id,
            self.snapshot_id,
            [[line.sku, line.quantity] for line in self.lines],
            [address.street, address.city, address.zip_code, address.country] if address else None,
            *([address.sealed] if address and address.sealed else []),
        ]
        return sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()


def check_request(request: OrderRequest, snapshot: PriceSnapshot | None) -> PriceSnapshot:
    """The snapshot that the request may be placed by.

    Raises `SnapshotNotFoundError` (also for another buyer's), `SnapshotMismatchError`, `NotAFinalPriceError`
    and `AddressRequiredError`.
    """
    if snapshot is None or not snapshot.serves(request.buyer_id):
        raise SnapshotNotFoundError(snapshot_id=request.snapshot_id)
    if not snapshot.prices(request.lines):
        raise SnapshotMismatchError(snapshot_id=request.snapshot_id)
    if snapshot.degraded:
        raise NotAFinalPriceError(snapshot_id=request.snapshot_id)
    if request.address is None and any(line.category is Category.PHYSICAL for line in snapshot.lines):
        raise AddressRequiredError
    return snapshot


def accepted_entry(
    request: OrderRequest, snapshot: PriceSnapshot, *, order_id: str, entropy: int, key: str, at: datetime
) -> IntakeEntry:
    """What is written down of an acceptable request; times as precise as callers are shown them."""
    return IntakeEntry(
        order_id=order_id,
        number=order_number(entropy),
        key=key,
        command=PlaceOrder(
            buyer_id=request.buyer_id,
            snapshot_id=request.snapshot_id,
            currency=snapshot.breakdown.currency,
            lines=request.lines,
            address=request.address,
            correlation_id=request.correlation_id,
            trace_id=request.trace_id,
        ),
        total=snapshot.total,
        merchants=tuple(dict.fromkeys(line.merchant_id for line in snapshot.lines)),
        accepted_at=at.replace(microsecond=at.microsecond // 1000 * 1000),
        answer=None,
        started=False,
    )


def awaited_order(entry: IntakeEntry, snapshot: PriceSnapshot) -> Order:
    """An accepted order before its first event: a draft at the price of its snapshot, version 0."""
    command = entry.command
    delivery_fee = snapshot.breakdown.sum_of_kind("delivery_fee")
    return Order(
        id=entry.order_id,
        number=entry.number,
        buyer_id=command.buyer_id,
        currency=command.currency,
        lines=snapshot.lines,
        address=command.address,
        snapshot_id=snapshot.id,
        created_at=entry.accepted_at,
        goods=snapshot.goods,
        delivery_fee=delivery_fee,
        other_charges=snapshot.charges - delivery_fee,
        total=snapshot.total,
        line_goods=tuple(goods.amount for goods in snapshot.breakdown.line_goods()),
    )
