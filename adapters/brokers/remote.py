"""What brokers in other processes have in common: batches by one sender, parking, subscriptions to end."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Protocol
from weakref import WeakSet

from adapters.brokers.acceptance import acceptable, poisoned
from adapters.brokers.running import RunningSubscription, Session
from domain.ports.brokers import BrokerUnavailableError, Message


class SendsInOrder(Protocol):
    """One connection at a time, a new one after any failure."""

    async def send(self, messages: Sequence[Message], seconds: float) -> tuple[int, BaseException | None]:
        """How many, from the first, are known to have arrived, and what went wrong with the next one."""
        ...

    async def close(self) -> None:
        """Let go of the connection."""
        ...


class RemoteBroker(ABC):
    """The part of `domain.ports.brokers.Broker` that a sender makes; `name` is told with what went wrong."""

    def __init__(self, name: str, sender: SendsInOrder) -> None:
        self._name = name
        self._sender = sender
        self._subscriptions: WeakSet[RunningSubscription] = WeakSet()

    @abstractmethod
    async def ensure_topics(self, topics: Sequence[str], *, kept: timedelta | None = None) -> None:
        """Create what is missing, poison topics included."""

    async def publish_batch(self, messages: Sequence[Message], deadline: timedelta) -> int:
        """Send in order under our own deadline; after any failure the next batch has a new connection."""
        sendable, refusal = acceptable(messages)
        if sendable:
            arrived, trouble = await self._sender.send(sendable, deadline.total_seconds())
            if arrived < len(sendable):
                if arrived == 0:
                    raise self._away(trouble) from trouble
                return arrived
        if refusal is not None:
            raise refusal
        return len(sendable)

    async def park(self, message: Message, reason: str, deadline: timedelta) -> None:
        """Put a message into its poison topic."""
        parked = poisoned(message, reason)
        until = time.monotonic() + deadline.total_seconds()
        await self.ensure_topics([message.topic])
        arrived, trouble = await self._sender.send([parked], max(0.0, until - time.monotonic()))
        if not arrived:
            raise self._away(trouble) from trouble

    async def close(self) -> None:
        """End all subscriptions and the connection."""
        for subscription in list(self._subscriptions):
            await subscription.unsubscribe()
        await self._sender.close()

    def _begin(
        self, group: str, topic: str, session: Session, passes: Callable[[Exception], bool]
    ) -> RunningSubscription:
        subscription = RunningSubscription(f"{group} on {topic}", session, passes)
        self._subscriptions.add(subscription)
        return subscription

    def _away(self, error: BaseException | None) -> BrokerUnavailableError:
        reason = "no answer in time" if error is None else words_of(error)
        return BrokerUnavailableError(broker=self._name, reason=reason)


def words_of(error: BaseException) -> str:
    """What an error says, or at least what it is."""
    return str(error) or type(error).__name__
