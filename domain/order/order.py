"""The order as its events made it. Deciding is in the files named after what is decided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain.address import Address
from domain.money import Money
from domain.order.errors import (
    EmptyOrderError,
    IllegalEventError,
    must,
)
from domain.order.events import (
    OrderCancelled,
    OrderCompleted,
    OrderCreated,
    OrderDelivered,
    OrderDrafted,
    OrderEvent,
    OrderShipped,
    time_of,
)
from domain.order.lines import OrderLine, is_spread
from domain.order.payment_fold import after_payment
from domain.order.receipts import Receipt, Review
from domain.order.status import (
    ONLY_BY_REFUND,
    AfterSaleStatus,
    CancelReason,
    FulfilmentStatus,
    OrderStatus,
    PaymentStatus,
    check_transition,
)


@dataclass(frozen=True, slots=True)
class Order:
    """An immutable state of an order; `version` is the number of events behind it.

    `goods`, `delivery_fee`, `other_charges` and their sum `total` are zero until the price is agreed;
    `line_goods` is each line's part of the goods in minor units, empty while nobody has said so. `payment` is
    the money that paid for the order; `unwanted` is money that came besides and goes back; `reviews` keeps
    the newest contradiction of each attempt, also after it was settled, so that a repeat is known as one.
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
    other_charges: Money
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
    reviews: tuple[Review, ...] = ()
    refunds_requested: frozenset[str] = frozenset()
    refunds_done: frozenset[str] = frozenset()
    shipment_id: str | None = None
    updated_at: datetime | None = None
    version: int = 0
    line_goods: tuple[int, ...] = field(default=(), kw_only=True)

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

    @property
    def in_review(self) -> Review | None:
        """The newest money whose meaning a person must settle, or None."""
        return next((review for review in reversed(self.reviews) if not review.settled), None)

    def review_of(self, payment_key: str) -> Review | None:
        """The newest contradiction of one attempt, settled or not, or None."""
        return next((review for review in self.reviews if review.payment_key == payment_key), None)

    @property
    def is_given_back(self) -> bool:
        """True when the order was paid for and none of that money is left here."""
        return self.payment is not None and self.payment.kept.is_zero

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
            case OrderCreated():
                return self._created(event)
            case OrderShipped():
                return replace(
                    self._become(OrderStatus.SHIPPED),
                    fulfilment_status=FulfilmentStatus.SHIPPED,
                    shipment_id=event.shipment_id,
                )
            case OrderDelivered():
                must(self.fulfilment_status is FulfilmentStatus.SHIPPED, event, self.status)
                return replace(self, fulfilment_status=FulfilmentStatus.DELIVERED)
            case OrderCompleted():
                done = self._become(OrderStatus.COMPLETED)
                must(self.fulfilment_status is FulfilmentStatus.DELIVERED, event, self.status)
                return done
            case OrderCancelled():
                return self._cancelled(event)
            case _:
                return after_payment(self, event)

    def _created(self, event: OrderCreated) -> Order:
        created = self._become(OrderStatus.CREATED)
        if not self.lines:
            raise EmptyOrderError
        lines, other = event.lines or self.lines, event.other_charges or event.total * 0
        sums = event.goods + event.delivery_fee + other == event.total and event.total.amount >= 0
        must(sums and event.total.currency == self.currency, event, self.status)
        must(is_spread(event.line_goods, event.goods, lines), event, self.status)
        return replace(
            created,
            snapshot_id=event.snapshot_id,
            lines=lines,
            goods=event.goods,
            delivery_fee=event.delivery_fee,
            other_charges=other,
            total=event.total,
            line_goods=event.line_goods,
            payment_deadline=event.payment_deadline,
        )

    def _cancelled(self, event: OrderCancelled) -> Order:
        must(self.status not in ONLY_BY_REFUND or self.is_given_back, event, self.status)
        return replace(
            self._become(OrderStatus.CANCELLED),
            cancel_reason=event.reason,
            payment_status=self._payment_status_when_cancelled(),
        )

    def _payment_status_when_cancelled(self) -> PaymentStatus:
        open_attempt = self.payment_status is PaymentStatus.PENDING
        return PaymentStatus.FAILED if open_attempt else self.payment_status

    def _become(self, wanted: OrderStatus) -> Order:
        check_transition(self.status, wanted)
        return replace(self, status=wanted)


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
        other_charges=nothing,
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
