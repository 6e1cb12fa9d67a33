"""Runs a consumer of events: repeats, retries, parking, the topic for what nobody can take, and its pace.

What an event does is the business of the books that it is given; here nothing is written.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from domain.cloud_event import UnreadableMessageError
from domain.ports.brokers import Broker, Delivery, Message, SubscribeOptions, Subscription
from domain.ports.consumption import Consumption, EffectFailedError, HeardEvent, Taken
from domain.ports.notices import Alert, AlertLevel, Notices
from ops.messaging.forwarding import forward
from ops.messaging.throttle import Throttle

_log = logging.getLogger(__name__)
FORWARD_EVERY: Final = timedelta(seconds=1)
Hearing = Callable[[Message], HeardEvent]


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Tries of a batch in place, with pauses that double from `first`. Then what fails is parked."""

    tries: int = 3
    first: timedelta = timedelta(milliseconds=100)

    def pauses(self) -> Sequence[float]:
        """Seconds before each further try."""
        return [self.first.total_seconds() * 2**number for number in range(self.tries - 1)]


@dataclass(frozen=True, slots=True)
class ConsumerPorts:
    """What a consumer needs of the world. `outages` are what its books raise while a server is away."""

    broker: Broker
    books: Consumption
    notices: Notices
    outages: tuple[type[Exception], ...] = (OSError, TimeoutError)


class EventConsumer:
    """One member of the group `name` on a topic of events."""

    def __init__(
        self,
        name: str,
        topic: str,
        hear: Hearing,
        ports: ConsumerPorts,
        *,
        throttle: Throttle | None = None,
        retries: RetryPolicy | None = None,
        options: SubscribeOptions | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.name = name
        self.topic = topic
        self._hear = hear
        self._ports = ports
        self._throttle = throttle or Throttle()
        self._retries = retries or RetryPolicy()
        self._options = options or SubscribeOptions(batch=500, in_flight=2_000)
        self._sleep = sleep
        self.applied = 0
        self.repeated = 0

    async def run(self) -> None:
        """Consume until cancelled. Raises what ended the subscription, which only a defect does.

        Raises `BrokerUnavailableError` as well when the broker is away at the beginning.
        """
        await self._ports.broker.ensure_topics([self.topic])
        subscription = await self._ports.broker.subscribe(self.topic, self.name, self.handle, self._options)
        try:
            await until_failure(subscription, self._forward)
        finally:
            await subscription.unsubscribe()

    async def handle(self, deliveries: Sequence[Delivery]) -> None:
        """Take a batch. Raises only while a server is away: then the broker brings all of it again."""
        await self._throttle.turn(len(deliveries))
        events = []
        for delivery in deliveries:
            try:
                events.append(self._hear(delivery.message))
            except UnreadableMessageError as error:
                await self._set_aside(delivery, str(error))
        taken = await self._take(events) if events else Taken()
        self.applied += taken.applied
        self.repeated += taken.repeated
        await self._report(taken)

    async def _take(self, events: Sequence[HeardEvent]) -> Taken:
        books = self._ports.books
        for pause in self._retries.pauses():
            try:
                return await books.take(events, park=False)
            except EffectFailedError as error:
                _log.warning("%s: %s; trying again in %.2f s", self.name, error, pause)
                await self._sleep(pause)
        return await books.take(events, park=True)

    async def _set_aside(self, delivery: Delivery, error: str) -> None:
        _log.error("%s: message at %s set aside: %s", self.name, delivery.place, error)
        await self._ports.books.set_aside(delivery.message, error)
        await self._alert("message_unreadable", "", delivery.place, error)

    async def _report(self, taken: Taken) -> None:
        reported: set[str] = set()
        for event in taken.parked:
            if event.stream_id not in reported:
                reported.add(event.stream_id)
                error = taken.errors[event.message.id]
                _log.error(
                    "%s: %s parked from version %d: %s", self.name, event.stream_id, event.version, error
                )
                await self._alert("consumer_parked", event.stream_id, str(event.version), error)

    async def _alert(self, code: str, stream_id: str, place: str, error: str) -> None:
        facts = (("consumer", self.name), ("place", place), ("error", error))
        key = f"{code}:{self.name}:{stream_id}:{place}"
        await self._ports.notices.raise_alert(Alert(key, AlertLevel.HIGH, code, stream_id, facts))

    async def _forward(self) -> None:
        try:
            await forward(self._ports.broker, self._ports.books)
        except self._ports.outages as error:
            _log.warning("%s: nothing forwarded: %r", self.name, error)


async def until_failure(subscription: Subscription, meanwhile: Callable[[], Awaitable[None]]) -> None:
    """Do something every second, until the subscription has ended by itself; raises why."""
    ending = asyncio.ensure_future(subscription.failure())
    try:
        while True:
            done, _ = await asyncio.wait({ending}, timeout=FORWARD_EVERY.total_seconds())
            if done:
                raise ending.result()
            await meanwhile()
    finally:
        ending.cancel()
