"""From a buyer's wish to an agreed price and held goods. Asking for money is `paying`."""

from __future__ import annotations

from datetime import datetime

from temporalio.exceptions import ApplicationError

from activities.contracts import CheckSnapshot, OrderStart, SnapshotChecked, TakeHolds
from domain.actors import BUYER
from domain.order.cancel import cancel_order
from domain.order.events import OrderDrafted, OrderEvent
from domain.order.order import Order, drafted
from domain.order.pay import request_payment
from domain.order.place import Wish, create_order, draft_order
from domain.order.status import CancelReason, OrderStatus
from domain.payment.capture import CaptureMode
from domain.pricing.asking import must_ask
from domain.pricing.consistency import Reason, Verdict
from domain.stock.hold import Shortage, StockLine, in_lock_order
from workflows import policies
from workflows.agreed import agreed_price, known, shown_price
from workflows.contracts import Message
from workflows.desk import Desk
from workflows.remarks import only_allowances, refusal_of, remarks_on


class Placing:
    """The first steps of an order, and the question to the buyer when the price has changed.

    `price` is what was agreed or asked about; `question` is the same while a draft waits, since `asked_at`.
    """

    def __init__(self, desk: Desk, start: OrderStart) -> None:
        self._desk = desk
        self._start = start
        self.refusal = ""
        self.shortages: tuple[Shortage, ...] = ()
        self.messages: tuple[Message, ...] = ()
        self.price: SnapshotChecked | None = None
        self.question: SnapshotChecked | None = None
        self.asked_at = desk.now

    async def place(self, snapshot_id: str) -> None:
        """Check the price of `snapshot_id`, hold what it needs and create the order, or refuse, or ask.

        Call it with the lock held; the order's status tells what came out.
        """
        desk, reference = self._desk, self._desk.order_id
        # Before the check: a task that was lost may have held something already.
        desk.undo.push("release_holds", lambda: desk.store.release_holds(reference))
        self.messages, self.question = (), None
        await self._find_price(snapshot_id)
        order = desk.stream.order
        if order is not None and order.status is OrderStatus.DRAFT and not self.refusal:
            self.question, self.asked_at = self.price, desk.now

    def is_answered(self, asked_at: datetime) -> bool:
        """True when the question of that time waits no more: it was answered, or another one was asked."""
        order = self._desk.stream.order
        return order is None or order.status is not OrderStatus.DRAFT or self.asked_at != asked_at

    async def confirm(self, snapshot_id: str) -> None:
        """Place a draft at the price that the buyer agreed to. Call it with the lock held.

        Raises `ApplicationError` with the slug when that snapshot cannot be used; the draft goes on waiting.
        """
        question = self.question
        await self.place(snapshot_id)
        refusal = self.refusal
        if refusal and self._desk.order.status is OrderStatus.DRAFT:
            self.refusal, self.question = "", question
            raise ApplicationError(refusal, type=refusal, non_retryable=True)

    async def _find_price(self, snapshot_id: str) -> None:
        """Check and hold, again while somebody else is faster with a promotion, a voucher or points."""
        tolerance, shown, refusals = self._start.policies.price_tolerance, None, 0
        for rounds_left in reversed(range(policies.PRICE_ROUNDS)):
            checked = await self._check(snapshot_id, tolerance)
            self.refusal = checked.refusal
            if checked.refusal:
                return
            shown = shown or checked.shown_total
            changed = checked.verdict == Verdict.CHANGED.value
            asks = changed and (not rounds_left or self._is_asked(checked))
            remarks = remarks_on(checked, shown, asks=asks)
            self.price, self.messages = checked, remarks if asks else self.messages + remarks
            self._desk.board.price(shown_price(checked))
            if asks:
                await self._ask(checked)
                return
            # A lower price that is applied is another snapshot: the next check claims it for the order.
            if not changed and await self._hold_and_create(checked, last=not rounds_left):
                return
            refusals += not changed
            if refusals > 1:
                tolerance = 0  # what is honoured cannot be had, so any other amount is another price
            snapshot_id = checked.snapshot_id

    def _is_asked(self, checked: SnapshotChecked) -> bool:
        drop = self._start.policies.price_drop
        return must_ask(known(checked.shown_total), known(checked.total), drop)

    async def _check(self, snapshot_id: str, tolerance: int) -> SnapshotChecked:
        start = self._start
        return await self._desk.store.check_price(
            CheckSnapshot(
                order_id=start.order_id,
                buyer_id=start.buyer_id,
                snapshot_id=snapshot_id,
                price_tolerance=tolerance,
                now=self._desk.now,
            )
        )

    async def _ask(self, checked: SnapshotChecked) -> None:
        desk = self._desk
        await desk.stream.record("place", lambda order: self._draft_of(order, checked, desk.now), BUYER)
        if checked.reason == Reason.NEW_BUYER_OFFER_OVER.value:
            desk.notify(checked.reason)

    async def _hold_and_create(self, checked: SnapshotChecked, *, last: bool) -> bool:
        """False when goods are there and something else is short, unless it is the `last` time."""
        desk, now = self._desk, self._desk.now
        deadline = now + self._start.policies.payment_window
        held = await desk.store.take_holds(self._wanted(checked, deadline))
        if only_allowances(held.shortages) and not last:
            return False
        if held.shortages:
            await desk.stream.record("place", lambda order: self._without_goods(order, checked, now))
        else:
            await desk.stream.record(
                "place", lambda order: self._created(order, checked, deadline, now), BUYER
            )
        if desk.order.status is OrderStatus.CANCELLED:
            self.refusal, self.shortages = refusal_of(held.shortages), held.shortages
        return True

    def _wanted(self, checked: SnapshotChecked, deadline: datetime) -> TakeHolds:
        return TakeHolds(
            reference=self._desk.order_id,
            lines=in_lock_order(StockLine(line.sku, line.quantity) for line in checked.lines),
            until=deadline + policies.HOLD_GRACE,
            buyer_id=self._start.buyer_id,
            claims=checked.claims,
            converts=checked.converts,
        )

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
        created = create_order(current, agreed_price(checked), deadline, at)
        after, capture = current.apply(created), self._capture(checked)
        return (*draft, created, request_payment(after, self._start.provider, at, capture))

    def _capture(self, checked: SnapshotChecked) -> CaptureMode:
        later = checked.payment_method in self._start.policies.manual_capture_methods
        # Nothing is nothing to vouch for: what costs nothing is paid at once.
        return CaptureMode.MANUAL if later and not known(checked.total).is_zero else CaptureMode.AUTOMATIC
