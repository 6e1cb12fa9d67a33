"""The order as its events made it. Deciding is in the files named after what is decided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from domain.address import Address
from domain.money import Money
from domain.order.errors import IllegalEventError, RefundExceedsCapturedError
from domain.order.events import (
    LatePaymentReceived,
    OrderCancelled,
    OrderCompleted,
    OrderCreated,
    OrderDelivered,
    OrderDrafted,
    OrderEvent,
    OrderShipped,
    PaymentConfirmed,
    PaymentFailed,
    PaymentPutInReview,
    PaymentRefunded,
    PaymentRequested,
    RefundRequested,
    time_of,
)
from domain.order.lines import OrderLine
from domain.order.status import (
    AfterSaleStatus,
    CancelReason,
    FulfilmentStatus,
    OrderStatus,
    PaymentStatus,
    check_transition,
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money of one attempt: what came, and what went back of it."""

    payment_key: str
    amount: Money
    refunded: Money

    @property
    def kept(self) -> Money:
        """What we still hold of it."""
        return self.amount - self.refunded


@dataclass(frozen=True, slots=True)
class Order:
    """An immutable state of an order; `version` is the number of events behind it.

    `goods`, `delivery_fee` and `total` are zero until the price is agreed. `payment` is the money that
    paid for the order; `unwanted` is money that came besides and goes back; `in_review` is money whose
    meaning a person must settle.
    """

    id: str
    number: str
    buyer_id: str
    currency: str
    lines: tuple[OrderLine, ...]
    address: Address | None
    snapshot_id: str
    created_at: datetime
    goods: Money
    delivery_fee: Money
    total: Money
    status: OrderStatus = OrderStatus.DRAFT
    payment_status: PaymentStatus = PaymentStatus.NONE
    fulfilment_status: FulfilmentStatus = FulfilmentStatus.UNFULFILLED
    after_sale_status: AfterSaleStatus = AfterSaleStatus.NONE
    cancel_reason: CancelReason | None = None
    payment_deadline: datetime | None = None
    attempts: tuple[str, ...] = ()
    payment: Receipt | None = None
    unwanted: tuple[Receipt, ...] = ()
    in_review: Receipt | None = None
    refunds_requested: frozenset[str] = frozenset()
    refunds_done: frozenset[str] = frozenset()
    shipment_id: str | None = None
    updated_at: datetime | None = None
    version: int = 0

    @property
    def merchants(self) -> tuple[str, ...]:
        """Who sells in this order, in order of the lines, each once."""
        return tuple(dict.fromkeys(line.merchant_id for line in self.lines))

    @property
    def captured(self) -> Money:
        """Money taken for this order, wanted or not."""
        return sum((receipt.amount for receipt in self._receipts()), Money.zero(self.currency))

    @property
    def refunded(self) -> Money:
        """Money given back."""
        return sum((receipt.refunded for receipt in self._receipts()), Money.zero(self.currency))

    def receipt_of(self, payment_key: str) -> Receipt | None:
        """The money of one attempt, or None when none came."""
        return next((receipt for receipt in self._receipts() if receipt.payment_key == payment_key), None)

    def apply(self, event: OrderEvent) -> Order:
        """The state after `event`. Raises `DomainError` when it cannot follow, and changes nothing."""
        return replace(self._after(event), version=self.version + 1, updated_at=time_of(event))

    def _receipts(self) -> tuple[Receipt, ...]:
        return (self.payment, *self.unwanted) if self.payment else self.unwanted

    def _after(self, event: OrderEvent) -> Order:
        match event:
            case OrderDrafted():
                raise IllegalEventError(event="OrderDrafted", status=self.status.value)
            case OrderCreated() | OrderShipped() | OrderDelivered() | OrderCompleted() | OrderCancelled():
                return self._after_progress(event)
            case PaymentRequested() | PaymentFailed() | PaymentConfirmed() | PaymentPutInReview():
                return self._after_payment(event)
            case LatePaymentReceived():
                return self._with_unwanted(event)
            case RefundRequested():
                return replace(self, refunds_requested=self.refunds_requested | {event.refund_key})
            case PaymentRefunded():
                return self._with_refund(event)
            case _:
                assert_never(event)

    def _after_progress(
        self, event: OrderCreated | OrderShipped | OrderDelivered | OrderCompleted | OrderCancelled
    ) -> Order:
        match event:
            case OrderCreated():
                return replace(
                    self._become(OrderStatus.CREATED),
                    snapshot_id=event.snapshot_id,
                    goods=event.goods,
                    delivery_fee=event.delivery_fee,
                    total=event.total,
                    payment_deadline=event.payment_deadline,
                )
            case OrderShipped():
                return replace(
                    self._become(OrderStatus.SHIPPED),
                    fulfilment_status=FulfilmentStatus.SHIPPED,
                    shipment_id=event.shipment_id,
                )
            case OrderDelivered():
                self._must_be(OrderStatus.SHIPPED, event)
                return replace(self, fulfilment_status=FulfilmentStatus.DELIVERED)
            case OrderCompleted():
                return self._become(OrderStatus.COMPLETED)
            case OrderCancelled():
                return replace(
                    self._become(OrderStatus.CANCELLED),
                    cancel_reason=event.reason,
                    payment_status=self._payment_status_when_cancelled(),
                )
            case _:
                assert_never(event)

    def _after_payment(
        self, event: PaymentRequested | PaymentFailed | PaymentConfirmed | PaymentPutInReview
    ) -> Order:
        match event:
            case PaymentRequested():
                self._must_be(OrderStatus.CREATED, event)
                attempts = (*self.attempts, event.payment_key)
                return replace(self, attempts=attempts, payment_status=PaymentStatus.PENDING)
            case PaymentFailed():
                self._must_be(OrderStatus.CREATED, event)
                return replace(self, payment_status=PaymentStatus.FAILED)
            case PaymentConfirmed():
                money = Receipt(event.payment_key, event.amount, Money.zero(self.currency))
                paid = self._become(OrderStatus.PAID)
                return replace(paid, payment=money, in_review=None, payment_status=PaymentStatus.CAPTURED)
            case PaymentPutInReview():
                reported = Receipt(event.payment_key, event.reported, Money.zero(event.reported.currency))
                return replace(self, in_review=reported, payment_status=PaymentStatus.IN_REVIEW)
            case _:
                assert_never(event)

    def _with_unwanted(self, event: LatePaymentReceived) -> Order:
        if self.receipt_of(event.payment_key):
            raise IllegalEventError(event="LatePaymentReceived", payment_key=event.payment_key)
        money = Receipt(event.payment_key, event.amount, Money.zero(self.currency))
        status = self.payment_status if self.payment else PaymentStatus.CAPTURED
        return replace(self, unwanted=(*self.unwanted, money), in_review=None, payment_status=status)

    def _with_refund(self, event: PaymentRefunded) -> Order:
        receipt = self.receipt_of(event.payment_key)
        if event.refund_key in self.refunds_done:
            raise IllegalEventError(event="PaymentRefunded", refund_key=event.refund_key)
        if receipt is None or event.amount > receipt.kept:
            raise RefundExceedsCapturedError(payment_key=event.payment_key, amount=event.amount)
        lighter = replace(receipt, refunded=receipt.refunded + event.amount)
        if receipt is self.payment:
            changed = replace(self, payment=lighter)
        else:
            rest = tuple(lighter if money is receipt else money for money in self.unwanted)
            changed = replace(self, unwanted=rest)
        done = self.refunds_done | {event.refund_key}
        return replace(changed, refunds_done=done, payment_status=_status_by_money(changed))

    def _payment_status_when_cancelled(self) -> PaymentStatus:
        open_attempt = self.payment_status is PaymentStatus.PENDING
        return PaymentStatus.FAILED if open_attempt else self.payment_status

    def _become(self, wanted: OrderStatus) -> Order:
        check_transition(self.status, wanted)
        return replace(self, status=wanted)

    def _must_be(self, wanted: OrderStatus, event: OrderEvent) -> None:
        if self.status is not wanted:
            raise IllegalEventError(event=type(event).__name__, status=self.status.value)


