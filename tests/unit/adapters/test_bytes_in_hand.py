"""What a member of a group keeps in hand is bounded by bytes, not only by how many messages there are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.brokers.lanes import Held, Lanes
from adapters.brokers.rabbitmq.partition import Partition, Reading
from domain.ports.brokers import Delivery, SubscribeOptions
from tests.support.brokers import Heard, a_message, soon

KIB = b"x" * 1_024


@pytest.fixture(autouse=True)
def _four_kib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.brokers.lanes.HELD_BYTES", 4_096)
    monkeypatch.setattr("adapters.brokers.rabbitmq.partition.SETTLE_SECONDS", 0.0)


def a_held(number: int) -> Held[int]:
    return Held(Delivery(a_message("order-events", "ord_1", number, KIB), f"t/0/{number}"), number)


async def test_a_lane_that_holds_its_share_of_bytes_has_no_room_until_it_was_handled() -> None:
    async def acknowledge(lane: int, batch: object) -> None:
        del lane, batch

    heard = Heard()
    lanes: Lanes[int] = Lanes(heard, SubscribeOptions(), acknowledge)

    lanes.put(0, [a_held(1)])
    assert lanes.room_of(0, 2) == 499
    lanes.put(0, [a_held(2)])

    assert (lanes.room_of(0, 2), lanes.room_of(1, 2)) == (0, 500)
    assert lanes.room_of(0, 1) > 0
    running = asyncio.create_task(lanes.run())
    await heard.has(["ord_1:1", "ord_1:2"])
    await soon(lambda: lanes.room_of(0, 2) == 500)
    lanes.stop()
    await running


class Streams:
    """Stands for RabbitMQ: sends all that it has at once, like a prefetch without end, and tells who read."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.began: list[int] = []
        self.closed: list[object] = []
        self.connection = SimpleNamespace()
        self.default_exchange = self

    async def channel(self, prefetch: int = 0) -> Any:
        del prefetch
        return SimpleNamespace(get_queue=self._queue)

    async def close(self, channel: object) -> None:
        self.closed.append(channel)

    async def publish(self, token: object, routing_key: str, *, mandatory: bool) -> None:
        del token, routing_key, mandatory

    async def _queue(self, name: str, *, ensure: bool) -> Any:
        del name, ensure
        return SimpleNamespace(consume=self._consume)

    async def _consume(self, callback: Callable[[Any], Any], arguments: dict[str, int]) -> None:
        first = arguments["x-stream-offset"]
        self.began.append(first)
        for offset in range(first, self.count):
            await callback(an_incoming(offset))


def an_incoming(offset: int) -> Any:
    async def ack(*, multiple: bool = False) -> None:
        del multiple

    return SimpleNamespace(
        headers={"x-stream-offset": offset, "message-key": "ord_1"},
        content_type="",
        message_id=f"ord_1:{offset}",
        body=KIB,
        ack=ack,
    )


async def test_rabbitmq_is_read_on_from_where_a_full_member_stopped() -> None:
    server, heard = Streams(10), Heard()
    failures: list[BaseException] = []

    async def acknowledge(number: int, batch: Any) -> None:
        del number
        await partition.move_on(batch[-1].token)

    lanes: Lanes[Any] = Lanes(heard, SubscribeOptions(batch=3), acknowledge)
    reading = Reading(server, server, "order-events", "stock", 1, 1_000, failures.append)  # type: ignore[arg-type]
    partition = Partition(0, None, reading, lanes)  # type: ignore[arg-type]
    heard.gate.clear()
    running = asyncio.create_task(lanes.run())

    await partition._on_token(SimpleNamespace(body=b"0"))  # type: ignore[arg-type]
    await heard.entered.wait()
    await soon(lambda: len(server.closed) == 1)
    assert lanes.waiting(0) == 4
    heard.gate.set()

    await heard.has(f"ord_1:{offset}" for offset in range(10))
    lanes.stop()
    await running
    assert heard.ids == [f"ord_1:{offset}" for offset in range(10)]
    assert server.began == [0, 4, 8]
    assert failures == []


async def test_rabbitmq_is_not_read_on_by_a_member_that_gives_up() -> None:
    server, heard = Streams(10), Heard()

    async def acknowledge(number: int, batch: Any) -> None:
        del number
        await partition.move_on(batch[-1].token)

    async def cancel(consumer: str) -> None:
        del consumer

    async def reject(*, requeue: bool) -> None:
        assert requeue

    lanes: Lanes[Any] = Lanes(heard, SubscribeOptions(), acknowledge)
    reading = Reading(server, server, "order-events", "stock", 1, 1_000, print)  # type: ignore[arg-type]
    partition = Partition(0, SimpleNamespace(cancel=cancel), reading, lanes)  # type: ignore[arg-type]
    heard.gate.clear()
    running = asyncio.create_task(lanes.run())
    await partition._on_token(SimpleNamespace(body=b"0", reject=reject))  # type: ignore[arg-type]
    await heard.entered.wait()

    leaving = asyncio.create_task(partition.give_up())
    await soon(lambda: lanes.waiting(0) == 0)
    heard.gate.set()
    await leaving

    lanes.stop()
    await running
    await asyncio.sleep(0.01)
    assert server.began == [0]
    assert not partition.ours
