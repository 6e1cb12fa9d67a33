"""Messages to and from other services. The transport is hidden; order is kept for each key, and only there.

Every broker delivers at least once. A handler therefore recognises what it has already done.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from domain.errors import DomainError

# Bytes of a body. The largest event has 1.9 million: 1,000 lines whose SKUs and titles are as long as may be.
LARGEST_MESSAGE = 2_097_152


class BrokerUnavailableError(DomainError):
    """The broker did not answer in time or refused for now: what was sent may or may not have arrived."""

    code = "broker_unavailable"


class Refusal(StrEnum):
    """Why a message can never be sent: `UNROUTABLE` is about its topic, the others are about itself."""

    NO_KEY = "no_key"
    TOO_LARGE = "too_large"
    UNROUTABLE = "unroutable"


class MessageRefusedError(DomainError):
    """The broker will never take this message: no key, too large, or nobody to route it to.

    Facts: `index` in the batch, `reason` (a `Refusal`), `topic`, `message` (its id).
    """

    code = "message_refused"


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `id` is stable over repeats; `key` orders: messages of one key arrive as they were sent.

    `headers` are the CloudEvents attributes (`ce-…`) and `content-type`, all text.
    """

    topic: str
    key: str
    id: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as a subscriber gets it. `place` is where it stands in the broker, for people to look up."""

    message: Message
    place: str
    redelivered: bool = False


# Takes deliveries in order. Returning means done, all of them; raising means none is: the broker delivers
# them again, after a pause, before any later one of the same keys.
Handler = Callable[[Sequence[Delivery]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class SubscribeOptions:
    """`batch` deliveries at most in one call of the handler, `in_flight` at most taken from the broker."""

    batch: int = 100
    in_flight: int = 1_000
    redeliver_after: timedelta = timedelta(seconds=1)


class Subscription(Protocol):
    """A running subscription."""

    async def unsubscribe(self) -> None:
        """Stop. Deliveries in hand are finished or given back; nothing is left behind. May be repeated."""
        ...

    async def failure(self) -> Exception:
        """Wait until it has ended by itself, which only a defect or a lost permission can cause; why."""
        ...


class Broker(Protocol):
    """Publishes and subscribes. Opened and closed by whoever composes."""

    async def ensure_topics(self, topics: Sequence[str], *, kept: timedelta | None = None) -> None:
        """Create what is missing of these topics. Raises `BrokerUnavailableError`.

        Messages of a topic that is created with `kept` go when all groups have done them, or about so long
        after they came, whichever its broker can.
        """
        ...

    async def publish_batch(self, messages: Sequence[Message], deadline: timedelta) -> int:
        """Send in this order; how many, from the first, are known to have arrived.

        Less than all means that the outcome of the rest is unknown: send again from there. Of one key nothing
        is sent after a message that failed. Raises `MessageRefusedError`, with the index of the first message
        that can never be sent, after the ones before it have arrived; `BrokerUnavailableError` when none did.
        """
        ...

    async def subscribe(
        self, topic: str, group: str, handler: Handler, options: SubscribeOptions | None = None
    ) -> Subscription:
        """Deliver each message of `topic` to one member of `group`; a new group begins with the oldest.

        Keys are divided among the members of a group, and again when one comes or goes. Reconnects by itself.
        """
        ...

    async def park(self, message: Message, reason: str, deadline: timedelta) -> None:
        """Put a message that nobody can take into `{topic}.poison`, with the reason in its headers."""
        ...
