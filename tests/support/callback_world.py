"""Every order in which a provider's callbacks may reach us, and what must have come of it.

The expectations are written from the business rules and look at nothing but what was told and when.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import permutations

from adapters.memory.payments import MemoryCallbackInbox, MemoryPaymentAttempts
from domain.order.order import Order
from domain.order.pay import record_refund, refund_key, settle_attempt
from domain.order.status import CancelReason
from domain.payment.capture import CaptureMode
from domain.payment.facts import FactKind, PaymentFact
from tests.support.builders import NOON, PROVIDER, OrderBuilder, a_fact, an_order, cny
from workflows.money import FactBook, after, unsettled

PAID = cny(1_000)
KEY = "pay_ord_1_1"
LATER = NOON + timedelta(hours=1)
_AGREEING = (
    FactKind.FAILED,
    FactKind.AUTHORISED,
    FactKind.CAPTURED,
    FactKind.CANCELLED,
    FactKind.REFUNDED,
    FactKind.CHARGED_BACK,
)
_CONTRADICTING = (
    FactKind.AUTHORISED,
    FactKind.CAPTURED,
    FactKind.FAILED,
    FactKind.CANCELLED,
    FactKind.REFUNDED,
    FactKind.CHARGED_BACK,
)


class Timeline(StrEnum):
    """When the provider says that the failure was: before the buyer tried again, or after the capture."""

    AGREEING = "failed first"
    CONTRADICTING = "failed afterwards"


class Moment(StrEnum):
    """When the callbacks reach us."""

    BEFORE_THE_ORDER = "before the order exists"
    BEFORE_THE_WORKFLOW = "before its workflow hears them, one by one"
    AFTER_CANCEL = "after the buyer has cancelled"
    AFTER_EXPIRY = "after the time to pay is over"
    AFTER_REFUND = "after the money went back"


@dataclass(frozen=True, slots=True)
class Ending:
    """What is right: the order's status, what it shows of its money, and the sums in minor units.

    `sent` is what we sent back ourselves, after everything was heard.
    """

    status: str
    payment_status: str
    captured: int
    refunded: int
    sent: int


def arrivals() -> Iterator[tuple[FactKind, ...]]:
    """Every arrangement of up to six different events: 1,957 of them."""
    for length in range(len(FactKind) + 1):
        yield from permutations(FactKind, length)


def told(arrival: Sequence[FactKind], timeline: Timeline, moment: Moment) -> list[PaymentFact]:
    """The provider's statements in order of arrival, with the times of the timeline."""
    seconds = _AGREEING if timeline is Timeline.AGREEING else _CONTRADICTING
    ours = refund_key(KEY) if moment is Moment.AFTER_REFUND else None
    return [
        a_fact(
            KEY,
            kind,
            PAID,
            at=NOON + timedelta(seconds=seconds.index(kind)),
            refund=ours if kind is FactKind.REFUNDED else None,
        )
        for kind in arrival
    ]


def expected(arrival: Sequence[FactKind], timeline: Timeline, moment: Moment) -> Ending:
    """What is right for money that is taken with the payment."""
    match moment:
        case Moment.AFTER_REFUND:
            taken_again = FactKind.CHARGED_BACK in arrival
            return Ending("cancelled", "charged_back" if taken_again else "refunded", 1_000, 1_000, 0)
        case Moment.AFTER_CANCEL | Moment.AFTER_EXPIRY:
            return _expected_late(arrival, timeline)
        case Moment.BEFORE_THE_ORDER | Moment.BEFORE_THE_WORKFLOW:
            together = moment is Moment.BEFORE_THE_ORDER
            return _expected_in_time(arrival, timeline, together=together)


def _expected_in_time(arrival: Sequence[FactKind], timeline: Timeline, *, together: bool) -> Ending:
    heard = set(arrival)
    if FactKind.CAPTURED not in heard:
        if FactKind.CHARGED_BACK in heard:
            return Ending("created", "charged_back", 0, 0, 0)
        ended = heard & {FactKind.CANCELLED} or _failed_last(
            arrival if together else _until_failure(arrival), timeline
        )
        return Ending("created", "failed" if ended else "pending", 0, 0, 0)
    doubted = _doubts(heard, timeline)
    believed = not (doubted & (heard if together else _before_capture(arrival)))
    if not believed:
        return Ending("created", "charged_back" if FactKind.CHARGED_BACK in heard else "in_review", 0, 0, 0)
    back = FactKind.REFUNDED in heard
    shown = "refunded" if back else "in_review" if FactKind.FAILED in doubted else "captured"
    if FactKind.CHARGED_BACK in heard:
        shown = "charged_back"
    return Ending("cancelled" if back else "paid", shown, 1_000, 1_000 if back else 0, 0)


