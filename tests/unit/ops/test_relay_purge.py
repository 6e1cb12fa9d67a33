"""The relay forgets old requests while it runs, and only those."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast

from adapters.memory.intake import MemoryOrderIntake, MemoryRequestLog
from adapters.memory.notices import MemoryNotices
from adapters.memory.payments import MemoryCallbackInbox, MemoryPaymentAttempts
from adapters.settings import Settings
from domain.ports.intake import ANSWERS_KEPT, IdempotencyKeyReusedError, StoredAnswer
from ops.relay import Relay
from tests.support.api_world import MovingClock
from workflows.client import OrderWorkflows

NOBODY = cast("OrderWorkflows", None)  # nothing waits, so nobody is told


@dataclass
class Ports:
    clock: MovingClock = field(default_factory=MovingClock)
    intake: MemoryOrderIntake = field(default_factory=MemoryOrderIntake)
    requests: MemoryRequestLog = field(default_factory=MemoryRequestLog)
    inbox: MemoryCallbackInbox = field(default_factory=lambda: MemoryCallbackInbox(MemoryPaymentAttempts()))
    notices: MemoryNotices = field(default_factory=MemoryNotices)

    async def answered(self, key: str) -> None:
        await self.requests.begin("scope", key, "digest", self.clock.now())
        await self.requests.finish("scope", key, StoredAnswer(200, "{}"))


async def test_answers_older_than_a_day_are_forgotten_and_younger_ones_kept():
    ports = Ports()
    await ports.answered("old")
    ports.clock.passes(ANSWERS_KEPT)
    await ports.answered("young")
    ports.clock.passes(timedelta(hours=1))
    relay = asyncio.create_task(Relay(ports, NOBODY, Settings(_env_file=None)).run())

    async with asyncio.timeout(5):
        while await is_known(ports, "old"):  # noqa: ASYNC110 - the log announces nothing
            await asyncio.sleep(0.001)
    relay.cancel()
    await asyncio.wait([relay])

    assert await is_known(ports, "young")


async def is_known(ports: Ports, key: str) -> bool:
    """Asked with another request; a key that is new is given back."""
    try:
        await ports.requests.begin("scope", key, "another", ports.clock.now())
    except IdempotencyKeyReusedError:
        return True
    await ports.requests.finish("scope", key, None)
    return False
