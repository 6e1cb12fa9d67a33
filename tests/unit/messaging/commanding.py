"""The whole API behind a desk for commands, and a broker whose replies can be read."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from adapters.memory.consumption import MemoryConsumption
from api.messaging.commands import CommandDesk, reaching
from domain.ports.brokers import Delivery, Message
from tests.support.api_world import ApiWorld, api_world
from tests.unit.messaging.publishing import FallibleBroker


class ReplyBroker(FallibleBroker):
    """Keeps what is parked as well."""

    def __init__(self) -> None:
        super().__init__()
        self.poisoned: list[tuple[Message, str]] = []

    async def park(self, message: Message, reason: str, deadline: Any) -> None:
        self.poisoned.append((message, reason))


@dataclass
class Commander:
    """Sends commands to the desk and reads what it answers."""

    world: ApiWorld
    http: httpx.AsyncClient
    broker: ReplyBroker = field(default_factory=ReplyBroker)
    books: MemoryConsumption = field(default_factory=lambda: MemoryConsumption(lambda *_: None))
    pauses: list[float] = field(default_factory=list)
    seconds: float = 0.0
    desk: CommandDesk = field(init=False)

    def __post_init__(self) -> None:
        async def sleep(seconds: float) -> None:
            self.pauses.append(seconds)

        self.desk = CommandDesk(
            self.http,
            self.broker,
            self.books,
            self.world.notices,
            sleep=sleep,
            clock=lambda: self.seconds,
        )

    async def sends(self, *messages: Message) -> list[dict[str, Any]]:
        """All replies to one batch."""
        before = len(self.broker.arrived)
        await self.desk.handle([Delivery(each, f"test/{n}") for n, each in enumerate(messages)])
        return [json.loads(each.body) for each in self.broker.arrived[before:]]

    async def asks(self, operation: str, body: Any = None, **options: Any) -> dict[str, Any]:
        """The one reply to one command."""
        (reply,) = await self.sends(a_command(operation, body, **options))
        return reply


def a_command(
    operation: str,
    body: Any = None,
    *,
    order_id: str | None = None,
    key: str = "k-1",
    id: str = "cmd-1",  # noqa: A002 - the message's own word
    raw: bytes | None = None,
    **headers: str,
) -> Message:
    """A command; headers by their names with underscores."""
    said = {"operation": operation, "order_id": order_id, "body": body}
    document = {name: value for name, value in said.items() if value is not None}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Message("order-commands", key, id, json.dumps(document).encode() if raw is None else raw, named)


@asynccontextmanager
async def commander(**settings: Any) -> AsyncIterator[Commander]:
    async with api_world(ApiWorld(**settings)) as world:
        transport = world.http._transport
        assert isinstance(transport, httpx.ASGITransport)
        async with reaching(transport.app) as http:
            made = Commander(world, http)
            await made.desk.prepare()
            yield made
