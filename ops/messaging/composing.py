"""Puts publisher and consumers together over opened adapters. What they do is said elsewhere."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from adapters import messaging
from adapters.messaging import ConsumerName
from adapters.settings import Settings
from adapters.wiring import Adapters
from domain.buyer.encoding import decode as decode_buyer
from domain.cloud_event import Subject
from domain.order.encoding import decode as decode_order
from domain.ports.brokers import Broker, SubscribeOptions
from domain.review.encoding import decode as decode_proposal
from domain.topics import Topic
from ops.messaging.consuming import ConsumerPorts, EventConsumer
from ops.messaging.hearing import OrderHearing
from ops.messaging.packing import Packer
from ops.messaging.publisher import Publisher, PublisherPorts
from ops.messaging.throttle import Throttle

LARGEST_BATCH: Final = 500
DECODERS = {
    Subject.ORDER: decode_order,
    Subject.PRICE: decode_proposal,
    Subject.BUYER: decode_buyer,
}


@dataclass(frozen=True, slots=True)
class Opened:
    """What is open while a process runs."""

    settings: Settings
    adapters: Adapters
    broker: Broker


def build_packer(settings: Settings) -> Packer:
    """Makes messages in the format of the settings."""
    return Packer(settings.event_format, DECODERS, messaging.encode, messaging.contradicts)


def build_publisher(opened: Opened, wait: Callable[[float], Awaitable[object]]) -> Publisher:
    """A publisher under a name of its own; `wait` pauses for so many seconds, or until appends."""
    adapters = opened.adapters
    ports = PublisherPorts(
        feed=adapters.feed,
        events=adapters.events,
        broker=opened.broker,
        publications=messaging.publications(adapters.pool),
        notices=adapters.notices,
        outages=adapters.outages,
    )
    owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    return Publisher(ports, build_packer(opened.settings), owner, wait=wait)


def build_consumers(opened: Opened) -> tuple[EventConsumer, ...]:
    """One member of each group of consumers of order events."""
    return tuple(build_consumer(opened, name) for name in messaging.CONSUMERS)


def build_consumer(opened: Opened, name: ConsumerName) -> EventConsumer:
    """One member of that group."""
    adapters, hear = opened.adapters, OrderHearing(messaging.decode)
    books = messaging.event_books(adapters.pool, name, hear)
    ports = ConsumerPorts(opened.broker, books, adapters.notices, adapters.outages)
    rate = opened.settings.messages_per_second
    # Held down, a batch is what may be done in a second: nobody keeps messages in hand for longer.
    batch = max(1, min(LARGEST_BATCH, int(rate))) if rate else LARGEST_BATCH
    return EventConsumer(
        name.value,
        Topic.ORDER_EVENTS.value,
        hear,
        ports,
        throttle=Throttle(rate),
        options=SubscribeOptions(batch=batch, in_flight=4 * batch),
    )