def drafted(event: OrderDrafted) -> Order:
    """The first state of an order."""
    nothing = Money.zero(event.currency)
    return Order(
        id=event.order_id,
        number=event.number,
        buyer_id=event.buyer_id,
        currency=event.currency,
        lines=event.lines,
        address=event.address,
        snapshot_id=event.snapshot_id,
        created_at=event.drafted_at,
        goods=nothing,
        delivery_fee=nothing,
        total=nothing,
        updated_at=event.drafted_at,
        version=1,
    )


def fold(events: Iterable[OrderEvent], onto: Order | None = None) -> Order:
    """The state after all `events`, later than `onto` or from the start. Raises `IllegalEventError`."""
    order = onto
    for event in events:
        if order is not None:
            order = order.apply(event)
        elif isinstance(event, OrderDrafted):
            order = drafted(event)
        else:
            raise IllegalEventError(event=type(event).__name__, status="none")
    if order is None:
        raise IllegalEventError(event="none", status="none")
    return order


def _status_by_money(order: Order) -> PaymentStatus:
    # Unwanted money beside a good payment does not change what the order's own payment is worth.
    receipts = (order.payment,) if order.payment else order.unwanted
    if all(receipt.kept.is_zero for receipt in receipts):
        return PaymentStatus.REFUNDED
    if any(receipt.refunded.amount for receipt in receipts):
        return PaymentStatus.PARTIALLY_REFUNDED
    return order.payment_status
