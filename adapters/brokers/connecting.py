"""Opens the broker that the settings name. It connects when it is first used: it may be away at the start."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from adapters.messaging_settings import BrokerKind
from domain.ports.brokers import Broker

if TYPE_CHECKING:
    from adapters.settings import Settings


class ClosableBroker(Broker, Protocol):
    """A broker that is closed by whoever opened it."""

    async def close(self) -> None:
        """End all subscriptions and connections."""
        ...


@asynccontextmanager
async def open_broker(settings: Settings) -> AsyncIterator[Broker]:
    """The broker, closed at the end of the block."""
    broker = _broker(settings)
    try:
        yield broker
    finally:
        await broker.close()


def _broker(settings: Settings) -> ClosableBroker:
    # Each with its client, which nobody needs to load who speaks to another one.
    match settings.broker:
        case BrokerKind.VALKEY:
            from adapters.brokers.valkey import ValkeyBroker

            return ValkeyBroker(settings.redis_url)
        case BrokerKind.KAFKA:
            from adapters.brokers.kafka import KafkaBroker

            return KafkaBroker(settings.kafka_servers)
        case BrokerKind.RABBITMQ:
            from adapters.brokers.rabbitmq import RabbitMQBroker

            return RabbitMQBroker(settings.amqp_url)
