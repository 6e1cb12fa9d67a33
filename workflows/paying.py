"""Money of one order: judging what came, taking what was promised, giving back what is not wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

from temporalio.exceptions import ActivityError

from activities.payment_contracts import CapturePayment, PaymentKey
from domain.actors import provider_actor
from domain.order.events import OrderEvent, PaymentPutInReview
from domain.order.order import Order
from domain.order.pay import capture_refused, settle_attempt
from domain.order.status import CancelReason, OrderStatus, PaymentStatus
from domain.payment.facts import PaymentFact
from domain.payment.outcome import AttemptOutcome, AttemptState
from workflows import money, policies
from workflows.compensation import Step
from workflows.desk import Desk
from workflows.money import FactBook
from workflows.planning import Planning
from workflows.refunding import Refunding

_CLOSED = frozenset({AttemptState.FAILED, AttemptState.CANCELLED})


class Paying:
    """The till of one order. Facts only pile up; what they mean is decided when somebody looks."""

    def __init__(self, desk: Desk, planning: Planning | None = None) -> None:
        """`planning` plans what is paid: the order's own process needs one, who joins it later has none."""
        self._desk = desk
        self._planning = planning
        self._refunding = Refunding(desk, joins=planning is None)
        self._begun: set[str] = set()
        self._unanswered: set[str] = set()
        self._giving_back: frozenset[str] = frozenset()
        self.facts = FactBook()

    @property
    def news(self) -> bool:
        """True when something has happened to the money that the order or the provider does not know."""
        order = self._desk.stream.order
        if order is None:
            return False
        unknown = money.unsettled(order, self.facts, self._desk.now) is not None
        return unknown or self._refunding.lag or bool(self._due(order))

    def learn(self, *facts: PaymentFact) -> None:
        """Take facts in."""
        self.facts.add(facts)

    def promise_to_give_back(self, key: str) -> None:
        """From now on the end of the order sends back whatever this attempt brings. Before it is opened."""
        self._desk.undo.push(_undo_name(key), lambda: self._give_back(key))

    async def settle(self) -> None:
        """Let the order know what its facts mean, one attempt after the other. Call it with the lock held."""
        desk = self._desk
        while (key := money.unsettled(desk.order, self.facts, desk.now)) is not None:
            outcome = self.facts.outcome(desk.order, key)
            if desk.order.status is OrderStatus.CREATED and money.pays(desk.order, outcome):
                await self._sell(key, outcome)
            else:
                await self.note(key, outcome)
        self.send_back()
        self._see_to_promises()

    def send_back(self) -> None:
        """Send back, beside the story, what nobody else does: an ended order has its undo stack."""
        self._refunding.send(self._spared)

    async def end(self, reason: CancelReason, by: str) -> None:
        """Close the open attempt, end the order, promise back what has come. Call it with the lock held.

        Raises `InvalidStateTransitionError` when goods have left.
        """
        desk = self._desk
        if desk.order.payment_status is PaymentStatus.PENDING and self.may_be_paid(desk.order.attempts[-1]):
            try:
                await self.close(desk.order.attempts[-1], policies.BUYER_PATIENCE)
            except ActivityError:
                # Unknown. The order ends all the same; the undo stack asks on and sends back what came.
                desk.board.note("provider_silent", desk.now)
        at = desk.now
        await desk.stream.record(
            "cancel", lambda order: money.ended(_known(order), self.facts, reason, by, at), actor=by
        )

    async def close(self, key: str, patience: timedelta | None = None) -> None:
        """Close an attempt at the provider and learn what became of it. Raises `ActivityError`: unknown."""
        answer = await self._desk.payments.close(self._named(key), patience or policies.MONEY_PATIENCE)
        self.learn(*answer.facts)

    async def ask(self, key: str, patience: timedelta) -> None:
        """Learn what became of an attempt and leave it open. Raises `ActivityError`: unknown."""
        answer = await self._desk.payments.query(self._named(key), patience)
        self.learn(*answer.facts)

    async def ask_about_all(self) -> None:
        """Learn what became of every attempt while nobody listened; a silent provider is asked later."""
        desk = self._desk
        asked = (self.ask(key, policies.BUYER_PATIENCE) for key in desk.order.attempts)
        for answer in await asyncio.gather(*asked, return_exceptions=True):
            if isinstance(answer, ActivityError):
                desk.board.note("provider_silent", desk.now)
            elif answer is not None:
                raise answer

    def finish(self) -> None:
        """See to what a refund brings besides money, where a run may have ended right after the money."""
        self._refunding.finish()

    async def ask_again(self) -> None:
        """Hear whether money that is only vouched for still is: its end may have been told to nobody.

        A silent provider is asked another time. Needs no lock.
        """
        desk = self._desk
        held = desk.order.authorisation
        if held is not None:
            try:
                await self.ask(held.payment_key, policies.BUYER_PATIENCE)
            except ActivityError:
                desk.board.note("provider_silent", desk.now)

    async def make_sure(self) -> None:
        """Before goods leave: hear whether their money is still there, and let the order know. No lock."""
        if self._desk.order.authorisation is not None:
            await self.ask_again()
            async with self._desk.lock:
                await self.settle()

    @property
    def needs_judgement(self) -> bool:
        """True when money has come, or seems to have."""
        order = self._desk.order
        outcomes = self.facts.outcomes(order).values()
        return any(
            outcome.state is AttemptState.IN_REVIEW or money.pays(order, outcome) for outcome in outcomes
        )

    def may_be_paid(self, key: str) -> bool:
        """True unless the provider has said that this attempt brings nothing more."""
        known = self.facts.outcome(self._desk.order, key)
        return known.state not in _CLOSED and known.captured.is_zero

    async def note(self, key: str, outcome: AttemptOutcome) -> None:
        """Write down what became of an attempt. Call it with the lock held."""
        desk, at = self._desk, self._desk.now
        stored = await desk.stream.record(
            f"{outcome.state.value}:{key}",
            lambda order: settle_attempt(_known(order), key, outcome, at),
            provider_actor(desk.order.provider),
        )
        self._tell(stored)

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
            return
        assert self._planning is not None  # who has none has no order that waits for money
        planning, goods = self._planning, await self._planning.prepare()

        def paid(order: Order | None) -> tuple[OrderEvent, ...]:
            events = settle_attempt(_known(order), key, outcome, at)
            return (*events, *planning.planned(money.after(_known(order), events), goods, at))

        await desk.stream.record(f"paid:{key}", paid, provider_actor(desk.order.provider))

    def _tell(self, events: tuple[OrderEvent, ...]) -> None:
        for event in events:
            if isinstance(event, PaymentPutInReview):
                self._desk.board.needs_review()
                self._desk.alert(event.reason, about=event.payment_key)

    # What was promised to us, and what we do not want.

    def _due(self, order: Order) -> tuple[tuple[str, Callable[[], Awaitable[None]]], ...]:
        """What must be asked of the provider and nobody has begun to ask, by name."""
        unwanted = (key for key in money.unwanted(order, self.facts) if key not in self._spared)
        due = [(f"let go {key}", partial(self.close, key)) for key in unwanted]
        held = order.authorisation
        if held is not None and held.asked is not None:
            due.append((_take_name(held.payment_key), partial(self._take, held.payment_key)))
        return tuple((name, act) for name, act in due if name not in self._begun)

    @property
    def _spared(self) -> frozenset[str]:
        """Attempts that the undo stack sees to."""
        order = self._desk.order
        undone = self._desk.undo.names if order.status is OrderStatus.CANCELLED else ()
        return self._giving_back.union(key for key in order.attempts if _undo_name(key) in undone)

    def _see_to_promises(self) -> None:
        for name, act in self._due(self._desk.order):
            self._begun.add(name)
            self._desk.spawn(self._insist(name, act))

    async def _insist(self, name: str, act: Callable[[], Awaitable[None]]) -> None:
        await self._desk.undo.insist(Step(name, act))
        if name in self._unanswered:
            # Given up. An order never rests while its money is only promised, so the asking begins anew.
            self._begun.discard(name)

    async def _take(self, key: str) -> None:
        desk, held = self._desk, self._desk.order.authorisation
        if held is None or held.payment_key != key or held.asked is None:
            return
        asked = CapturePayment(key, held.asked, provider=desk.order.provider)
        self._unanswered.add(_take_name(key))
        answer = await desk.payments.capture(asked, policies.MONEY_PATIENCE)
        self._unanswered.discard(_take_name(key))
        self.learn(*answer.facts)
        async with desk.lock:
            await self.settle()
            if answer.refused:
                at = desk.now
                stored = await desk.stream.record(
                    f"not_taken:{key}",
                    lambda order: capture_refused(_known(order), at),
                    provider_actor(desk.order.provider),
                )
                self._tell(stored)

    async def _give_back(self, key: str) -> None:
        """The inverse of asking for money: see to it that none of this attempt stays. May be repeated."""
        self._begun.add(f"let go {key}")
        self._giving_back |= {key}
        try:
            if self.may_be_paid(key):
                await self.close(key)
            async with self._desk.lock:
                await self.settle()
            await self._refunding.send_all_of(key)
        finally:
            self._giving_back -= {key}

    def _named(self, key: str) -> PaymentKey:
        return PaymentKey(key, self._desk.order.provider)


def _known(order: Order | None) -> Order:
    assert order is not None  # money is a matter of orders that were created
    return order


def _take_name(key: str) -> str:
    return f"take {key}"


def _undo_name(key: str) -> str:
    return f"payment {key}"
