"""Builders that tell an order's story in the words of the business: `an_order().with_line("mug").paid()`.

Every step is decided by the domain itself, so a builder can only make histories that may really happen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Self

from domain.address import Address
from domain.catalogue.items import Category
from domain.events import EventRecord
from domain.money import Money, total
from domain.order.cancel import cancel_order
from domain.order.encoding import encode
from domain.order.events import OrderEvent
from domain.order.lines import OrderLine
from domain.order.number import order_number
from domain.order.order import Order, fold
from domain.order.pay import outcome_of, record_refund, refund_key, request_payment, settle_attempt
from domain.order.place import AgreedPrice, Wish, create_order, draft_order
from domain.order.ship import complete_order, deliver_order, ship_order
from domain.order.status import CancelReason, PaymentStatus
from domain.payment.capture import CaptureMode
from domain.payment.facts import FactKind, PaymentFact
from tests.support.goods_story import GoodsStory

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
PAYMENT_WINDOW = timedelta(minutes=30)
PROVIDER = "sandbox"
NUMBER = order_number(entropy=2_026)
HOME = Address(street="1 Mill Lane", city="Leeds", zip_code="LS1 4AP", country="GB")


def cny(amount: int) -> Money:
    """Chinese fen."""
    return Money(amount, "CNY")


def a_line(
    sku: str = "mug",
    quantity: int = 1,
    price: Money | None = None,
    *,
    line: int = 1,
    merchant: str = "shop-7",
    category: Category = Category.PHYSICAL,
) -> OrderLine:
    """One line; 10.00 CNY each unless `price` says otherwise."""
    return OrderLine(line, sku, merchant, sku.title(), category, quantity, price or cny(1_000))


def a_fact(
    key: str,
    kind: FactKind = FactKind.CAPTURED,
    amount: Money | None = None,
    *,
    event_id: str = "",
    at: datetime = NOON,
    refund: str | None = None,
) -> PaymentFact:
    """A provider's statement; its event id is made of key and kind unless given."""
    return PaymentFact(PROVIDER, event_id or f"evt_{key}_{kind}", key, kind, amount or cny(1_000), at, refund)


