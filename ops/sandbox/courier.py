"""Sends due callbacks, signed, a bounded number at a time, and keeps at it. Knows no service."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import httpx
from standardwebhooks import Webhook

from ops.sandbox import outbox
from ops.sandbox.database import Database
from ops.sandbox.outbox import Delivery, Outbox
from ops.sandbox.sending import Sending

_ROWS_AT_ONCE: Final = 256
_LONGEST_SLEEP: Final = timedelta(seconds=30)


class Courier:
    """The sending loop. Callbacks of one subject go one after another, subjects beside each other.

    A callback that fails waits for its next try without holding up those behind it, so only first tries
    keep the order. One that was sent when the process died is sent again: at least once, never lost.
    """

    def __init__(
        self, database: Database, waiting: Outbox, sending: Sending, now: Callable[[], datetime]
    ) -> None:
        """Only prepare; `run` sends."""
        self._database = database
        self._waiting = waiting
        self._sending = sending
        self._now = now
        self._signer = Webhook(sending.secret)
        self._wake = asyncio.Event()
        self._busy: dict[str, asyncio.Task[None]] = {}

    def wake(self) -> None:
        """Something new may be due."""
        self._wake.set()

    async def run(self) -> None:
        """Send until cancelled; what is under way is then given up and found again at the next start."""
        timeout = self._sending.timeout.total_seconds()
        limits = httpx.Limits(max_connections=self._sending.at_once)
        async with httpx.AsyncClient(timeout=timeout, limits=limits, trust_env=False) as client:
            try:
                while True:
                    await self._send_what_is_due(client)
            finally:
                await self._abandon()

    async def _send_what_is_due(self, client: httpx.AsyncClient) -> None:
        self._wake.clear()
        now = self._now()
        # As it was before reading: a subject that finishes meanwhile may be read with what it has just sent.
        busy = frozenset(self._busy)
        waiting = await self._database.run(partial(self._waiting.due, now=now, limit=_ROWS_AT_ONCE))
        for key, deliveries in waiting.items():
            if key not in busy and len(self._busy) < self._sending.at_once:
                self._busy[key] = asyncio.create_task(self._send_in_turn(client, key, deliveries))
        later = await self._database.run(partial(outbox.next_due, now=now))
        await self._sleep(min(later - now, _LONGEST_SLEEP) if later else _LONGEST_SLEEP)

    async def _sleep(self, longest: timedelta) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), longest.total_seconds())
        except TimeoutError:
            return

    async def _send_in_turn(
        self, client: httpx.AsyncClient, key: str, deliveries: Sequence[Delivery]
    ) -> None:
        try:
            for delivery in deliveries:
                await self._send(client, delivery)
        finally:
            del self._busy[key]
            self.wake()

    async def _send(self, client: httpx.AsyncClient, delivery: Delivery) -> None:
        accepted = await self._accepted(client, delivery)
        if accepted:
            await self._database.run(partial(outbox.delivered, delivery=delivery))
        else:
            now, back_off = self._now(), self._sending.back_off
            await self._database.run(partial(outbox.failed, delivery=delivery, back_off=back_off, now=now))

    async def _accepted(self, client: httpx.AsyncClient, delivery: Delivery) -> bool:
        body = json.dumps(delivery.body, separators=(",", ":"))
        headers = self._headers(delivery.event_id, body)
        try:
            response = await client.post(delivery.callback_url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL):
            return False
        return response.is_success

    def _headers(self, message_id: str, body: str) -> dict[str, str]:
        # The event's id is the message's id: retries and duplicates are the same message to the receiver.
        now = self._now()
        return {
            "content-type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(message_id, now, body),
        }

    async def _abandon(self) -> None:
        tasks = list(self._busy.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
