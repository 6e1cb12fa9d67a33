"""The hands of a service that speaks by message: commands out, replies in. Checks no business rule."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from domain.ports.brokers import Broker, Delivery, Message
from domain.topics import Topic
from ops.scenarios.answers import ShopError

Answer = Mapping[str, Any]
_DEADLINE = timedelta(seconds=5)
_PATIENCE = 30.0


class MessageHands:
    """Sends commands and waits for their replies; may send one as often as it likes."""

    def __init__(self, broker: Broker, topic: str) -> None:
        self._broker = broker
        self._topic = topic
        self._replies: dict[str, list[Answer]] = {}
        self._news = asyncio.Condition()

    async def ask(
        self, operation: str, key: str, body: Mapping[str, Any], times: int = 1
    ) -> Sequence[Answer]:
        """The replies to a command that is sent so often under one key. Raises `ShopError` without them."""
        correlation = str(uuid4())
        first = Message(
            topic=Topic.ORDER_COMMANDS,
            key=key,
            id=correlation,
            body=json.dumps({"operation": operation, "body": body}).encode(),
            headers={
                "content-type": "application/json",
                "idempotency-key": key,
                "correlation-id": correlation,
                "reply-topic": self._topic,
            },
        )
        # Sent again by somebody who does not remember: another message, the same key of the request.
        commands = [replace(first, id=f"{correlation}:{number}") for number in range(times)]
        if await self._broker.publish_batch(commands, _DEADLINE) != times:
            raise ShopError("the broker did not take a command in time")
        async with self._news:
            try:
                async with asyncio.timeout(_PATIENCE):
                    await self._news.wait_for(lambda: len(self._replies.get(correlation, ())) >= times)
            except TimeoutError:
                raise ShopError(f"no reply to {operation} came by message") from None
        return self._replies[correlation][:times]

    async def hear(self, deliveries: Sequence[Delivery]) -> None:
        """Take replies as they come."""
        async with self._news:
            for delivery in deliveries:
                said = json.loads(delivery.message.body)
                self._replies.setdefault(said["correlation_id"], []).append(said)
            self._news.notify_all()


@asynccontextmanager
async def by_message(broker: Broker) -> AsyncIterator[MessageHands]:
    """Hands with a topic for replies of their own, until the block ends."""
    topic = f"{Topic.ORDER_REPLIES}.{uuid4().hex[:12]}"
    await broker.ensure_topics([Topic.ORDER_COMMANDS, topic])
    hands = MessageHands(broker, topic)
    subscription = await broker.subscribe(topic, "a-shop", hands.hear)
    try:
        yield hands
    finally:
        await subscription.unsubscribe()
