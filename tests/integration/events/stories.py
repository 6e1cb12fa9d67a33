"""Order streams as tests want them: placed, created, paid, cancelled, in the store and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from domain.catalogue.items import Category
from domain.events import EventMetadata
from domain.money import Money
from domain.order.encoding import encode
from domain.order.events import (
    OrderCancelled,
    OrderCreated,
    OrderDrafted,
    OrderEvent,
    PaymentConfirmed,
    PaymentRequested,
)
from domain.order.lines import OrderLine
from domain.order.status import CancelReason
from domain.ports.events import EventStore

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Story:
    """What happened to one order. `at` is when it was placed; every later event is a second later."""

    order_id: str
    at: datetime = NOON
    buyer: str = "buyer_1"
    merchant: str = "shop_1"
    quantities: tuple[int, ...] = (2,)
    price: int = 1_000
    currency: str = "CNY"

    @property
    def number(self) -> str:
        return f"NO-{self.order_id}"

    @property
    def total(self) -> Money:
        return Money(self.price * sum(self.quantities), self.currency)

    def created(self) -> list[OrderEvent]:
        lines = tuple(
            OrderLine(
                index,
                f"sku_{index}",
                self.merchant,
                "茶",
                Category.PHYSICAL,
                quantity,
                self._money(self.price),
            )
            for index, quantity in enumerate(self.quantities, start=1)
        )
        drafted = OrderDrafted(
            self.order_id, self.number, self.buyer, self.currency, lines, None, "snap_1", self.at
        )
        created = OrderCreated(
            "snap_1",
            self.total,
            self._money(0),
            self.total,
            self.at + timedelta(minutes=30),
            self.at,
            other_charges=self._money(0),
            lines=lines,
            line_goods=tuple(line.amount.amount for line in lines),
        )
        return [drafted, created]

    def paid(self) -> list[OrderEvent]:
        asked, received = self.at + timedelta(seconds=1), self.at + timedelta(seconds=2)
        return [
            *self.created(),
            PaymentRequested("pay_1", 1, "sandbox", self.total, asked),
            PaymentConfirmed("pay_1", self.total, received),
        ]

    def cancelled(self) -> list[OrderEvent]:
        return [*self.created(), OrderCancelled(CancelReason.BUYER, "buyer", self.at + timedelta(seconds=1))]

    def _money(self, amount: int) -> Money:
        return Money(amount, self.currency)


async def tell(store: EventStore, order_id: str, events: list[OrderEvent]) -> None:
    """Append what is not in the stream yet, one command for each event."""
    head = await store.head(order_id)
    for version, event in enumerate(events[head:], start=head):
        await store.append(order_id, version, f"step-{version}", [encode(event)], EventMetadata())
