"""The publisher as a process: it publishes our events to other services. Any number of them may run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from adapters.messaging import open_broker
from adapters.settings import Settings
from adapters.wiring import hear_appends, open_adapters
from domain.ports.brokers import BrokerUnavailableError
from ops.messaging.composing import Opened, build_publisher
from ops.messaging.process import Works, run_process
from ops.messaging.publisher import Publisher

APPLICATION = "orderkeep-publisher"


@dataclass(frozen=True, slots=True)
class _Publishing:
    publisher: Publisher
    outages: tuple[type[Exception], ...]

    @property
    def works(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        return {"publisher": self.publisher.run}

    @property
    def passing(self) -> tuple[type[Exception], ...]:
        return (BrokerUnavailableError, *self.outages)

    def state(self) -> Mapping[str, object]:
        return {"shards": self.publisher.shards, "sent": self.publisher.sent}


@asynccontextmanager
async def opening(settings: Settings) -> AsyncIterator[Works]:
    """A publisher over the configured servers."""
    async with (
        open_adapters(settings, application=APPLICATION) as adapters,
        open_broker(settings) as broker,
        hear_appends(settings, application=f"{APPLICATION}-wakeups") as wakes,
    ):
        publisher = build_publisher(Opened(settings, adapters, broker), wakes.wait)
        yield _Publishing(publisher, adapters.outages)


def main() -> None:
    """Publish until SIGTERM or SIGINT."""
    run_process("publisher", lambda settings: settings.publisher_health_port, opening)


if __name__ == "__main__":
    main()
