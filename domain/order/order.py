"""The order as its events made it. Deciding is in the files named after what is decided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from domain.address import Address
from domain.money import Money
from domain.order.after_sale_events import AfterSaleEvent
from domain.order.after_sale_fold import after_complaint
from domain.order.errors import IllegalEventError, must
from domain.order.events import (
    OrderCancelled,
    OrderCompleted,
    OrderCreated,
    OrderDelivered,
    OrderDrafted,
    OrderEvent,
    OrderShipped,
    PaymentEvent,
    time_of,
)
from domain.order.fulfilment_events import FulfilmentEvent
from domain.order.fulfilment_fold import after_delivered, after_movement, after_shipped, may_complete
from domain.order.lines import OrderLine
from domain.order.payment_fold import after_payment
from domain.order.placing_fold import after_created
from domain.order.receipts import Authorisation, Receipt, Review
from domain.order.returns import Refund, ReturnCase
from domain.order.shipments import Shipment
from domain.order.status import (
    ONLY_BY_REFUND,
    AfterSaleStatus,
    CancelReason,
    FulfilmentStatus,
    OrderStatus,
    PaymentStatus,
    check_transition,
)
from domain.payment.capture import CaptureMode
from domain.payment.outcome import ReviewReason
from domain.replacing import replace


@dataclass(frozen=True)  # without slots it is copied, once or more for each event, in a third of the time
class Order:
    """An immutable state of an order; `version` is the number of events behind it.

    `goods`, `delivery_fee`, `other_charges` and their sum `total` are zero until the price is agreed;
    `line_goods` is each line's part of the goods in minor units, empty while nobody has said so. `payment` is
    the money that paid for the order; `unwanted` is money that came besides and goes back; `reviews` keeps
    the newest contradiction of each attempt, also after it was settled, so that a repeat is known as one.
    `provider` and `capture` are those of the newest attempt. `authorisation` stands while authorised money is
    neither taken nor given up; `capture_asked` is the one of which money was asked to be taken, for good.
    `uncharged` are the shipments whose goods that request left out. `refunds` are all that were decided,
    oldest first.
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
    refunds: tuple[Refund, ...] = ()
    shipment_id: str | None = None
    updated_at: datetime | None = None
    version: int = 0
    line_goods: tuple[int, ...] = field(default=(), kw_only=True)
    provider: str = field(default="", kw_only=True)
    capture: CaptureMode = field(default=CaptureMode.AUTOMATIC, kw_only=True)
    authorisation: Authorisation | None = field(default=None, kw_only=True)
    capture_asked: Authorisation | None = field(default=None, kw_only=True)
    uncharged: tuple[str, ...] = field(default=(), kw_only=True)
    shipments: tuple[Shipment, ...] = field(default=(), kw_only=True)
    returns: tuple[ReturnCase, ...] = field(default=(), kw_only=True)

    @property
    def merchants(self) -> tuple[str, ...]:
        """Who sells in this order, in order of the lines, each once."""
        return tuple(dict.fromkeys(line.merchant_id for line in self.lines))

    @property
    def refunds_requested(self) -> frozenset[str]:
        """Keys of all refunds that were decided, done or not."""
        return frozenset(refund.key for refund in self.refunds)

    @property
    def refunds_done(self) -> frozenset[str]:
        """Keys of refunds whose money has gone back."""
        return frozenset(refund.key for refund in self.refunds if refund.done)

    @property
    def captured(self) -> Money:
        """Money taken for this order, wanted or not."""
        return sum((receipt.amount for receipt in self._receipts()), Money.zero(self.currency))

    @property
    def refunded(self) -> Money:
        """Money given back."""
        return sum((receipt.refunded for receipt in self._receipts()), Money.zero(self.currency))

    @property
    def promised_back(self) -> Money:
        """Money that was decided to go back and has not gone yet, of all attempts."""
        return sum((self.promised_of(key) for key in self.attempts), Money.zero(self.currency))

    @property
    def due_refunds(self) -> tuple[Refund, ...]:
        """Promises to keep now, oldest first: none on money that the buyer's bank has taken meanwhile."""
        return tuple(
            refund
            for refund in self.refunds
            if not refund.done and not self.is_charged_back(refund.payment_key)
        )

    @property
    def refundable(self) -> Money:
        """What is left of the order's own payment that was not promised back either.

        None of it while the buyer's bank has taken it back: a refund would pay it twice.
        """
        if self.payment is None or self.is_charged_back(self.payment.payment_key):
            return Money.zero(self.currency)
        return self.payment.kept - self.promised_of(self.payment.payment_key)

    @property
    def in_review(self) -> Review | None:
        """The newest money whose meaning a person must settle, or None."""
        return next((review for review in reversed(self.reviews) if not review.settled), None)

    @property
    def is_given_back(self) -> bool:
        """True when the order was paid for and none of that money is left here."""
        return self.payment is not None and self.payment.kept.is_zero

    @property
    def holds_money(self) -> bool:
        """True while money for this order is here or vouched for, and nobody has taken it back."""
        if self.payment is None:
            return self.authorisation is not None
        return not self.payment.kept.is_zero and not self.is_charged_back(self.payment.payment_key)

    @property
    def live_shipments(self) -> tuple[Shipment, ...]:
        """Shipments that the buyer has or will get."""
        return tuple(shipment for shipment in self.shipments if shipment.is_live)

    @property
    def has_left(self) -> bool:
        """True when something that the buyer gets was handed over, or all of it was, as old orders say."""
        gone = self.fulfilment_status in {FulfilmentStatus.SHIPPED, FulfilmentStatus.DELIVERED}
        return gone or any(shipment.is_handed_over for shipment in self.live_shipments)

    def review_of(self, payment_key: str) -> Review | None:
        """The newest contradiction of one attempt, settled or not, or None."""
        return next((review for review in self.reviews if review.payment_key == payment_key), None)

    def is_charged_back(self, payment_key: str) -> bool:
        """True when the buyer's bank has taken this attempt's money, as far as anybody has found out."""
        review = self.review_of(payment_key)
        return review is not None and review.reason == ReviewReason.CHARGED_BACK and not review.settled

    def receipt_of(self, payment_key: str) -> Receipt | None:
        """The money of one attempt, or None when none came."""
        return next((receipt for receipt in self._receipts() if receipt.payment_key == payment_key), None)

    def promised_of(self, payment_key: str) -> Money:
        """Money of one attempt that was decided to go back and has not gone yet."""
        asked = (refund for refund in self.refunds if refund.payment_key == payment_key and not refund.done)
        return sum((refund.amount for refund in asked), Money.zero(self.currency))

    def refund(self, refund_key: str) -> Refund | None:
        """A refund by its key, or None."""
        return next((refund for refund in self.refunds if refund.key == refund_key), None)

    def shipment(self, shipment_id: str) -> Shipment | None:
        """A shipment by its id, or None."""
        return next((shipment for shipment in self.shipments if shipment.id == shipment_id), None)

    def return_case(self, return_id: str) -> ReturnCase | None:
        """A return by its id, or None."""
        return next((case for case in self.returns if case.id == return_id), None)

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
                return after_created(self._become(OrderStatus.CREATED), event)
            case OrderShipped():
                return after_shipped(self._become(OrderStatus.SHIPPED), event)
            case OrderDelivered():
                return after_delivered(self, event)
            case OrderCompleted():
                done = self._become(OrderStatus.COMPLETED)
                must(may_complete(self), event, self.status)
                return done
            case OrderCancelled():
                return self._cancelled(event)
            case _:
                return self._after_part(event)

    def _after_part(self, event: PaymentEvent | FulfilmentEvent | AfterSaleEvent) -> Order:
        if isinstance(event, FulfilmentEvent):
            return after_movement(self, event)
        if isinstance(event, AfterSaleEvent):
            return after_complaint(self, event)
        return after_payment(self, event)

    def _cancelled(self, event: OrderCancelled) -> Order:
        must(self.status not in ONLY_BY_REFUND or not self.holds_money, event, self.status)
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
