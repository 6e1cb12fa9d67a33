"""Returns and refunds of one order: what is decided about them, and what then happens to goods and money.

It hears no messages itself; both workflows that have after-sale give theirs to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from temporalio import workflow

from activities.contracts import OrderPolicies
from activities.fulfilment_contracts import PriceWhatIsKept
from domain.errors import InvalidStateTransitionError
from domain.money import Money
from domain.order.after_sale import expire_return, kept_after
from domain.order.after_sale_events import ReturnApproved, ReturnRequested
from domain.order.events import OrderEvent, time_of
from domain.order.order import Order
from domain.order.refund_policy import RefundPolicy, ThresholdPolicy
from domain.order.returns import ReturnStatus
from domain.order.shipments import Units
from domain.order.status import CancelReason, OrderStatus
from domain.payment.review import ReviewDecision
from workflows import after_sale_decisions as decisions
from workflows import money
from workflows.checks import refusing
from workflows.contracts import (
    DecideReturn,
    LinkExchange,
    OrderAnswer,
    ReceiveReturn,
    RequestRefund,
    RequestReturn,
    SettleReview,
)
from workflows.desk import Desk
from workflows.paying import Paying
from workflows.returned_goods import returned_goods, unissued_goods

_UNPAID = frozenset({OrderStatus.DRAFT, OrderStatus.CREATED})
Decide = Callable[[Order], Sequence[OrderEvent]]


class AfterSaleDesk:
    """Decides, stores, and has goods and money follow. Every request may be repeated.

    `joins` says that the order lives on in its stream only, where others may write too: it is read before
    each decision.
    """

    def __init__(self, desk: Desk, paying: Paying, policies: OrderPolicies, *, joins: bool = False) -> None:
        self._desk = desk
        self._paying = paying
        self._policies = policies
        self._joins = joins
        self._watched: set[str] = set()
        self._since: dict[str, datetime] = {}
        self._closed = False

    @property
    def policy(self) -> RefundPolicy:
        """What goes back besides the price of the goods."""
        return self._policies.refund

    def check(self, decide: Callable[[Order, datetime], Sequence[OrderEvent]]) -> None:
        """Refuse what the order would refuse, before anything enters history.

        Where others write too nothing is refused yet: what is known here may be old.
        """
        if not self._joins and self._desk.is_read:
            with refusing():
                decide(decisions.known(self._desk.stream.order), self._desk.now)

    async def resume(self) -> None:
        """Take up what an earlier workflow of this order has left: open returns, and refunds not done."""
        await self._desk.stream.load()
        if self._desk.stream.order is not None:
            self.go_on()

    def go_on(self, events: Sequence[OrderEvent] = ()) -> None:
        """Watch open returns and send refunds not done, in an order that was read. `events` are its past, by
        which time that people have is counted; without them it begins anew.
        """
        for event in events:
            if isinstance(event, ReturnRequested | ReturnApproved):
                self._since[event.return_id] = time_of(event)
        for case in self._desk.order.returns:
            if case.is_open:
                self._watch(case.id)
        self._paying.send_back()

    @property
    def is_closed(self) -> bool:
        """True when nobody is waited for any more."""
        return self._closed

    def close(self) -> None:
        """Stop waiting for people; what was promised is still done."""
        self._closed = True

    async def request_return(self, command: RequestReturn) -> OrderAnswer:
        """Open a return and see to it that somebody decides."""
        async with self._desk.lock:
            await self._read()
            at = self._desk.now
            await self._record(
                f"request_return:{command.return_id}",
                lambda order: decisions.requested(order, command, at),
                command.by,
            )
            self._watch(command.return_id)
        return self._answer(command.return_id)

    async def decide_return(self, command: DecideReturn) -> OrderAnswer:
        """Approve or reject; money goes back at once when the goods may stay."""
        async with self._desk.lock:
            order, at = await self._read(), self._desk.now
            case = order.return_case(command.return_id)
            pays = command.approved and not command.goods_back and case is not None
            claw_back = await self._claw_back(case.units) if pays and case else None
            await self._record(
                f"decide_return:{command.return_id}:{command.approved}:{command.goods_back}",
                lambda order: decisions.decided(order, command, self.policy, at, claw_back),
                command.by,
            )
            self._paying.send_back()
        return self._answer(command.return_id)

    async def receive_return(self, command: ReceiveReturn) -> OrderAnswer:
        """Take the goods back and pay for what was accepted."""
        async with self._desk.lock:
            await self._read()
            at, claw_back = self._desk.now, await self._claw_back(command.units)
            events = await self._record(
                f"receive_return:{command.return_id}:{_named(command.units)}",
                lambda order: decisions.received(order, command, self.policy, at, claw_back),
                command.by,
            )
            if events and (goods := returned_goods(self._desk.order, command)) is not None:
                await self._desk.store.take_back(goods)
            self._paying.send_back()
        return self._answer(command.return_id)

    async def request_refund(self, command: RequestRefund) -> OrderAnswer:
        """Pay back without a return."""
        async with self._desk.lock:
            await self._read()
            at = self._desk.now
            claw_back = await self._claw_back(command.units) if command.units else None
            await self._record(
                f"request_refund:{command.refund_id}",
                lambda order: decisions.refunded(order, command, self.policy, at, claw_back),
                command.by,
            )
            self._paying.send_back()
        return self._answer(decisions.refund_of(self._desk.order, command.refund_id))

    async def link_exchange(self, command: LinkExchange) -> OrderAnswer:
        """Write down which order replaces what came back."""
        async with self._desk.lock:
            await self._read()
            at = self._desk.now
            await self._record(
                f"link_exchange:{command.return_id}:{command.new_order_id}",
                lambda order: decisions.linked(order, command, at),
            )
        return self._answer(command.return_id)

    async def settle_review(self, command: SettleReview) -> OrderAnswer:
        """Do what a person has decided about money; what is taken as payment needs its goods first."""
        async with self._desk.lock:
            order, at = await self._read(), self._desk.now
            with refusing():
                if self._joins and order.status in _UNPAID and command.decision is ReviewDecision.ACCEPT:
                    # Who pays must get goods, and the process that would see to that has been ended.
                    raise InvalidStateTransitionError(
                        current=order.status.value, wanted=OrderStatus.PAID.value
                    )
                decisions.settled(order, command, at)
            command = replace(command, expected_version=None)  # which is known to be seen, under the lock
            if command.decision is ReviewDecision.ACCEPT and not await self._goods_are_there(at):
                await self._record(
                    f"goods_gone:{command.payment_key}",
                    lambda order: money.ended(
                        order, self._paying.facts, CancelReason.OUT_OF_STOCK, "system", at
                    ),
                )
                self._desk.notify("goods_gone")
            else:
                await self._record(
                    f"settle_review:{command.payment_key}:{command.decision.value}",
                    lambda order: decisions.settled(order, command, at),
                    command.by,
                )
            self._paying.send_back()
        return self._answer(command.payment_key)

    async def _read(self) -> Order:
        if self._joins:
            await self._desk.stream.load()
        with refusing():
            return decisions.known(self._desk.stream.order)

    async def _record(self, step: str, decide: Decide, by: str = "system") -> tuple[OrderEvent, ...]:
        """`step` names one request and what it wants. After a lost task requests may come in another order:
        under a name that they share the second would take what the first has stored for its own.
        """
        with refusing():
            events = await self._desk.stream.record(
                step, lambda order: decide(decisions.known(order)), actor=by
            )
        for unissued in unissued_goods(self._desk.order, events):
            await self._desk.store.cancel_goods(unissued)
        return events

    async def _goods_are_there(self, at: datetime) -> bool:
        desk = self._desk
        if desk.order.status is not OrderStatus.CREATED:
            return True  # the order knows best why not, or knows the answer already
        desk.undo.push("restock", lambda: desk.store.restock(desk.order_id))
        return not (await desk.store.confirm_holds(desk.order_id, at)).refused

    async def _claw_back(self, units: Sequence[Units]) -> Money | None:
        """How much less goes back because of what stays; negative when an earlier claw-back ends."""
        if self.policy.threshold is not ThresholdPolicy.CLAW_BACK:
            return None
        order = self._desk.order
        before = await self._lost_on(kept_after(order, ()))
        after = await self._lost_on(kept_after(order, units))
        return max(after - before, decisions.clawed_back(order) * -1)

    async def _lost_on(self, kept: Sequence[Units]) -> Money:
        order = self._desk.order
        nothing = Money.zero(order.currency)
        whole = sum(units.quantity for units in kept) == sum(line.quantity for line in order.lines)
        if whole or not kept:
            return nothing
        asked = PriceWhatIsKept(order.id, order.snapshot_id, tuple(kept))
        answer = await self._desk.store.price_what_is_kept(asked)
        return answer.amount or nothing

    def _answer(self, subject: str) -> OrderAnswer:
        order = self._desk.order
        return OrderAnswer(order.id, order.version, order.status.value, subject)

    # Time that passes over an open return.

    def _watch(self, return_id: str) -> None:
        if return_id not in self._watched:
            self._watched.add(return_id)
            self._desk.spawn(self._see_through(return_id), watches=True)

    async def _see_through(self, return_id: str) -> None:
        desk, policies = self._desk, self._policies
        if not await self._leaves(return_id, ReturnStatus.REQUESTED, policies.decision_window):
            desk.alert("return_waits", about=return_id)
            await self._leaves(return_id, ReturnStatus.REQUESTED, None)
        if not await self._leaves(return_id, ReturnStatus.APPROVED, policies.receipt_window):
            async with desk.lock:
                at = desk.now
                await self._record(
                    f"expire_return:{return_id}", lambda order: expire_return(order, return_id, at)
                )
        self._watched.discard(return_id)

    async def _leaves(self, return_id: str, status: ReturnStatus, window: timedelta | None) -> bool:
        """Wait until the return is not in that status any more; False when the window was over first.

        Nobody waits at an order that was cancelled: all of its money has gone back.
        """
        if self._is_over() or self._status_of(return_id) is not status:
            return True
        if window is not None and (since := self._since.pop(return_id, None)) is not None:
            window = max(since + window - self._desk.now, timedelta())
        if self._joins:  # else the order's own story says what it waits for
            until = None if window is None else self._desk.now + window
            self._desk.board.waits(self._desk.order, f"{return_id}, which is {status.value}", until)
        try:
            await workflow.wait_condition(
                lambda: self._is_over() or self._status_of(return_id) is not status,
                timeout=window,
                timeout_summary=f"{return_id} is {status.value}",
            )
        except TimeoutError:
            return False
        return True

    def _is_over(self) -> bool:
        return self._closed or self._desk.order.status is OrderStatus.CANCELLED

    def _status_of(self, return_id: str) -> ReturnStatus | None:
        case = self._desk.order.return_case(return_id)
        return case.status if case else None


def _named(units: Sequence[Units]) -> str:
    return ",".join(f"{each.line}x{each.quantity}" for each in units)
