"""One member of a group in memory: takes what is its own, calls the handler, tells how it went."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from adapters.brokers.finishing import finish

if TYPE_CHECKING:
    from adapters.brokers.memory.broker import MemoryBroker
    from adapters.brokers.memory.group import Group, Taken
    from domain.ports.brokers import Handler, SubscribeOptions

_LOG = logging.getLogger(__name__)


class Member:
    """`domain.ports.brokers.Subscription`. Belongs to the event loop that it was started on."""

    def __init__(
        self, broker: MemoryBroker, group: Group, handler: Handler, options: SubscribeOptions
    ) -> None:
        self.group = group
        self.options = options
        self._broker = broker
        self._handler = handler
        self._idle = asyncio.Event()
        self._idle.set()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to work, on the running event loop."""
        self._task = asyncio.get_running_loop().create_task(self._work())

    async def unsubscribe(self) -> None:
        """Stop after the deliveries in hand, or give them back when that takes too long."""
        self._stopping = True
        if self._task is not None:
            await finish(self._task, self._idle)
        self._broker.leave(self)

    async def failure(self) -> Exception:
        """Never returns: nothing can end a subscription in memory but its owner."""
        never: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
        return await never

    async def _work(self) -> None:
        while not self._stopping:
            seen = self._broker.rung
            if (taken := self._broker.take(self)) is None:
                await self._broker.changed(self, seen)
                continue
            self._idle.clear()
            try:
                await self._handle(taken)
            finally:
                self._idle.set()

    async def _handle(self, taken: Taken) -> None:
        handled = False
        try:
            await self._handler(taken.deliveries)
            handled = True
        except Exception:  # noqa: BLE001 - whatever it was, the broker keeps the deliveries
            _LOG.exception("%s was not handled; it comes again", taken.deliveries[0].place)
        finally:
            self._broker.settle(self, taken, handled=handled)
