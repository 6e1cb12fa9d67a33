"""The consumer as a process: stock and notifications hear of orders, and commands are taken by message."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from adapters.messaging import ConsumerName, open_broker, parked_messages
from adapters.settings import Settings
from adapters.wiring import open_adapters
from api.app import create_app
from api.messaging.commands import CommandDesk, calling
from domain.ports.brokers import Broker, BrokerUnavailableError, SubscribeOptions
from domain.topics import Topic
from ops.messaging.composing import Opened, build_consumers
from ops.messaging.consuming import EventConsumer, until_failure
from ops.messaging.process import Works, run_process

APPLICATION = "orderkeep-consumer"
_COMMANDS = SubscribeOptions(batch=50, in_flight=200)


@dataclass(frozen=True, slots=True)
class CommandConsumer:
    """One member of the group that takes commands."""

    broker: Broker
    desk: CommandDesk

    async def run(self) -> None:
        """Take commands until cancelled. Raises `BrokerUnavailableError`, and what ended the subscription."""
        await self.desk.prepare()
        subscription = await self.broker.subscribe(
            Topic.ORDER_COMMANDS.value, ConsumerName.COMMANDS.value, self.desk.handle, _COMMANDS
        )
        try:
            await until_failure(subscription, _nothing)
        finally:
            await subscription.unsubscribe()


@dataclass(frozen=True, slots=True)
class _Consuming:
    consumers: Sequence[EventConsumer]
    commands: CommandConsumer
    outages: tuple[type[Exception], ...]

    @property
    def works(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        works = {consumer.name: consumer.run for consumer in self.consumers}
        return {**works, ConsumerName.COMMANDS.value: self.commands.run}

    @property
    def passing(self) -> tuple[type[Exception], ...]:
        return (BrokerUnavailableError, *self.outages)

    def state(self) -> Mapping[str, object]:
        taken = {each.name: {"applied": each.applied, "repeated": each.repeated} for each in self.consumers}
        return {"consumers": taken, "commands": {"answered": self.commands.desk.answered}}


@asynccontextmanager
async def opening(settings: Settings) -> AsyncIterator[Works]:
    """All consumers over the configured servers, and the API for commands in this process."""
    without_grpc = settings.model_copy(update={"grpc_port": None})
    async with (
        open_adapters(settings, application=APPLICATION) as adapters,
        open_broker(settings) as broker,
        calling(create_app(without_grpc)) as http,
    ):
        opened = Opened(settings, adapters, broker)
        parked = parked_messages(adapters.pool, ConsumerName.COMMANDS)
        desk = CommandDesk(http, broker, parked, adapters.notices)
        yield _Consuming(build_consumers(opened), CommandConsumer(broker, desk), adapters.outages)


async def _nothing() -> None:
    """Commands forward what they park themselves."""


def main() -> None:
    """Consume until SIGTERM or SIGINT."""
    run_process("consumer", lambda settings: settings.consumer_health_port, opening)


if __name__ == "__main__":
    main()
