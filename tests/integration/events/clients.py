"""Callers of one event store at the same time, and what each of them was told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from domain.events import EventMetadata, EventRecord
from domain.ports.events import Appended, EventStore
from tests.integration.events.stories import NOON


@dataclass
class Clients:
    """Each append is a task, named by its stream and its command."""

    store: EventStore
    tasks: dict[str, asyncio.Task[Appended]] = field(default_factory=dict)

    def append(self, stream: str, after: int = 0, key: str = "k", note: str = "") -> None:
        events = [EventRecord("Noted", 1, {"note": note}, NOON)] * 2
        call = self.store.append(stream, after, key, events, EventMetadata())
        self.tasks[f"{stream} {key}"] = asyncio.create_task(call)

    async def answers(self) -> dict[str, object]:
        async with asyncio.timeout(20):
            found = await asyncio.gather(*self.tasks.values(), return_exceptions=True)
        told = [answer.version if isinstance(answer, Appended) else type(answer) for answer in found]
        return dict(zip(self.tasks, told, strict=True))
