"""An order's events as they happen, as server-sent events. Resumable, bounded, and never without an end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from pydantic_core import to_json
from sse_starlette import ServerSentEvent

from api.lists import event_view
from api.opening import Opening
from api.order.reading import OrderReader
from domain.errors import DomainError
from domain.events import StoredEvent
from domain.order.order import Order
from domain.order.status import OrderStatus
from domain.ports.events import EventStore

_PAGE = 100
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0
_COME_BACK_MILLISECONDS = 2_000
_OVER = frozenset({OrderStatus.CANCELLED, OrderStatus.COMPLETED})


class TooManyStreamsError(DomainError):
    """This process watches as many orders as it can."""

    code = "too_many_streams"


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """How many streams one process serves, how long one lasts, and how often a silent one shows life."""

    streams: int = 200
    seconds: float = 600
    heartbeat_seconds: float = 15


class OrderStreams:
    """Follows one order's events from a version on, until the order rests or the stream's time is over."""

    def __init__(
        self, events: EventStore, orders: OrderReader, opening: Opening, limits: StreamLimits
    ) -> None:
        self._events = events
        self._orders = orders
        self._opening = opening
        self.limits = limits
        self.running = 0

    async def is_over(self, order_id: str, after: int) -> bool:
        """True when nothing later than version `after` is there or will come of itself."""
        order = await self._orders.current(order_id)
        return order is not None and _rests(order) and after >= order.version

    def follow(self, order_id: str, after: int) -> AsyncIterator[ServerSentEvent]:
        """Events later than version `after`. Raises `TooManyStreamsError` at once."""
        if self.running >= self.limits.streams:
            raise TooManyStreamsError
        return self._follow(order_id, after)

    async def _follow(self, order_id: str, after: int) -> AsyncIterator[ServerSentEvent]:
        self.running += 1
        try:
            now = asyncio.get_running_loop().time
            deadline, pause = now() + self.limits.seconds, _FIRST_PAUSE
            while True:
                batch = await self._later_than(order_id, after)
                for event in batch:
                    after = event.version
                    yield await self._sent(event)
                if batch:
                    pause = _FIRST_PAUSE
                    continue
                if await self.is_over(order_id, after) or now() >= deadline:
                    return
                await asyncio.sleep(min(pause, max(deadline - now(), 0)))
                pause = min(pause * 2, _LONGEST_PAUSE)
        finally:
            self.running -= 1

    async def _later_than(self, order_id: str, after: int) -> tuple[StoredEvent, ...]:
        if await self._events.head(order_id) <= after:
            return ()
        return tuple(await self._events.read(order_id, after=after, limit=_PAGE))

    async def _sent(self, event: StoredEvent) -> ServerSentEvent:
        return ServerSentEvent(
            data=to_json(await self._opening.document(event_view(event))).decode(),
            event=event.event_type,
            id=str(event.version),
            retry=_COME_BACK_MILLISECONDS,
        )


def _rests(order: Order) -> bool:
    """True when nobody has anything left to do: it has ended, and no money or goods are on their way back."""
    waiting = any(not refund.done for refund in order.refunds) or any(case.is_open for case in order.returns)
    return order.status in _OVER and not waiting and order.in_review is None
