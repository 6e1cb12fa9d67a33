"""One Kafka producer after the other: each idempotent, each given up at its first failure.

A producer that failed may still hold messages. It is cut off before another begins, so that it does not send
them later by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, KafkaError

from adapters.brokers.acceptance import refused, text_headers
from adapters.brokers.kafka.connecting import AWAY, ID_HEADER, KafkaTimes
from domain.ports.brokers import LARGEST_MESSAGE, Message, Refusal

LARGEST_REQUEST: Final = LARGEST_MESSAGE + 262_144  # bytes: with key and headers, four bytes a character
BATCH_BYTES: Final = 524_288  # of one partition; a larger message is a batch of its own
LINGER_MILLISECONDS: Final = 2  # a batch is handed over at once anyway
CUT_SECONDS: Final = 1.0
TOPIC_TRIES: Final = 5  # a topic that has just been made takes a moment to be known
TOPIC_PAUSE_SECONDS: Final = 0.1


class Sender:
    """The producer of the moment, and the order in which it is used: one batch at a time."""

    def __init__(self, servers: str, times: KafkaTimes) -> None:
        self._servers = servers
        self._times = times
        self._producer: Any = None
        self._turn = asyncio.Lock()
        self._given_up: set[asyncio.Task[None]] = set()

    async def send(self, messages: Sequence[Message], seconds: float) -> tuple[int, BaseException | None]:
        """How many, from the first, are known to have arrived, and what went wrong with the next one.

        Raises `MessageRefusedError` for a topic that does not exist, after the messages before it arrived.
        """
        sending: list[asyncio.Future[Any]] = []
        trouble: BaseException | None = None
        async with self._turn:
            try:
                async with asyncio.timeout(seconds):
                    unknown = await self._hand_over(messages, sending)
                    if sending:
                        await asyncio.wait(sending, return_when=asyncio.FIRST_EXCEPTION)
            except AWAY as error:
                trouble, unknown = error, None
            except BaseException:
                self._give_up()
                raise
            arrived, failure = _prefix(sending)
            trouble = trouble or failure
            if trouble is not None or arrived < len(sending):
                self._give_up()
                return arrived, trouble
        if unknown is not None:
            raise refused(unknown, messages[unknown], Refusal.UNROUTABLE)
        return arrived, None

    async def close(self) -> None:
        """End the producer of the moment; nothing is in hand between batches."""
        async with self._turn:
            self._give_up()
        await asyncio.gather(*self._given_up)

    async def _hand_over(self, messages: Sequence[Message], sending: list[asyncio.Future[Any]]) -> int | None:
        """Give messages to the producer; the index of the first one whose topic does not exist."""
        producer = await self._open()
        known: dict[str, bool] = {}
        for index, message in enumerate(messages):
            if message.topic not in known:
                known[message.topic] = await _exists(producer, message.topic)
            if not known[message.topic]:
                return index
            sent = await producer.send(
                message.topic,
                value=message.body,
                key=message.key.encode() or None,
                headers=[(ID_HEADER, message.id.encode()), *text_headers(message.headers)],
            )
            sent.add_done_callback(_heard)
            sending.append(sent)
        return None

    async def _open(self) -> Any:
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._servers,
                acks="all",
                enable_idempotence=True,
                max_request_size=LARGEST_REQUEST,
                max_batch_size=BATCH_BYTES,
                linger_ms=LINGER_MILLISECONDS,
                **self._times.client,
            )
            try:
                await producer.start()
            except BaseException:
                self._end(producer)
                raise
            self._producer = producer
        return self._producer

    def _give_up(self) -> None:
        """Let the producer send nothing more from now on; its end may take a while and is not waited for."""
        producer, self._producer = self._producer, None
        if producer is not None:
            self._end(producer)

    def _end(self, producer: Any) -> None:
        # At once and not in the task. aiokafka has no public way to stop without sending.
        if (sender := producer._sender.sender_task) is not None:  # noqa: SLF001
            sender.cancel()
        ending = asyncio.ensure_future(_cut(producer))
        self._given_up.add(ending)
        ending.add_done_callback(self._given_up.discard)


def _heard(sent: asyncio.Future[Any]) -> None:
    """Take note of a failure: only the first of a batch is told, and asyncio would report the others."""
    if not sent.cancelled():
        sent.exception()


def _prefix(sending: Sequence[asyncio.Future[Any]]) -> tuple[int, BaseException | None]:
    """How many of the first have arrived, and the failure of the next."""
    for index, one in enumerate(sending):
        if not one.done() or one.cancelled():
            return index, None
        if (failure := one.exception()) is not None:
            return index, failure
    return len(sending), None


async def _exists(producer: Any, topic: str) -> bool:
    for _ in range(TOPIC_TRIES):
        if producer.client.cluster.partitions_for_topic(topic):
            return True
        producer.client.add_topic(topic)
        if not await producer.client.force_metadata_update():
            raise KafkaConnectionError("no server tells which topics there are")
        if producer.client.cluster.partitions_for_topic(topic):
            return True
        await asyncio.sleep(TOPIC_PAUSE_SECONDS)
    return False


async def _cut(producer: Any) -> None:
    """End a producer without sending what it holds; its own `stop` would send that first, without bound."""
    sender = producer._sender.sender_task  # noqa: SLF001 - as above
    with contextlib.suppress(*AWAY):
        await producer.client.close()
    while sender is not None and not sender.done():
        await asyncio.wait({sender}, timeout=CUT_SECONDS)  # it waits for requests that were under way
        sender.cancel()
    producer._message_accumulator.fail_all(KafkaError("given up"))  # noqa: SLF001 - as above
    with contextlib.suppress(*AWAY):
        await producer.stop()