@dataclass
class OrderBuilder(GoodsStory):
    """Goes through the life of an order, one second for each step. Steps that must come first are taken."""

    order_id: str = "ord_1"
    buyer_id: str = "buyer-1"
    currency: str = "CNY"
    address: Address | None = HOME
    lines: list[OrderLine] = field(default_factory=list)
    delivery_fee: Money | None = None
    other_charges: Money | None = None
    agreed: tuple[OrderLine, ...] = ()
    capture: CaptureMode = CaptureMode.AUTOMATIC
    events: list[OrderEvent] = field(default_factory=list)
    now: datetime = NOON

    @property
    def order(self) -> Order:
        """The order after all that happened so far."""
        return fold(self.events)

    @property
    def records(self) -> tuple[EventRecord, ...]:
        """The events as a store takes them."""
        return tuple(encode(event) for event in self.events)

    @property
    def attempt(self) -> str:
        """The key of the newest payment attempt."""
        return self.order.attempts[-1]

    def with_line(
        self,
        sku: str = "mug",
        quantity: int = 1,
        price: Money | None = None,
        *,
        merchant: str = "shop-7",
        category: Category = Category.PHYSICAL,
    ) -> Self:
        """One more line."""
        number = len(self.lines) + 1
        self.lines.append(a_line(sku, quantity, price, line=number, merchant=merchant, category=category))
        return self

    def with_delivery_fee(self, fee: Money) -> Self:
        """What carrying it costs."""
        self.delivery_fee = fee
        return self

    def drafted(self) -> Self:
        """Accepted; the price is not agreed."""
        if not self.events:
            lines = tuple(self.lines) or (a_line(price=Money(1_000, self.currency)),)
            wish = Wish(self.order_id, NUMBER, self.buyer_id, self.currency, lines, self.address, "snap_1")
            self._happened([draft_order(wish, self._tick())])
        return self

    def agreed_at(self, *prices: Money, charges: Money | None = None) -> Self:
        """The buyer agrees to other unit prices than those of the draft, and to charges beside delivery."""
        lines = self.drafted().order.lines
        pairs = zip(lines, prices, strict=True)
        self.agreed = tuple(replace(line, unit_price=price) for line, price in pairs)
        self.other_charges = charges
        return self

    def created(self) -> Self:
        """The price is agreed; waiting for money. Each line's part of it is said once it was agreed anew."""
        order = self.drafted().order
        amounts = [line.amount for line in self.agreed or order.lines]
        goods, nothing = total(amounts, self.currency), Money.zero(self.currency)
        fee, other = self.delivery_fee or nothing, self.other_charges or nothing
        parts = tuple(amount.amount for amount in amounts) if self.agreed else ()
        price = AgreedPrice(
            order.snapshot_id, goods, fee, goods + fee + other, other, self.agreed, line_goods=parts
        )
        at = self._tick()
        return self._happened([create_order(order, price, at + PAYMENT_WINDOW, at)])

    def asked_to_pay(self) -> Self:
        """An attempt is open."""
        if not self.events or self.order.version == 1:
            self.created()
        return self._happened([request_payment(self.order, PROVIDER, self._tick(), self.capture)])

    def reported(self, *facts: PaymentFact) -> Self:
        """The provider's facts about the attempt of the first one were judged."""
        key = facts[0].payment_key
        outcome = outcome_of(self.order, key, facts)
        return self._happened(settle_attempt(self.order, key, outcome, self._tick()))

    def declined(self) -> Self:
        """The attempt failed."""
        key = self._open_attempt()
        return self.reported(a_fact(key, FactKind.FAILED, self.order.total))

    def paid(self) -> Self:
        """The whole total has arrived."""
        key = self._open_attempt()
        return self.reported(a_fact(key, FactKind.CAPTURED, self.order.total))

    def authorised(self) -> Self:
        """The provider vouches for the whole total; it is taken when goods leave."""
        self.capture = CaptureMode.MANUAL
        key = self._open_attempt()
        return self.reported(a_fact(key, FactKind.AUTHORISED, self.order.total))

    def captured(self) -> Self:
        """What was asked of the authorised money was taken."""
        asked = self.order.capture_asked
        assert asked is not None, "nothing was asked for"
        return self.reported(a_fact(asked.payment_key, FactKind.CAPTURED, asked.asked))

    def in_review(self, amount: Money | None = None) -> Self:
        """The wrong amount was captured."""
        key = self._open_attempt()
        return self.reported(a_fact(key, FactKind.CAPTURED, amount or self.order.total + self.order.total))

    def shipped(self) -> Self:
        """Handed over to the carrier."""
        return self._happened([ship_order(self.order, self._tick())])

    def delivered(self) -> Self:
        """The buyer has it."""
        return self._happened([deliver_order(self.order, self._tick())])

    def completed(self) -> Self:
        """The return window is over."""
        return self._happened([complete_order(self.order, self._tick())])

    def cancelled(self, reason: CancelReason = CancelReason.BUYER) -> Self:
        """Ended without being kept."""
        return self._happened(cancel_order(self.order, reason, "buyer", self._tick()))

    def refunded(self, amount: Money | None = None, key: str = "") -> Self:
        """The money of the order's own payment went back, all of it or `amount`."""
        order = self.order
        paid = order.payment
        assert paid is not None, "an order without money has none to give back"
        name = key or refund_key(paid.payment_key)
        return self._happened(record_refund(order, name, paid.payment_key, amount or paid.kept, self._tick()))

    def _open_attempt(self) -> str:
        if not self.events or self.order.payment_status is not PaymentStatus.PENDING:
            self.asked_to_pay()
        return self.attempt

    def _happened(self, events: Iterable[OrderEvent]) -> Self:
        self.events += events
        return self

    def _tick(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def an_order(order_id: str = "ord_1", buyer_id: str = "buyer-1", currency: str = "CNY") -> OrderBuilder:
    """A new story. Without lines it has one mug at 10.00."""
    return OrderBuilder(order_id=order_id, buyer_id=buyer_id, currency=currency)
