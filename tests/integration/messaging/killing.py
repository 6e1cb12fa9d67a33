"""Publisher, consumer and broker, killed in turn while events are appended, and what must come of it."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.brokers.connecting import open_broker
from adapters.postgres.grouping import GroupingEventStore
from adapters.protobuf.events import encode as encode_body
from adapters.settings import Settings
from domain.events import EventMetadata
from domain.order.encoding import encode
from domain.order.events import OrderEvent, OrderShipped
from domain.order.order import fold
from domain.order.whereabouts import PLACES, Whereabouts, whereabouts
from domain.ports.brokers import Delivery, SubscribeOptions
from domain.topics import Topic
from ops.servers.server import EmbeddedServer
from tests.integration.events.stories import Story
from tests.integration.events.test_projector_process import free_port

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

EVENTS_OF_A_STORY = 5
WRITERS = 24
PATIENCE = 600.0
_TAKEN = "SELECT coalesce(sum(version), 0) FROM consumer_streams"


def the_story(number: int) -> list[OrderEvent]:
    """Five events: placed, created, asked to pay, paid and shipped; two SKUs of seven, two buyers."""
    story = Story(f"ord_{number}", buyer=f"buyer_{number % 2}", quantities=(1 + number % 3, 2))
    return [*story.paid(), OrderShipped("shp_1", story.at + timedelta(seconds=3))]


class Killable:
    """One of our processes, which can be killed and started again."""

    def __init__(self, name: str, environment: Mapping[str, str], log: Path) -> None:
        self._log = log / f"{name}.log"
        port = {f"ORDERKEEP_{name.upper()}_HEALTH_PORT": str(free_port())}
        self._environment = {
            "PATH": os.environ["PATH"],
            "TEMPORAL_ADDRESS": "127.0.0.1:1",
            **port,
            **environment,
        }
        self._command = [sys.executable, "-m", "ops.services", name]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, env=self._environment, stdout=log, stderr=log)

    def ended_by_itself(self) -> str:
        """The end of its log when it has ended without being killed, else nothing."""
        if self._process is None or self._process.poll() is None:
            return ""
        return self._log.read_text(encoding="utf-8", errors="replace")[-3_000:]

    def kill(self) -> None:
        """SIGKILL, as a crash would."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None


@dataclass
class Recorder:
    """A consumer of another service: it writes down what comes, in the order in which it comes."""

    versions: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    async def __call__(self, deliveries: Sequence[Delivery]) -> None:
        for each in deliveries:
            self.versions[each.message.key].append(int(each.message.headers["ce-sequence"]))

    def out_of_order(self) -> dict[str, list[int]]:
        """Streams of which an event came before the one before it; repeats are no fault."""
        return {key: seen for key, seen in self.versions.items() if not _in_order(seen)}

    def complete(self, stories: int) -> bool:
        everything = set(range(1, EVENTS_OF_A_STORY + 1))
        whole = all(set(seen) == everything for seen in self.versions.values())
        return whole and len(self.versions) == stories


def _in_order(seen: Sequence[int]) -> bool:
    highest = 0
    for version in seen:
        if version > highest + 1:
            return False
        highest = max(highest, version)
    return True


@dataclass
class Battle:
    """`stories` orders, appended while all that is between them and the consumers is killed."""

    pool: Pool
    environment: Mapping[str, str]
    server: EmbeddedServer
    stories: int
    rounds: int
    logs: Path
    seed: int = 7
    killed: Counter[str] = field(default_factory=Counter)
    recorder: Recorder = field(default_factory=Recorder)
    parts: dict[str, Killable] = field(default_factory=dict)

    async def fight(self) -> None:
        """Until both consumers and the recorder have everything."""
        names = ("publisher", "consumer")
        self.parts = parts = {name: Killable(name, self.environment, self.logs) for name in names}
        async with self._recording():
            for part in parts.values():
                part.start()
            writing = asyncio.create_task(self._write())
            try:
                await self._kill_in_turn(parts)
                await writing
                await self._until(2 * self.stories * EVENTS_OF_A_STORY)
                async with asyncio.timeout(PATIENCE):
                    while not self.recorder.complete(self.stories):  # noqa: ASYNC110 - somebody else's deliveries
                        await asyncio.sleep(0.2)
            finally:
                writing.cancel()
                for part in parts.values():
                    part.kill()
                with suppress(asyncio.CancelledError):
                    await writing

    async def _kill_in_turn(self, parts: Mapping[str, Killable]) -> None:
        chance = random.Random(self.seed)
        turns = [chance.sample(["publisher", "consumer", "broker"], 3) for _ in range(self.rounds)]
        names = [name for turn in turns for name in turn]
        whole = 2 * self.stories * EVENTS_OF_A_STORY
        for number, name in enumerate(names, start=1):
            await self._until(
                int(whole * number * 0.9 / (len(names) + 1)) + chance.randrange(1 + whole // 50)
            )
            victim = self.server if name == "broker" else parts[name]
            await asyncio.to_thread(victim.kill)
            self.killed[name] += 1
            await asyncio.sleep(chance.uniform(0.0, 0.5))
            await asyncio.to_thread(victim.start)

    async def _until(self, taken: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while await self.pool.fetchval(_TAKEN) < taken:
                ended = {name: log for name, part in self.parts.items() if (log := part.ended_by_itself())}
                assert not ended, ended
                await asyncio.sleep(0.1)

    async def _write(self) -> None:
        store = GroupingEventStore(self.pool, encode_body)
        numbers = iter(range(self.stories))

        async def writer() -> None:
            for number in numbers:
                records = [encode(event) for event in the_story(number)]
                for first, last in ((0, 2), (2, 5)):
                    batch = records[first:last]
                    await store.append(f"ord_{number}", first, f"k-{first}", batch, EventMetadata())

        await asyncio.gather(*(writer() for _ in range(WRITERS)))

    @asynccontextmanager
    async def _recording(self) -> AsyncIterator[None]:
        settings = Settings.model_validate(_fields(self.environment))
        async with open_broker(settings) as broker:
            topic, options = Topic.ORDER_EVENTS.value, SubscribeOptions(batch=500, in_flight=2_000)
            await broker.ensure_topics([topic])
            subscription = await broker.subscribe(topic, "recorder", self.recorder, options)
            yield
            await subscription.unsubscribe()

    def stock(self) -> dict[str, Whereabouts]:
        """Where all units must be at the end."""
        sums: dict[str, Counter[str]] = defaultdict(Counter)
        for number in range(self.stories):
            for sku, where in whereabouts(fold(the_story(number))).items():
                sums[sku].update({place: getattr(where, place) for place in PLACES})
        return {sku: Whereabouts(**counts) for sku, counts in sums.items()}


def _fields(environment: Mapping[str, str]) -> dict[str, str]:
    return {name.removeprefix("ORDERKEEP_").lower(): value for name, value in environment.items()}
