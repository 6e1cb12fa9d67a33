"""Carries out commands that come as messages, by the path of HTTP, and answers them on a topic.

Each command runs through the whole API in this process: credentials, validation, idempotency and answers are
those of HTTP. Commands of one key run one after the other.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Final

import httpx
from fastapi import FastAPI
from starlette.types import ASGIApp

from api.errors import problem, rule_of
from api.json_body import InvalidRequestError
from api.messaging.reading import Command, correlation_of, read_command, reply_topic_of
from api.messaging.replies import TOLD_HEADERS, Reply, reply_message
from api.opening import keeping_sealed
from domain.errors import DomainError
from domain.ports.brokers import (
    Broker,
    BrokerUnavailableError,
    Delivery,
    Message,
    MessageRefusedError,
    Refusal,
)
from domain.ports.consumption import ParkedMessages
from domain.ports.notices import Alert, AlertLevel, Notices
from domain.topics import Topic

_log = logging.getLogger(__name__)
DEADLINE: Final = timedelta(seconds=5)
PAUSES: Final = (0.2, 0.4, 0.8)
# Commands hold personal data, and no topic keeps it for ever. A consumer may be away over a weekend.
COMMANDS_KEPT: Final = timedelta(days=3)
# One that waits for longer is answered that it must: it may be its own fault, and others stand behind it.
PATIENCE: Final = timedelta(minutes=10)
_COME_AGAIN: Final = frozenset({409, 429, 503})
_BROKEN: Final = 500
MOST_WAITING: Final = 1_000
_TAKEN_OVER: Final = ("idempotency-key", "if-match", "prefer", "orderkeep-actor", "traceparent")
_SECRET: Final = "api-key"  # noqa: S105 - the header's name


class CommandsMustWaitError(DomainError):
    """What a command needs is away; it comes again, and so does all that is behind it."""

    code = "commands_must_wait"


class CommandDesk:
    """Handles deliveries of `order-commands`. `http` reaches the API; `parked` keeps what has no answer.

    `clock` counts seconds.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        broker: Broker,
        parked: ParkedMessages,
        notices: Notices,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = http
        self._broker = broker
        self._parked = parked
        self._notices = notices
        self._sleep = sleep
        self._clock = clock
        self._waiting: dict[str, float] = {}  # since when, by place
        self.answered = 0

    async def prepare(self) -> None:
        """Create the topics for commands and replies. Raises `BrokerUnavailableError`."""
        await self._broker.ensure_topics([Topic.ORDER_COMMANDS.value], kept=COMMANDS_KEPT)
        await self._broker.ensure_topics([Topic.ORDER_REPLIES.value])

    async def handle(self, deliveries: Sequence[Delivery]) -> None:
        """Carry out and answer a batch. Raises while something is away; then all of it comes again."""
        keys: dict[str, list[Delivery]] = {}
        for delivery in deliveries:
            keys.setdefault(delivery.message.key, []).append(delivery)
        self._forget({delivery.place for delivery in deliveries})
        # All are waited for: none must go on in the background while its command comes again.
        running = (self._one_after_the_other(each) for each in keys.values())
        ended = await asyncio.gather(*running, return_exceptions=True)
        for error in ended:
            if error is not None:
                raise error

    def _forget(self, places: Collection[str]) -> None:
        """Keep nothing about commands that somebody else has by now."""
        if len(self._waiting) > MOST_WAITING:
            self._waiting = {place: at for place, at in self._waiting.items() if place in places}

    async def _one_after_the_other(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            await self._carry_out(delivery.message, delivery.place)

    async def _carry_out(self, message: Message, place: str) -> None:
        correlation = correlation_of(message)
        if not correlation:
            await self._set_aside(message, "no correlation id and no message id: nobody could be answered")
            return
        topic = Topic.ORDER_REPLIES.value
        try:
            topic = reply_topic_of(message)
            reply = await self._asked_until_answered(message, place, correlation)
        except DomainError as refusal:
            if isinstance(refusal, CommandsMustWaitError):
                raise
            reply = _refused(refusal, correlation)
        if reply.status == _BROKEN:
            await self._set_aside(message, "the API broke; see its log")
        await self._answer(message, reply_message(message, correlation, topic, reply))

    async def _asked_until_answered(self, message: Message, place: str, correlation: str) -> Reply:
        command = read_command(message)
        for pause in (*PAUSES, None):
            answer = await self._ask(message, command, correlation)
            if answer.status_code not in _COME_AGAIN or "retry-after" not in answer.headers:
                self._waiting.pop(place, None)
                return _reply(answer)
            if pause is not None:
                await self._sleep(pause)
        since = self._waiting.setdefault(place, self._clock())
        if self._clock() - since > PATIENCE.total_seconds():
            return _reply(answer)
        raise CommandsMustWaitError(status=answer.status_code)

    async def _ask(self, message: Message, command: Command, correlation: str) -> httpx.Response:
        headers = {name: message.headers[name] for name in _TAKEN_OVER if name in message.headers}
        headers["x-request-id"] = correlation
        if _SECRET in message.headers:
            headers["authorization"] = f"Bearer {message.headers[_SECRET]}"
        if command.body:
            headers["content-type"] = "application/json"
        # As bytes: a header may say anything, and the API refuses what it cannot read.
        raw = [(name.encode(), value.encode("utf-8", "replace")) for name, value in headers.items()]
        method, path = command.operation.method, command.path
        return await self._http.request(method, path, content=command.body, headers=raw)

    async def _answer(self, message: Message, answer: Message) -> None:
        try:
            await self._send(answer)
        except MessageRefusedError as refusal:
            await self._set_aside(message, f"carried out, but the answer was refused: {refusal}")
            return
        self.answered += 1

    async def _send(self, answer: Message) -> None:
        """Our own topic may be gone with the broker's data: it is made again. Those of others are theirs."""
        try:
            await self._broker.publish_batch([answer], DEADLINE)
        except BrokerUnavailableError:
            await self.prepare()
            raise
        except MessageRefusedError as refusal:
            gone = refusal.facts.get("reason") == Refusal.UNROUTABLE
            if not gone or answer.topic != Topic.ORDER_REPLIES:
                raise
            await self.prepare()
            await self._broker.publish_batch([answer], DEADLINE)

    async def _set_aside(self, message: Message, error: str) -> None:
        # Without the credential; and in our own books without the body, which may hold personal data.
        headers = {name: value for name, value in message.headers.items() if name != _SECRET}
        shown = replace(message, headers=headers)
        _log.error("command %r set aside: %s", message.id, error)
        try:
            await self._broker.park(shown, error, DEADLINE)
        except MessageRefusedError:
            _log.warning("command %r is too large even for the poison topic", message.id)
        await self._parked.set_aside(replace(shown, body=b""), error, forwarded=True)
        facts = (("message", message.id[:200]), ("error", error))
        alert = Alert(f"command:{message.id[:200]}", AlertLevel.MEDIUM, "command_set_aside", "", facts)
        await self._notices.raise_alert(alert)


@asynccontextmanager
async def calling(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """The API in this process, started for the block, and a client that reaches it."""
    async with app.router.lifespan_context(app), reaching(app) as client:
        yield client


def reaching(app: ASGIApp) -> httpx.AsyncClient:
    """A client of an API that runs in this process, without a network.

    Brokers keep what they are sent, so personal data stays out of the answers.
    """
    transport = httpx.ASGITransport(app=keeping_sealed(app), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://orderkeep")


def _reply(answer: httpx.Response) -> Reply:
    told = {name: answer.headers[name] for name in TOLD_HEADERS if name in answer.headers}
    return Reply(answer.status_code, json.loads(answer.content) if answer.content else None, told)


def _refused(refusal: DomainError, correlation: str) -> Reply:
    errors = refusal.errors if isinstance(refusal, InvalidRequestError) else ()
    document: Mapping[str, object] = json.loads(problem(refusal.code, correlation, refusal.facts, errors))
    return Reply(rule_of(refusal.code).status, document)
