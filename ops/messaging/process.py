"""A process that works until it is told to stop, and shows on a health page how it is doing."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from typing import Final, Protocol

import uvloop
from pydantic import ValidationError

from adapters.messaging_settings import BrokerKind
from adapters.settings import Settings
from adapters.wiring import OUTAGES
from ops.health import health_page

_log = logging.getLogger("orderkeep.messaging")
_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 5.0
_STOP_SECONDS: Final = 15.0
_DEFECTS_IN_A_ROW: Final = 3
_GOOD_SECONDS: Final = 60.0  # a work that went well for so long ends the row


class Works(Protocol):
    """What such a process runs. `state` is for people; `works` are named, each runs until cancelled."""

    @property
    def works(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """Everything that runs side by side."""
        ...

    @property
    def passing(self) -> tuple[type[Exception], ...]:
        """What is waited out when it ends a work; all else ends the process when it comes in a row."""
        ...

    def state(self) -> Mapping[str, object]:
        """How far it is."""
        ...


Opening = Callable[[Settings], AbstractAsyncContextManager[Works]]


class MessagingProcess:
    """Runs what `opening` opens."""

    def __init__(self, name: str, settings: Settings, port: int, opening: Opening) -> None:
        self._name = name
        self._settings = settings
        self._port = port
        self._opening = opening
        self._works: Works | None = None

    async def run(self) -> int:
        """Work until SIGTERM or SIGINT: exit code 0. Exit code 1 when a work ended by itself."""
        stop = asyncio.Event()
        for wanted in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(wanted, stop.set)
        async with health_page(self._port, self._state), AsyncExitStack() as stack:
            works = await self._opened(stack, stop)
            if works is None:
                return 0
            self._works = works
            tasks = [
                asyncio.create_task(keep_going(work, works.passing, name), name=name)
                for name, work in works.works.items()
            ]
            try:
                return await _until_stopped(stop, tasks)
            finally:
                self._works = None

    async def _opened(self, stack: AsyncExitStack, stop: asyncio.Event) -> Works | None:
        """What is opened, as soon as its servers are there; None when it is told to stop before."""
        pause = _FIRST_PAUSE
        while not stop.is_set():
            try:
                return await stack.enter_async_context(self._opening(self._settings))
            except OUTAGES as error:
                _log.warning("%s cannot begin: %r; trying again in %.1f s", self._name, error, pause)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        return None

    def _state(self) -> tuple[bool, Mapping[str, object]]:
        if self._works is None:
            return False, {"status": "starting"}
        return True, {"status": "ok", **self._works.state()}


async def keep_going(
    work: Callable[[], Awaitable[None]], passing: tuple[type[Exception], ...], name: str
) -> None:
    """Run a work again after what passes, with pauses that grow; raises all else that comes in a row.

    A client whose server dies under it may throw what no list of outages has, once.
    """
    loop, pause, defects = asyncio.get_running_loop(), _FIRST_PAUSE, 0
    while True:
        started = loop.time()
        try:
            await work()
        except passing as error:
            _log.warning("%s: %r; beginning again in %.1f s", name, error, pause)
        except Exception as error:
            defects = 1 if loop.time() - started > _GOOD_SECONDS else defects + 1
            if defects >= _DEFECTS_IN_A_ROW:
                raise
            _log.error("%s: beginning again after what should not be", name, exc_info=error)
        pause = _FIRST_PAUSE if loop.time() - started > _LONGEST_PAUSE else min(2 * pause, _LONGEST_PAUSE)
        await asyncio.sleep(pause)


async def _until_stopped(stop: asyncio.Event, tasks: Sequence[asyncio.Task[None]]) -> int:
    stopping = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
    for task in done - {stopping}:
        _log.error("%s ended by itself", task.get_name(), exc_info=task.exception())
    for task in (stopping, *tasks):
        task.cancel()
    await asyncio.wait([stopping, *tasks], timeout=_STOP_SECONDS)
    return 0 if stopping in done else 1


def run_process(name: str, port_of: Callable[[Settings], int], opening: Opening) -> None:
    """Become that process. Exit code 2 for wrong settings, 1 when it ended by itself."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # a line for every command is noise
    try:
        settings = Settings()
    except ValidationError as error:
        sys.stderr.write(f"{name}: {error}\n")
        raise SystemExit(2) from error
    needed = {"DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url}
    if settings.broker is not BrokerKind.VALKEY:
        del needed["REDIS_URL"]
    missing = [variable for variable, value in needed.items() if not value]
    if missing:
        sys.stderr.write(f"{name}: {', '.join(missing)} is not set\n")
        raise SystemExit(2)
    raise SystemExit(uvloop.run(MessagingProcess(name, settings, port_of(settings), opening).run()))
