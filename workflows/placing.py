"""From a buyer's wish to an agreed price and held goods. Asking for money is `paying`."""

from __future__ import annotations

from datetime import datetime

from temporalio.exceptions import ApplicationError

from activities.contracts import CheckSnapshot, OrderStart, SnapshotChecked, TakeHolds
from domain.money import Money
from domain.order.cancel import cancel_order
from domain.order.events import OrderDrafted, OrderEvent
from domain.order.order import Order, drafted
from domain.order.pay import request_payment
from domain.order.place import AgreedPrice, Wish, create_order, draft_order
from domain.order.status import CancelReason, OrderStatus
from domain.pricing.snapshot import Verdict
from domain.stock.hold import Shortage, StockLine, in_lock_order
from workflows import policies
from workflows.contracts import Message
from workflows.desk import Desk


class Placing:
    """The first steps of an order, and the question to the buyer when the price has changed."""

    def __init__(self, desk: Desk, start: OrderStart) -> None:
        self._desk = desk
        self._start = start
        self.refusal = ""
        self.shortages: tuple[Shortage, ...] = ()
        self.messages: tuple[Message, ...] = ()
        self.question: SnapshotChecked | None = None

    async def place(self, snapshot_id: str) -> None:
        """Check the price of `snapshot_id`, hold the goods and create the order, or refuse, or ask.

        Call it with the lock held; the order's status tells what came out.
        """
        desk, start = self._desk, self._start
        checked = await desk.store.check_price(
            CheckSnapshot(
                order_id=start.order_id,
                buyer_id=start.buyer_id,
                snapshot_id=snapshot_id,
                price_tolerance=start.policies.price_tolerance,
                now=desk.now,
            )
        )
        self.refusal = checked.refusal
        if checked.refusal:
            return
        self.messages, self.question = _messages(checked), None
        if checked.verdict == Verdict.CHANGED.value:
            await desk.stream.record("place", lambda order: self._draft_of(order, checked, desk.now))
        else:
            await self._hold_and_create(checked)
        if desk.order.status is OrderStatus.DRAFT:
            self.question = checked

    async def confirm(self, snapshot_id: str) -> None:
        """Place a draft at the price that the buyer agreed to. Call it with the lock held.

        Raises `ApplicationError` with the slug when that snapshot cannot be used; the draft goes on waiting.
        """
        await self.place(snapshot_id)
        refusal = self.refusal
        if refusal and self._desk.order.status is OrderStatus.DRAFT:
            self.refusal = ""
            raise ApplicationError(refusal, type=refusal, non_retryable=True)

    async def _hold_and_create(self, checked: SnapshotChecked) -> None:
        desk = self._desk
        now = desk.now
        deadline = now + self._start.policies.payment_window
        reference = desk.order_id
        desk.undo.push("release_holds", lambda: desk.store.release_holds(reference))
        wanted = in_lock_order(StockLine(line.sku, line.quantity) for line in checked.lines)
        held = await desk.store.take_holds(TakeHolds(reference, wanted, deadline + policies.HOLD_GRACE))
        if held.shortages:
            await desk.stream.record("place", lambda order: self._without_goods(order, checked, now))
        else:
            await desk.stream.record("place", lambda order: self._created(order, checked, deadline, now))
        if desk.order.status is OrderStatus.CANCELLED:
            self.refusal, self.shortages = CancelReason.OUT_OF_STOCK.value, held.shortages

    def _draft_of(
        self, order: Order | None, checked: SnapshotChecked, at: datetime
    ) -> tuple[OrderDrafted, ...]:
        if order is not None:
            return ()
        start = self._start
        wish = Wish(
            order_id=start.order_id,
            number=start.number,
            buyer_id=start.buyer_id,
            currency=start.currency,
            lines=checked.lines,
            address=start.address,
            snapshot_id=checked.snapshot_id,
        )
        return (draft_order(wish, at),)

    def _without_goods(
        self, order: Order | None, checked: SnapshotChecked, at: datetime
    ) -> tuple[OrderEvent, ...]:
        draft = self._draft_of(order, checked, at)
        current = order or drafted(draft[0])
        if current.status is not OrderStatus.DRAFT:
            return ()
        return (*draft, *cancel_order(current, CancelReason.OUT_OF_STOCK, "system", at))

    def _created(
        self, order: Order | None, checked: SnapshotChecked, deadline: datetime, at: datetime
    ) -> tuple[OrderEvent, ...]:
        draft = self._draft_of(order, checked, at)
        current = order or drafted(draft[0])
        if current.status is not OrderStatus.DRAFT:
            return ()
        created = create_order(current, _agreed(checked), deadline, at)
        requested = request_payment(current.apply(created), self._start.provider, at)
        return (*draft, created, requested)


def _agreed(checked: SnapshotChecked) -> AgreedPrice:
    return AgreedPrice(
        snapshot_id=checked.snapshot_id,
        goods=_known(checked.goods),
        delivery_fee=_known(checked.charges),
        total=_known(checked.total),
    )


def _known(money: Money | None) -> Money:
    assert money is not None  # only a refusal comes without a price
    return money


def _messages(checked: SnapshotChecked) -> tuple[Message, ...]:
    messages = []
    if checked.verdict in {Verdict.CHANGED.value, Verdict.RECALCULATED.value}:
        changed = checked.verdict == Verdict.CHANGED.value
        messages.append(
            Message(
                code="price_changed" if changed else "price_recalculated",
                severity="warning" if changed else "info",
                old_total=checked.shown_total,
                new_total=checked.total,
                snapshot_id=checked.snapshot_id,
            )
        )
    if checked.expiring_soon:
        messages.append(Message(code="expiring_soon", severity="warning"))
    return tuple(messages)
