"""Money of one order: asking for it, judging what came, giving back what is not wanted."""

from __future__ import annotations

from datetime import datetime, timedelta

from temporalio.exceptions import ActivityError

from activities.contracts import RefundPayment, RequestPayment
from domain.order.order import Order
from domain.order.pay import free_of_charge, record_refund, request_payment, settle_attempt
from domain.order.status import CancelReason, OrderStatus, PaymentStatus
from domain.payment.facts import PaymentFact
from domain.payment.outcome import AttemptOutcome, AttemptState
from workflows import money, policies
from workflows.compensation import NeedsPersonError, Step
from workflows.desk import Desk
from workflows.money import DueRefund, FactBook

_DECISIVE = frozenset({AttemptState.CAPTURED, AttemptState.IN_REVIEW})
_CLOSED = frozenset({AttemptState.FAILED, AttemptState.CANCELLED})


class Paying:
    """The till of one order. Facts only pile up; what they mean is decided when somebody looks."""

    def __init__(self, desk: Desk, provider: str = "") -> None:
        """`provider` is whom new attempts are opened with."""
        self._desk = desk
        self._provider = provider
        self.facts = FactBook()
        self.pay_urls: dict[str, str] = {}
        self._sending: set[str] = set()

    @property
    def news(self) -> bool:
        """True when facts have come that the order does not know yet."""
        order = self._desk.stream.order
        return order is not None and money.unsettled(order, self.facts, self._desk.now) is not None

    def waits_for(self, review_window: timedelta) -> tuple[datetime, str]:
        """Until when a created order waits, and for what."""
        order = self._desk.order
        assert order.payment_deadline is not None
        if order.in_review is not None:
            noticed = order.updated_at or self._desk.now
            return noticed + review_window, "a person to look at the payment"
        return order.payment_deadline, "the buyer's payment"

    def learn(self, *facts: PaymentFact) -> None:
        """Take facts in."""
        self.facts.add(facts)

    async def open_attempt(self) -> None:
        """Ask the provider for the attempt that the order has just requested. Call it with the lock held.

        Returns after a bounded time; a slow provider is asked on beside the story, by the same key.
        """
        desk, key = self._desk, self._desk.order.attempts[-1]
        if desk.order.total.is_zero:
            self.learn(free_of_charge(key, desk.order.currency, desk.now))
            return
        desk.undo.push(_undo_name(key), lambda: self._give_back(key))
        if not await self._open(key, policies.BUYER_PATIENCE):
            desk.spawn(self._open_later(key))

    async def pay_again(self) -> None:
        """Another attempt after a failed one. Raises `PaymentNotPendingError`; call it with the lock held."""
        desk, at = self._desk, self._desk.now

        await desk.stream.record(
            "pay_again", lambda order: (request_payment(_known(order), self._provider, at),)
        )
        await self.open_attempt()

    async def settle(self) -> None:
        """Let the order know what its facts mean, one attempt after the other. Call it with the lock held."""
        desk = self._desk
        while (key := money.unsettled(desk.order, self.facts, desk.now)) is not None:
            outcome = self.facts.outcome(key, desk.order.total)
            if outcome.state is AttemptState.CAPTURED and desk.order.status is OrderStatus.CREATED:
                await self._sell(key, outcome)
            else:
                await self._note(key, outcome)
        self._send_back()

    async def time_is_up(self) -> None:
        """The deadline has come: ask a last time, then sell, wait for a person, or end the order."""
        desk = self._desk
        if desk.order.payment_status is PaymentStatus.PENDING:
            await self._last_question(desk.order.attempts[-1])
        async with desk.lock:
            if desk.order.status is not OrderStatus.CREATED:
                return
            if desk.order.in_review is not None:
                await self.end(CancelReason.PAYMENT_FAILED, "system")
            elif self._needs_judgement():
                await self.settle()
            else:
                await self.end(CancelReason.PAYMENT_TIMEOUT, "system")

    async def end(self, reason: CancelReason, by: str) -> None:
        """Close the open attempt, end the order, promise back what has come. Call it with the lock held.

        Raises `InvalidStateTransitionError` for a shipped order.
        """
        desk = self._desk
        if desk.order.payment_status is PaymentStatus.PENDING and self._may_be_paid(desk.order.attempts[-1]):
            try:
                await self.close(desk.order.attempts[-1], policies.BUYER_PATIENCE)
            except ActivityError:
                # Unknown. The order ends all the same; the undo stack asks on and sends back what came.
                desk.board.note("provider_silent", desk.now)
        at = desk.now
        await desk.stream.record(
            "cancel", lambda order: money.ended(_known(order), self.facts, reason, by, at), actor=by
        )

    async def close(self, key: str, patience: timedelta) -> None:
        """Close an attempt at the provider and learn what became of it. Raises `ActivityError`: unknown."""
        answer = await self._desk.payments.close(key, patience)
        self.learn(*answer.facts)

    async def _last_question(self, key: str) -> None:
        """Close the attempt; a silent provider is asked on within bounds: unknown is not unpaid."""
        desk, step = self._desk, f"ask {key}"
        for failures in range(1, policies.QUESTION_ROUNDS + 1):
            try:
                await self.close(key, policies.MONEY_PATIENCE)
            except ActivityError:
                desk.report_failure(step, "unknown")
            else:
                desk.board.works_again(step)
                return
            pause = policies.pause_after(failures, policies.MONEY_FIRST_PAUSE, policies.MONEY_LONGEST_PAUSE)
            if await desk.until(
                lambda: self._needs_judgement() or not self._is_open(key), desk.now + pause, "the provider"
            ):
                return

    def _needs_judgement(self) -> bool:
        order = self._desk.order
        outcomes = self.facts.outcomes(order).values()
        return any(outcome.state in _DECISIVE for outcome in outcomes)

    def _may_be_paid(self, key: str) -> bool:
        known = self.facts.outcome(key, self._desk.order.total)
        return known.state not in _CLOSED and known.captured.is_zero

    async def _open(self, key: str, patience: timedelta) -> bool:
        """False when the provider did not answer in time."""
        desk, order = self._desk, self._desk.order
        assert order.payment_deadline is not None
        asked = RequestPayment(key, order.id, order.number, order.total, order.payment_deadline)
        try:
            answer = await desk.payments.request(asked, patience)
        except ActivityError:
            return False
        if answer.refused:
            outcome = AttemptOutcome(AttemptState.FAILED, order.total * 0, order.total * 0)
            await self._note(key, outcome)
        else:
            self.pay_urls[key] = answer.pay_url
        return True

    async def _open_later(self, key: str) -> None:
        desk, opened = self._desk, False
        while not opened and self._is_open(key) and (left := _left(desk)) > timedelta():
            opened = await self._open(key, min(left, policies.LATER_PATIENCE))
        if opened and not self._is_open(key):
            # The order went on without it: nobody may pay what nobody waits for.
            await desk.undo.insist(Step(f"close {key}", lambda: self.close(key, policies.MONEY_PATIENCE)))

    def _is_open(self, key: str) -> bool:
        order = self._desk.order
        waiting = order.status is OrderStatus.CREATED and order.payment_status is PaymentStatus.PENDING
        return waiting and order.attempts[-1] == key

    async def _sell(self, key: str, outcome: AttemptOutcome) -> None:
        desk, at = self._desk, self._desk.now
        reference = desk.order_id
        desk.undo.push("restock", lambda: desk.store.restock(reference))
        held = await desk.store.confirm_holds(reference, at)
        if held.refused:
            await desk.stream.record(
                "goods_gone",
                lambda order: money.ended(_known(order), self.facts, CancelReason.OUT_OF_STOCK, "system", at),
            )
            desk.notify("goods_gone")
        else:
            await desk.stream.record(
                f"paid:{key}", lambda order: money.confirmed(_known(order), key, outcome, at)
            )

    async def _note(self, key: str, outcome: AttemptOutcome) -> None:
        desk, at = self._desk, self._desk.now
        await desk.stream.record(
            f"{outcome.state.value}:{key}", lambda order: settle_attempt(_known(order), key, outcome, at)
        )
        if outcome.state is AttemptState.IN_REVIEW:
            reason = outcome.review_reason.value if outcome.review_reason else "payment_in_review"
            desk.board.needs_review()
            desk.alert(reason, about=key)

    def _send_back(self) -> None:
        """Send back, beside the story, what nobody else does: an ended order has its undo stack."""
        desk = self._desk
        undone = desk.undo.names if desk.order.status is OrderStatus.CANCELLED else ()
        for due in money.due_refunds(desk.order):
            if due.payment_key not in self._sending and _undo_name(due.payment_key) not in undone:
                desk.spawn(self._send(due))

    async def _send(self, due: DueRefund) -> None:
        self._sending.add(due.payment_key)
        await self._desk.undo.insist(Step(f"refund {due.payment_key}", lambda: self._refund(due)))
        self._sending.discard(due.payment_key)

    async def _give_back(self, key: str) -> None:
        """The inverse of asking for money: see to it that none of this attempt stays. May be repeated."""
        desk = self._desk
        self._sending.add(key)
        try:
            if self._may_be_paid(key):
                await self.close(key, policies.MONEY_PATIENCE)
            async with desk.lock:
                await self.settle()
            for due in money.due_refunds(desk.order):
                if due.payment_key == key:
                    await self._refund(due)
        finally:
            self._sending.discard(key)

    async def _refund(self, due: DueRefund) -> None:
        desk = self._desk
        asked = RefundPayment(due.key, due.payment_key, due.amount, due.reason)
        answer = await desk.payments.refund(asked, policies.MONEY_PATIENCE)
        if answer.refused:
            raise NeedsPersonError(answer.refused)
        at = desk.now
        await desk.stream.record(
            f"refunded:{due.payment_key}",
            lambda order: record_refund(_known(order), due.key, due.payment_key, due.amount, at),
        )
        desk.notify("money_returned")


def _known(order: Order | None) -> Order:
    assert order is not None  # money is a matter of orders that were created
    return order


def _undo_name(key: str) -> str:
    return f"payment {key}"


def _left(desk: Desk) -> timedelta:
    deadline = desk.order.payment_deadline
    return timedelta() if deadline is None else deadline - desk.now
