"""Reads one order as it stands now. Changes nothing, and never answers with less than the stream has."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass

from pydantic_core import to_json

from activities.histories import Histories
from api.background import Background
from api.order.views import awaits_payment
from domain.errors import DomainError
from domain.events import is_order_stream
from domain.order.document import order_document, order_from
from domain.order.order import Order
from domain.ports.intake import IntakeEntry, OrderIntake, StoredAnswer
from domain.ports.order_context import UnknownOrderError
from domain.ports.projections import OrderCache

MOST_WAITERS = 500
_FIRST_ERROR = 400
_FIRST_PAUSE = 0.02
_LONGEST_PAUSE = 0.25
_KEEP_SECONDS = 2.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FoundOrder:
    """An order with events, and where its open attempt is paid when we know it.

    `unanswered` is set when its first answer was never fetched, because the relay started it.
    """

    order: Order
    pay_url: str | None = None
    unanswered: IntakeEntry | None = None


@dataclass(frozen=True, slots=True)
class PendingOrder:
    """An accepted order without events; `refusal` is the slug when it was refused before it began."""

    entry: IntakeEntry
    refusal: str | None

    @property
    def is_over(self) -> bool:
        """True when waiting for it is pointless."""
        return self.refusal is not None


class OrderReader:
    """Strongly consistent: a cached order counts only at the version of its stream's head."""

    def __init__(
        self, histories: Histories[Order], intake: OrderIntake, cache: OrderCache, background: Background
    ) -> None:
        self._histories = histories
        self._events = histories.events
        self._intake = intake
        self._cache = cache
        self._background = background
        self._waiters = asyncio.Semaphore(MOST_WAITERS)

    async def find(self, order_id: str) -> FoundOrder | PendingOrder:
        """The order. Raises `UnknownOrderError`."""
        order = await self.current(order_id)
        if order is not None:
            return await self._with_pay_url(order)
        entry = await self._intake.find(order_id)
        if entry is None:
            raise UnknownOrderError
        return PendingOrder(entry, _refusal_in(entry.answer))

    async def wait(self, order_id: str, seen: int | None, seconds: float) -> FoundOrder | PendingOrder:
        """The order as soon as its version is not `seen`; without that, as soon as it has started.

        After `seconds`, or at once when too many wait already, the order as it is then.
        """
        found = await self.find(order_id)
        if seconds <= 0 or self._waiters.locked() or not _is_awaited(found, seen):
            return found
        async with self._waiters:
            await self._until_changed(order_id, seen or 0, seconds)
        return await self.find(order_id)

    async def current(self, order_id: str) -> Order | None:
        """The order as its stream has it now, or None when it has no events."""
        if not is_order_stream(order_id):
            return None
        head, cached = await asyncio.gather(self._events.head(order_id), self._cache.get(order_id))
        if head == 0:
            return None
        if cached is not None and cached[0] == head:
            order = _read(cached[1])
            if order is not None:
                return order
        return await self._folded(order_id, head)

    async def at_version(self, order_id: str, version: int) -> Order:
        """The order as it was at that version. Raises `UnknownOrderError` when it has no events, and
        `VersionNotReachedError`.
        """
        told = await self._histories.at_version(order_id, version)
        if told is None:
            raise UnknownOrderError
        return told.state

    async def _folded(self, order_id: str, head: int) -> Order:
        told = await self._histories.current(order_id, head)
        assert told is not None, "a stream with a head has events"
        self._background.start("cache an order", self._keep(told.state), _KEEP_SECONDS)
        if self._histories.is_worth_keeping(told):
            self._background.start("take a snapshot", self._histories.keep(told), _KEEP_SECONDS)
        return told.state

    async def _keep(self, order: Order) -> None:
        await self._cache.put(order.id, order.version, to_json(order_document(order)))

    async def _until_changed(self, order_id: str, seen: int, seconds: float) -> None:
        pause = _FIRST_PAUSE
        try:
            async with asyncio.timeout(seconds):
                while await self._events.head(order_id) == seen:
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, _LONGEST_PAUSE)
        except TimeoutError:
            return

    async def _with_pay_url(self, order: Order) -> FoundOrder:
        if not awaits_payment(order):
            return FoundOrder(order)
        entry = await self._intake.find(order.id)
        if entry is None:
            return FoundOrder(order)
        if entry.answer is None:
            return FoundOrder(order, unanswered=entry)
        return FoundOrder(order, pay_url_in(entry.answer, order.attempts[-1]))


def pay_url_in(answer: StoredAnswer | None, payment_key: str) -> str | None:
    """The pay page that a kept answer names for this attempt."""
    if answer is None or answer.status >= _FIRST_ERROR:
        return None
    payment = json.loads(answer.body).get("payment")
    if not payment or payment["key"] != payment_key:
        return None
    url: str | None = payment["pay_url"]
    return url


def _is_awaited(found: FoundOrder | PendingOrder, seen: int | None) -> bool:
    if isinstance(found, PendingOrder):
        return not found.is_over
    return found.order.version == seen


def _refusal_in(answer: StoredAnswer | None) -> str | None:
    if answer is None or answer.status < _FIRST_ERROR:
        return None
    code: str = json.loads(answer.body)["code"]
    return code


def _read(content: bytes) -> Order | None:
    try:
        return order_from(json.loads(content))
    except (DomainError, ValueError, TypeError, KeyError) as error:
        # Written by another release, or damaged: the stream knows better.
        _log.info("a cached order was not readable: %s", error)
        return None
