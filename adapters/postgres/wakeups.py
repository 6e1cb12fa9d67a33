"""Hints that events were appended, so that readers of the feed need not wait out their pause. Nothing more:
a hint may come late, twice, for nothing, or never, and whoever relies on it still has to look by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

import asyncpg

from adapters.postgres.pool import COMMAND_SECONDS, CONNECT_SECONDS, SERVER_SETTINGS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from adapters.postgres.pool import Pool, Session

_LOG = logging.getLogger(__name__)

CHANNEL: Final = "orderkeep_events"
# After the commit, in a transaction of its own: a NOTIFY inside the append would let one commit at a time
# through. It writes nothing worth waiting for the disk.
_NOTIFY: Final = "SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, '')"
# The last: a connection of the pool whose end asyncpg has been told of, but not noticed.
_AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


class Bell:
    """Rings for what this process appended: at once, then once in `quiet` seconds for all the rest."""

    def __init__(self, pool: Pool, *, quiet: float = 0.02) -> None:
        self._pool = pool
        self._quiet = quiet
        self._rung = False
        self._ringing: asyncio.Task[None] | None = None

    def ring(self) -> None:
        """Tell that something was committed. Returns at once and never raises."""
        self._rung = True
        if self._ringing is None:
            self._ringing = asyncio.create_task(self._ring())

    async def close(self) -> None:
        """Stop ringing."""
        if self._ringing:
            self._ringing.cancel()
            await asyncio.wait([self._ringing])

    async def _ring(self) -> None:
        try:
            while self._rung:
                self._rung = False
                await self._notify()
                await asyncio.sleep(self._quiet)
        finally:
            self._ringing = None

    async def _notify(self) -> None:
        try:
            await self._pool.execute(_NOTIFY, CHANNEL)
        except _AWAY as error:
            _LOG.debug("readers hear nothing of an append, they will look by themselves: %s", error)


class PostgresWakeups:
    """Hears the bells of all processes on a connection of its own, which comes back by itself.

    `run` keeps the connection until cancelled. Any number of tasks may wait; each hears of every ring once,
    also of one that came while it worked.
    """

    def __init__(
        self,
        database_url: str,
        *,
        application: str = "orderkeep-wakeups",
        shortest: float = 0.1,
        longest: float = 5.0,
        check: float = 30.0,
    ) -> None:
        self._url = database_url
        self._application = application
        self._shortest, self._longest = shortest, longest
        self._check = check
        self._rings = 0
        self._heard: WeakKeyDictionary[asyncio.Task[object], int] = WeakKeyDictionary()
        self._next = asyncio.Event()
        self.listening = False

    async def wait(self, timeout: float) -> bool:  # noqa: ASYNC109 - the pause that a ring may cut short
        """Return True at a ring that this task has not heard of, False after `timeout` seconds without."""
        task = asyncio.current_task()
        assert task is not None  # a coroutine always runs in one
        if self._heard.setdefault(task, self._rings) == self._rings:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout):  # `wait_for` may swallow a cancellation (Python 3.11)
                    await self._next.wait()
        rung = self._heard[task] != self._rings
        self._heard[task] = self._rings
        return rung

    async def run(self) -> None:
        """Listen until cancelled; a lost connection is opened again after a pause that grows."""
        pause = self._shortest
        while True:
            try:
                await self._listen()
            except _AWAY as error:
                _LOG.info("no wake-ups for now, readers look by themselves: %s", error)
            pause = self._shortest if self.listening else min(2 * pause, self._longest)
            self.listening = False
            await asyncio.sleep(pause)

    async def _listen(self) -> None:
        connection = await asyncpg.connect(
            self._url,
            timeout=CONNECT_SECONDS,
            command_timeout=COMMAND_SECONDS,
            server_settings={**SERVER_SETTINGS, "application_name": self._application},
        )
        lost = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(CHANNEL, self._hear)
            self.listening = True
            self._ring()  # what was appended while nobody listened
            await self._until_lost(connection, lost)
        finally:
            connection.terminate()

    async def _until_lost(self, connection: Session, lost: asyncio.Event) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._check):
                    await lost.wait()
            if lost.is_set():
                message = "the connection was lost"
                raise ConnectionError(message)
            await connection.execute("SELECT 1")  # a line that is cut without a word is found out here

    def _hear(self, *_: object) -> None:
        self._ring()

    def _ring(self) -> None:
        self._rings += 1
        self._next.set()
        self._next = asyncio.Event()


@asynccontextmanager
async def open_wakeups(database_url: str, *, application: str) -> AsyncIterator[PostgresWakeups]:
    """Listen while the block runs. The server may be away; hints begin when it is back."""
    wakeups = PostgresWakeups(database_url, application=application)
    listening = asyncio.create_task(wakeups.run())
    try:
        yield wakeups
    finally:
        listening.cancel()
        await asyncio.wait([listening])
