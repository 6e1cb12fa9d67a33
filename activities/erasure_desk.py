"""Erases buyers' personal data: decides, destroys the key, writes down that it happened, empties caches."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime

from activities.histories import Histories
from domain.buyer.encoding import encode
from domain.buyer.erase import ENDED, erase_buyer
from domain.buyer.events import BuyerErased, buyer_stream
from domain.events import EventMetadata
from domain.order.order import Order
from domain.ports.events import CommandKeyReusedError, VersionConflictError
from domain.ports.intake import IntakeEntry, OrderIntake
from domain.ports.personal_data import PersonalData
from domain.ports.projections import LARGEST_PAGE, OrderCache, OrderFilter, OrderSummary, OrderViews

_COMMAND = "erase"
_FIRST_ERROR = 400


@dataclass(frozen=True, slots=True)
class ErasedBuyer:
    """What an erasure concerned. `unsent_orders` have goods that nobody can send any more.

    `again` when all of it was done before.
    """

    buyer_id: str
    orders: int
    unsent_orders: tuple[str, ...] = ()
    again: bool = False


@dataclass(frozen=True, slots=True)
class ErasureDesk:
    """One use case for every edge. It may be repeated, and goes on where an earlier try has stopped."""

    personal: PersonalData
    histories: Histories[Order]
    intake: OrderIntake
    views: OrderViews
    cache: OrderCache

    async def erase(
        self, buyer_id: str, *, by: str, at: datetime, even_with_open_orders: bool = False
    ) -> ErasedBuyer:
        """Erase the buyer's personal data, for good. Raises `GoodsToBeSentError`.

        Of an order that is accepted while this is decided the parcels are refused, like those of every erased
        buyer.
        """
        done_before = await self.personal.is_erased(buyer_id)
        known = await self._orders_of(buyer_id)
        event = erase_buyer(
            buyer_id,
            known.open,
            by=by,
            at=at,
            awaited=known.awaited,
            even_with_open_orders=even_with_open_orders or done_before,
        )
        # The key first: what is written down has happened, and a try that stops in between is taken up again.
        await self.personal.erase(buyer_id, by, at)
        written = await self._write(event)
        for order_id in known.ids:
            await self.cache.drop(order_id)
        return ErasedBuyer(buyer_id, len(known.ids), event.unsent_orders, again=done_before and not written)

    async def _orders_of(self, buyer_id: str) -> _Known:
        """All orders: lists have also those that came by no intake, the intake those that no list shows."""
        known = _Known()
        async for summary in self._listed(buyer_id):
            known.ids.add(summary.id)
            if summary.status not in ENDED:
                await self._look_at(summary.id, known)
        for entry in await self.intake.of_buyer(buyer_id):
            if entry.order_id not in known.ids:
                known.ids.add(entry.order_id)
                if not await self._look_at(entry.order_id, known) and _needs_an_address(entry):
                    known.awaited.append(entry.order_id)
        return known

    async def _look_at(self, order_id: str, known: _Known) -> bool:
        """As its stream has it; False when it has no events."""
        told = await self.histories.current(order_id)
        if told is not None and told.state.status not in ENDED:
            known.open.append(told.state)
        return told is not None

    async def _listed(self, buyer_id: str) -> AsyncIterator[OrderSummary]:
        cursor = None
        while True:
            page = await self.views.list(OrderFilter(buyer_id=buyer_id), cursor, LARGEST_PAGE)
            for order in page.orders:
                yield order
            if page.next is None:
                return
            cursor = page.next

    async def _write(self, event: BuyerErased) -> bool:
        stream, events = buyer_stream(event.buyer_id), self.histories.events
        if await events.head(stream):
            return False
        try:
            await events.append(stream, 0, _COMMAND, [encode(event)], EventMetadata(actor=event.by))
        except (VersionConflictError, CommandKeyReusedError):
            return False  # somebody else has just done so
        return True


@dataclass
class _Known:
    """A buyer's orders: all, those that are open, and those that were accepted and have not begun."""

    ids: set[str] = field(default_factory=set)
    open: list[Order] = field(default_factory=list)
    awaited: list[str] = field(default_factory=list)


def _needs_an_address(entry: IntakeEntry) -> bool:
    refused = entry.answer is not None and entry.answer.status >= _FIRST_ERROR
    return entry.command.address is not None and not refused
