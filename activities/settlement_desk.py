"""Settles orders from the feed and draws statements. When that is done is the schedules' matter."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from domain.errors import DomainError
from domain.events import StoredEvent, is_order_stream
from domain.order.encoding import decode
from domain.order.events import (
    OrderCompleted,
    OrderEvent,
    PaymentPutInReview,
    PaymentRefunded,
    PaymentReviewSettled,
)
from domain.ports.events import EventFeed, EventStore
from domain.ports.notices import Alert, AlertLevel, Notices
from domain.ports.prices import PriceSnapshots
from domain.ports.settlement import FeedStretch, OrderSettlement, SettlementBook, Statements
from domain.pricing.breakdown import PriceBreakdown
from domain.reconciliation.ledger import booked
from domain.settlement.case import HoldReason, SettlementCase, case_of
from domain.settlement.cycles import period_of
from domain.settlement.movements import movements
from domain.settlement.parties import Party, PartyKind
from domain.settlement.terms import Cycle, terms_for

PAGE: Final = 500
"""Events in one transaction."""
SHORT: Final = timedelta(seconds=3)
"""How long one call reads on; what is left comes with the next."""
# Platform and channel have no agreement: they are stated by the month.
_OF_OTHERS: Final = Cycle.MONTHLY
# What pure functions raise of a stream or a price that contradicts itself. It must stop no other order.
_UNREADABLE: Final = (DomainError, LookupError, TypeError, ValueError)
# Whatever else happens to an order changes nothing of its settlement.
_TELLING: Final = (OrderCompleted, PaymentRefunded, PaymentPutInReview, PaymentReviewSettled)


@dataclass(frozen=True, slots=True)
class SettlementDesk:
    """Keeps the settlement book up to the feed. Any number may work at once; one of them writes.

    One desk for each process: a feed has one reader at a time.
    """

    feed: EventFeed
    events: EventStore
    snapshots: PriceSnapshots
    book: SettlementBook
    statements: Statements
    notices: Notices
    lock: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False, compare=False)

    async def catch_up(self, patience: timedelta = SHORT) -> int:
        """Read on to the end of the feed, or until `patience` is over; how many movements were new."""
        loop, new = asyncio.get_running_loop(), 0
        until = loop.time() + patience.total_seconds()
        async with self.lock:
            while loop.time() < until:
                since = await self.book.position()
                page = await self.feed.after(since, PAGE)
                if page.frontier == since:
                    break
                stretch = await self._stretch(since, page.events, page.frontier)
                new += await self.book.record(stretch) or 0
        return new

    async def draw(self, now: datetime) -> Sequence[str]:
        """Draw every statement that is due; the ids of the new ones."""
        drawn: list[str] = []
        # Nothing of today is ever due.
        for account in await self.statements.accounts(period_of(Cycle.NEXT_DAY, now).start):
            drawn += await self.statements.draw(account, await self._cycle(account.party), now)
        return tuple(drawn)

    async def _cycle(self, party: Party) -> Cycle:
        if party.kind is not PartyKind.MERCHANT:
            return _OF_OTHERS
        return terms_for(party.merchant_id, await self.book.terms([party.merchant_id])).cycle

    async def _stretch(self, since: int, events: Sequence[StoredEvent], until: int) -> FeedStretch:
        telling: dict[str, None] = {}
        lines = []
        for stored, event in _readable(events):
            line = booked(stored.stream_id, event)
            lines.extend([line] if line else [])
            if isinstance(event, _TELLING):
                telling[stored.stream_id] = None
        orders = [await self._settle(order_id) for order_id in telling]
        return FeedStretch(since, until, tuple(order for order in orders if order), tuple(lines))

    async def _settle(self, order_id: str) -> OrderSettlement | None:
        """The order's settlement by all its events, or None while there is nothing to settle."""
        try:
            case = case_of([decode(stored) for stored in await self.events.read(order_id)])
        except _UNREADABLE as error:
            await self._report(order_id, HoldReason.UNREADABLE, error)
            return None
        if case.completed_at is None:
            return None
        return await self._settlement(case)

    async def _settlement(self, case: SettlementCase) -> OrderSettlement:
        order = case.order
        known = (await self.book.settled([order.id])).get(order.id)
        settled = known is not None and bool(known.movements)
        terms = await self.book.terms(order.merchants)
        # What was agreed when it was settled holds for its refunds as well.
        agreed = (
            known.agreed
            if known is not None and settled
            else {name: terms_for(name, terms) for name in order.merchants}
        )
        if case.hold is not None and not settled:
            return OrderSettlement(order.id, order.number, case.hold, agreed)
        breakdown = await self._breakdown(case)
        if breakdown is None:
            await self._report(order.id, HoldReason.PRICE_UNKNOWN)
            return OrderSettlement(order.id, order.number, HoldReason.PRICE_UNKNOWN, agreed)
        try:
            made = movements(case, breakdown, agreed)
        except _UNREADABLE as error:
            await self._report(order.id, HoldReason.UNREADABLE, error)
            return OrderSettlement(order.id, order.number, HoldReason.UNREADABLE, agreed)
        return OrderSettlement(order.id, order.number, case.hold, agreed, made)

    async def _breakdown(self, case: SettlementCase) -> PriceBreakdown | None:
        """The price that was charged, or None when its snapshot is not there or says something else."""
        snapshot = await self.snapshots.get(case.order.snapshot_id)
        if snapshot is None or snapshot.total != case.order.total:
            return None
        fits = [line.line for line in snapshot.lines] == [line.line for line in case.order.lines]
        return snapshot.breakdown if fits else None

    async def _report(self, order_id: str, reason: HoldReason, error: Exception | None = None) -> None:
        facts = (("error", f"{type(error).__name__}: {error}"),) if error else ()
        alert = Alert(
            f"settlement:{order_id}:{reason}", AlertLevel.HIGH, f"settlement_{reason}", order_id, facts
        )
        await self.notices.raise_alert(alert)


def _readable(events: Sequence[StoredEvent]) -> Iterator[tuple[StoredEvent, OrderEvent]]:
    """Events of orders that this release can read; projections stop at the others and tell somebody."""
    for stored in events:
        if not is_order_stream(stored.stream_id):
            continue
        try:
            yield stored, decode(stored)
        except _UNREADABLE:
            continue
