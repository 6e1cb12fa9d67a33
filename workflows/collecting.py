"""Asking the buyer for money, and waiting for it: attempts, silent providers, deadlines."""

from __future__ import annotations

from datetime import datetime, timedelta

from temporalio.exceptions import ActivityError

from activities.contracts import OrderPolicies
from activities.payment_contracts import RequestPayment
from domain.actors import BUYER
from domain.order.events import OrderEvent
from domain.order.order import Order
from domain.order.pay import free_of_charge, request_payment
from domain.order.status import CancelReason, OrderStatus, PaymentStatus
from domain.payment.capture import CaptureMode
from domain.payment.outcome import AttemptOutcome, AttemptState
from workflows import policies
from workflows.compensation import Step
from workflows.desk import Desk
from workflows.paying import Paying


class Collecting:
    """Everything between an agreed price and the money. What money means is the till's matter."""

    def __init__(self, desk: Desk, paying: Paying, rules: OrderPolicies, provider: str) -> None:
        """`provider` is whom new attempts are opened with."""
        self._desk = desk
        self._paying = paying
        self._rules = rules
        self._provider = provider
        self._poll_at: datetime | None = None
        self._poll_pause = rules.payment_poll
        self.pay_urls: dict[str, str] = {}

    async def open_attempt(self) -> None:
        """Ask the provider for the attempt that the order has just requested. Call it with the lock held.

        Returns after a bounded time; a slow provider is asked on beside the story, by the same key.
        """
        desk, key = self._desk, self._desk.order.attempts[-1]
        if desk.order.total.is_zero:
            self._paying.learn(free_of_charge(key, desk.order.currency, desk.now))
            return
        self._poll_pause = self._rules.payment_poll
        self._poll_at = desk.now + self._poll_pause
        self._paying.promise_to_give_back(key)
        if not await self._open(key, policies.BUYER_PATIENCE):
            desk.spawn(self._open_later(key))

    async def take_up(self) -> None:
        """Go on with the newest attempt, by the same key: nobody knows whether it was opened, nor where it is
        paid. Call it as `open_attempt`.
        """
        desk, order = self._desk, self._desk.order
        assert order.payment_deadline is not None
        if order.payment_status is not PaymentStatus.PENDING:
            return
        in_time = desk.now < order.payment_deadline and self._paying.may_be_paid(order.attempts[-1])
        if in_time or order.total.is_zero:
            await self.open_attempt()

    async def pay_again(self) -> None:
        """Another attempt after a failed one. Raises `PaymentNotPendingError`; call it with the lock held."""
        desk, at = self._desk, self._desk.now

        def again(order: Order | None) -> tuple[OrderEvent, ...]:
            assert order is not None  # it has an attempt that failed
            return (request_payment(order, self._provider, at, order.capture),)

        await desk.stream.record("pay_again", again, BUYER)
        await self.open_attempt()

    def waits_for(self) -> tuple[datetime, str, datetime]:
        """Until when a created order waits, for what, and when the provider is asked before that."""
        order, now = self._desk.order, self._desk.now
        assert order.payment_deadline is not None
        if order.in_review is not None:
            until = (order.updated_at or now) + self._rules.review_window
            return until, "a person to look at the payment", until
        polls = order.payment_status is PaymentStatus.PENDING and self._poll_at is not None
        look = self._poll_at if polls and self._poll_at else order.payment_deadline
        return order.payment_deadline, "the buyer's payment", min(look, order.payment_deadline)

    async def time_passes(self) -> None:
        """Nobody has said anything: ask, and after the deadline sell, wait for a person, or end the order."""
        until, _, _ = self.waits_for()
        if self._desk.now < until:
            await self._poll()
        else:
            await self._time_is_up()

    async def _poll(self) -> None:
        """A callback may have been lost for ever. Asked less and less often."""
        desk, key = self._desk, self._desk.order.attempts[-1]
        try:
            await self._paying.ask(key, policies.BUYER_PATIENCE)
        except ActivityError:
            desk.board.note("provider_silent", desk.now)
        self._poll_pause *= 2
        self._poll_at = desk.now + self._poll_pause

    async def _time_is_up(self) -> None:
        desk, paying = self._desk, self._paying
        if desk.order.payment_status is PaymentStatus.PENDING:
            await self._last_question(desk.order.attempts[-1])
        async with desk.lock:
            if desk.order.status is not OrderStatus.CREATED:
                return
            if desk.order.in_review is not None:
                await paying.end(CancelReason.PAYMENT_FAILED, "system")
            elif paying.needs_judgement:
                await paying.settle()
            else:
                await paying.end(CancelReason.PAYMENT_TIMEOUT, "system")

    async def _last_question(self, key: str) -> None:
        """Close the attempt; a silent provider is asked on within bounds: unknown is not unpaid."""
        desk, step = self._desk, f"ask {key}"
        for failures in range(1, policies.QUESTION_ROUNDS + 1):
            try:
                await self._look_and_close(key)
            except ActivityError:
                desk.report_failure(step, "unknown")
            else:
                desk.board.works_again(step)
                return
            pause = policies.pause_after(failures, policies.MONEY_FIRST_PAUSE, policies.MONEY_LONGEST_PAUSE)
            if await desk.until(
                lambda: self._paying.needs_judgement or not self._is_open(key),
                desk.now + pause,
                "the provider",
            ):
                return

    async def _look_and_close(self, key: str) -> None:
        # Closing lets go what a buyer has authorised in time, so that is looked for first.
        if self._desk.order.capture is CaptureMode.MANUAL:
            await self._paying.ask(key, policies.MONEY_PATIENCE)
            if self._paying.needs_judgement:
                return
        await self._paying.close(key)

    async def _open(self, key: str, patience: timedelta) -> bool:
        """False when the provider did not answer in time."""
        desk, order = self._desk, self._desk.order
        assert order.payment_deadline is not None
        asked = RequestPayment(
            key,
            order.id,
            order.number,
            order.total,
            order.payment_deadline,
            provider=order.provider,
            capture=order.capture,
        )
        try:
            answer = await desk.payments.request(asked, patience)
        except ActivityError:
            return False
        if answer.refused:
            outcome = AttemptOutcome(AttemptState.FAILED, order.total * 0, order.total * 0)
            await self._paying.note(key, outcome)
        else:
            self.pay_urls[key] = answer.pay_url
        return True

    async def _open_later(self, key: str) -> None:
        desk, opened = self._desk, False
        while not opened and self._is_open(key) and (left := _left(desk)) > timedelta():
            opened = await self._open(key, min(left, policies.LATER_PATIENCE))
        if opened and not self._is_open(key):
            # The order went on without it: nobody may pay what nobody waits for.
            await desk.undo.insist(Step(f"close {key}", lambda: self._paying.close(key)))

    def _is_open(self, key: str) -> bool:
        order = self._desk.order
        waiting = order.status is OrderStatus.CREATED and order.payment_status is PaymentStatus.PENDING
        return waiting and order.attempts[-1] == key


def _left(desk: Desk) -> timedelta:
    deadline = desk.order.payment_deadline
    return timedelta() if deadline is None else deadline - desk.now