def _expected_late(arrival: Sequence[FactKind], timeline: Timeline) -> Ending:
    heard = set(arrival)
    doubted = _doubts(heard, timeline)
    charged_back = FactKind.CHARGED_BACK in heard
    if FactKind.CAPTURED not in heard:
        return Ending("cancelled", "charged_back" if charged_back else "failed", 0, 0, 0)
    if doubted & _before_capture(arrival):
        # Money of which nobody knows what it is: a person sends it back.
        return Ending("cancelled", "charged_back" if charged_back else "in_review", 0, 0, 0)
    if charged_back:
        back = 1_000 if FactKind.REFUNDED in heard else 0
        return Ending("cancelled", "charged_back", 1_000, back, 0)
    return Ending("cancelled", "refunded", 1_000, 1_000, 0 if FactKind.REFUNDED in heard else 1_000)


def _doubts(heard: set[FactKind], timeline: Timeline) -> set[FactKind]:
    doubtful = {FactKind.CHARGED_BACK}
    if timeline is Timeline.CONTRADICTING:
        doubtful.add(FactKind.FAILED)
    return heard & doubtful


def _before_capture(arrival: Sequence[FactKind]) -> set[FactKind]:
    return set(arrival[: arrival.index(FactKind.CAPTURED)])


def _until_failure(arrival: Sequence[FactKind]) -> Sequence[FactKind]:
    # What is heard of a failed attempt afterwards does not make it run again: the buyer opens another.
    return arrival[: arrival.index(FactKind.FAILED) + 1] if FactKind.FAILED in arrival else arrival


def _failed_last(heard: Sequence[FactKind], timeline: Timeline) -> bool:
    """True when the attempt failed and the buyer was not vouched for afterwards."""
    again = timeline is Timeline.AGREEING and FactKind.AUTHORISED in heard
    return FactKind.FAILED in heard and not again


def _starts(capture: CaptureMode) -> Mapping[Moment, Order]:
    def waiting() -> OrderBuilder:
        story = an_order()
        story.capture = capture
        return story.asked_to_pay()

    paid = an_order().paid().cancelled().refunded()
    return {
        Moment.BEFORE_THE_ORDER: waiting().order,
        Moment.BEFORE_THE_WORKFLOW: waiting().order,
        Moment.AFTER_CANCEL: waiting().cancelled().order,
        Moment.AFTER_EXPIRY: waiting().cancelled(CancelReason.PAYMENT_TIMEOUT).order,
        Moment.AFTER_REFUND: paid.order,
    }


STARTS = {mode: _starts(mode) for mode in CaptureMode}


class CallbackWorld:
    """An order, its facts and the inbox that they come through."""

    def __init__(self, moment: Moment, capture: CaptureMode) -> None:
        self.order = STARTS[capture][moment]
        self.facts = FactBook()
        self.sent = 0
        self._moment = moment
        self._attempts = MemoryPaymentAttempts()
        self._inbox = MemoryCallbackInbox(self._attempts)

    async def hear(self, facts: Sequence[PaymentFact]) -> None:
        """The callbacks come in, and the order is told of each as soon as there is one."""
        if self._moment is Moment.BEFORE_THE_ORDER:
            await self._hear_before_it_exists(facts)
        else:
            await self._attempts.remember(KEY, "ord_1", PROVIDER, PAID)
            if self._moment is Moment.AFTER_REFUND:
                self.facts.add([a_fact(KEY, FactKind.CAPTURED, PAID, at=NOON + timedelta(seconds=1))])
            for fact in facts:
                if await self._inbox.store(fact, b"{}", LATER):
                    self._tell(fact)
                    await self._inbox.delivered(PROVIDER, fact.event_id, LATER)
        assert not await self._inbox.waiting(before=LATER + timedelta(hours=1), limit=100)

    def pay_back(self) -> None:
        """What was promised back is sent, once; the provider's answer is the order's news."""
        for refund in self.order.due_refunds:
            self.sent += refund.amount.amount
            events = record_refund(self.order, refund.key, refund.payment_key, refund.amount, LATER)
            self.order = after(self.order, events)

    @property
    def ending(self) -> Ending:
        """What has come of it."""
        order = self.order
        sums = order.captured.amount, order.refunded.amount, self.sent
        return Ending(order.status.value, order.payment_status.value, *sums)

    async def _hear_before_it_exists(self, facts: Sequence[PaymentFact]) -> None:
        for fact in facts:
            await self._inbox.store(fact, b"{}", LATER)
        await self._attempts.remember(KEY, "ord_1", PROVIDER, PAID)
        waiting = await self._inbox.waiting(before=LATER + timedelta(hours=1), limit=100)
        assert {entry.order_id for entry in waiting} <= {"ord_1"}
        self._tell(*(entry.fact for entry in waiting))
        for entry in waiting:
            await self._inbox.delivered(PROVIDER, entry.fact.event_id, LATER)

    def _tell(self, *facts: PaymentFact) -> None:
        self.facts.add(facts)
        while (key := unsettled(self.order, self.facts, LATER)) is not None:
            events = settle_attempt(self.order, key, self.facts.outcome(self.order, key), LATER)
            self.order = after(self.order, events)
