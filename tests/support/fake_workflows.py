"""Orders' workflows without Temporal: every message is decided by the domain and appended at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

from activities.contracts import OrderStart
from domain.errors import DomainError
from domain.events import EventMetadata
from domain.money import Money
from domain.order.cancel import cancel_order
from domain.order.encoding import decode, encode
from domain.order.events import OrderEvent
from domain.order.order import Order, fold
from domain.order.pay import outcome_of, request_payment, settle_attempt
from domain.order.place import AgreedPrice, Wish, create_order, draft_order
from domain.order.seen import if_seen
from domain.order.ship import complete_order, deliver_order, ship_order
from domain.order.status import CancelReason, OrderStatus
from domain.payment.capture import CaptureMode
from domain.payment.facts import PaymentFact
from domain.ports.events import EventStore
from domain.ports.prices import PriceSnapshots
from domain.stock.hold import Shortage
from tests.support.fake_after_sale import FakeAfterSale
from workflows.client import OrderAlreadyEndedError, OrderRefusedError, WorkflowUnavailableError
from workflows.contracts import (
    CancelOrder,
    CheckoutAnswer,
    ConfirmPrice,
    Message,
    PayAgain,
    ShipmentReported,
)

_OVER = {OrderStatus.CANCELLED, OrderStatus.COMPLETED}


class FakeOrderWorkflows(FakeAfterSale):
    """Answers like the real client. A test sets `away`, `slow`, `shortages`, `refusal` or `asks_buyer`.

    `ended` says that all have ended, and `forgotten` that nobody can ask them how.
    """

    def __init__(self, events: EventStore, snapshots: PriceSnapshots, now: Callable[[], datetime]) -> None:
        self.events = events
        self.snapshots = snapshots
        self.now = now
        self.away = False
        self.slow: asyncio.Event | None = None
        self.bug: Exception | None = None
        self.shortages: tuple[Shortage, ...] = ()
        self.refusal = ""
        self.asks_buyer = False
        self.ended = False
        self.forgotten = False
        self.checkouts: Counter[str] = Counter()
        self.started: dict[str, OrderStart] = {}
        self.facts: list[tuple[str, PaymentFact]] = []
        self.shipments: list[ShipmentReported] = []
        self.late_shipments: list[ShipmentReported] = []
        self._answers: dict[str, CheckoutAnswer] = {}
        self._again: dict[str, CheckoutAnswer] = {}
        self._refused: dict[str, CheckoutAnswer] = {}

    async def checkout(self, start: OrderStart) -> CheckoutAnswer:
        self.checkouts[start.order_id] += 1
        await self._reach()
        if self.ended:
            raise OrderAlreadyEndedError(order_id=start.order_id)
        if start.order_id not in self._answers:
            self.started[start.order_id] = start
            self._answers[start.order_id] = await self._first(start)
        return self._answers[start.order_id]

    async def cancel(self, order_id: str, command: CancelOrder) -> CheckoutAnswer:
        order = await self._open(order_id)
        reason = CancelReason(command.reason)
        return await self._decide(
            order,
            lambda: if_seen(
                order, command.expected_version, lambda: cancel_order(order, reason, command.by, self.now())
            ),
        )

    async def pay_again(self, order_id: str, command: PayAgain) -> CheckoutAnswer:
        if command.request_id not in self._again:
            order = await self._open(order_id)
            made = await self._decide(order, lambda: (request_payment(order, "sandbox", self.now()),))
            self._again[command.request_id] = made
        return self._again[command.request_id]

    async def confirm_price(self, order_id: str, command: ConfirmPrice) -> CheckoutAnswer:
        order = await self._open(order_id)
        if self.shortages:
            reason = CancelReason.OUT_OF_STOCK
            await self._append(order, cancel_order(order, reason, "system", self.now()))
            return self._refuses(order_id, "cancelled", reason)
        price = AgreedPrice(command.snapshot_id, _cny(1_500), _cny(0), _cny(1_500))
        return await self._decide(order, lambda: (create_order(order, price, self.now(), self.now()),))

    async def decline_price(self, order_id: str) -> CheckoutAnswer:
        order = await self._open(order_id)
        reason = CancelReason.PRICE_DECLINED
        return await self._decide(order, lambda: cancel_order(order, reason, "buyer", self.now()))

    async def look(self, order_id: str) -> CheckoutAnswer:
        if order_id in self._refused and not self.forgotten:
            return self._refused[order_id]
        return _answer(await self._open(order_id))

    async def report_payment(self, order_id: str, fact: PaymentFact) -> None:
        await self._reach()
        self.facts.append((order_id, fact))
        order = await self.order(order_id)
        facts = [known for of, known in self.facts if of == order_id]
        told = [known for known in facts if known.payment_key == fact.payment_key]
        outcome = outcome_of(order, fact.payment_key, told)
        await self._append(order, settle_attempt(order, fact.payment_key, outcome, self.now()))

    async def ship(self, order_id: str) -> None:
        """Hand a paid order over."""
        order = await self.order(order_id)
        await self._append(order, (ship_order(order, self.now()),))

    async def complete(self, order_id: str) -> None:
        """Ship, deliver and complete a paid order."""
        for step in (ship_order, deliver_order, complete_order):
            order = await self.order(order_id)
            await self._append(order, (step(order, self.now()),))

    async def order(self, order_id: str) -> Order:
        """The order as its stream has it."""
        return fold(decode(event) for event in await self.events.read(order_id))

    async def _first(self, start: OrderStart) -> CheckoutAnswer:
        if self.shortages or self.refusal:
            return self._refuses(start.order_id, "refused", self.refusal or "out_of_stock")
        snapshot = await self.snapshots.get(start.snapshot_id)
        assert snapshot is not None
        await self.snapshots.claim(snapshot.id, start.order_id)
        wish = Wish(
            start.order_id,
            start.number,
            start.buyer_id,
            start.currency,
            snapshot.lines,
            start.address,
            snapshot.id,
        )
        drafted = draft_order(wish, start.accepted_at)
        order = fold([drafted])
        if self.asks_buyer:
            await self._append(None, (drafted,))
            changed = Message(
                "price_changed",
                "warning",
                snapshot.total,
                snapshot.total + _cny(500),
                "snap_new",
                reason="price_adjusted",
            )
            return _answer(order, (changed,))
        at = self.now()
        delivery_fee = snapshot.breakdown.sum_of_kind("delivery_fee")
        other = snapshot.charges - delivery_fee
        price = AgreedPrice(snapshot.id, snapshot.goods, delivery_fee, snapshot.total, other)
        created = create_order(order, price, at + start.policies.payment_window, at)
        later = snapshot.wishes.payment_method in start.policies.manual_capture_methods
        capture = CaptureMode.MANUAL if later else CaptureMode.AUTOMATIC
        requested = request_payment(order.apply(created), "sandbox", at, capture)
        await self._append(None, (drafted, created, requested))
        return _answer(await self.order(order.id))

    def _refuses(self, order_id: str, status: str, refusal: str) -> CheckoutAnswer:
        answer = CheckoutAnswer(order_id, status, refusal=refusal, shortages=self.shortages)
        self._refused[order_id] = answer
        return answer

    async def _decide(self, order: Order, decide: Callable[[], Iterable[OrderEvent]]) -> CheckoutAnswer:
        try:
            events = tuple(decide())
        except DomainError as error:
            raise OrderRefusedError(error.code, **error.facts) from error
        await self._append(order, events)
        return _answer(await self.order(order.id))

    async def _append(self, order: Order | None, events: Iterable[OrderEvent]) -> None:
        records = [encode(event) for event in events]
        if records:
            version = order.version if order else 0
            name = order.id if order else records[0].data["order_id"]
            await self.events.append(str(name), version, f"step-{version}", records, EventMetadata())

    async def _open(self, order_id: str) -> Order:
        order = await self._known(order_id)
        if order.status in _OVER:
            raise OrderAlreadyEndedError(order_id=order_id)
        return order

    async def _known(self, order_id: str) -> Order:
        await self._reach()
        if order_id not in self.started:
            raise WorkflowUnavailableError(order_id=order_id, reason="not_started")
        return await self.order(order_id)

    async def _reach(self) -> None:
        if self.bug:
            raise self.bug
        if self.away:
            raise WorkflowUnavailableError(reason="away")
        if self.slow:
            await self.slow.wait()


def _answer(order: Order, messages: tuple[Message, ...] = ()) -> CheckoutAnswer:
    attempt = order.attempts[-1] if order.attempts else ""
    return CheckoutAnswer(
        order_id=order.id,
        status=order.status.value,
        total=order.total,
        snapshot_id=order.snapshot_id,
        payment_status=order.payment_status.value,
        payment_key=attempt,
        pay_url=f"http://pay.invalid/{attempt}" if attempt else "",
        payment_deadline=order.payment_deadline,
        messages=messages,
        version=order.version,
        created_at=order.created_at,
        updated_at=order.updated_at,
    )


def _cny(amount: int) -> Money:
    return Money(amount, "CNY")
