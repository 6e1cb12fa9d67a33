"""The worker process: runs orders' workflows, their activities and the relay. No business rule lives here."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Final

import uvloop
from pydantic import ValidationError
from temporalio.client import Client
from temporalio.common import WorkerDeploymentVersion

from adapters.settings import Settings
from adapters.temporal.connection import connected_client
from adapters.temporal.search_attributes import ensure_search_attributes
from adapters.wiring import Adapters, open_adapters
from ops.health import health_page
from ops.patience import patiently
from ops.relay import Relay
from workflows import attributes
from workflows.client import OrderWorkflows
from workflows.schedules import ensure_schedules
from workflows.worker_rules import WorkerRules
from workflows.workers import GRACE, Queues, build_workers

_log = logging.getLogger("orderkeep.worker")

_FINISH: Final = timedelta(seconds=5)


class WorkerProcess:
    """Everything that runs in this process, from the first health page to the last flush."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stop = asyncio.Event()
        self._polling = False

    async def run(self) -> int:
        """Work until SIGTERM or SIGINT. Exit code 0 when asked to stop, 1 when a part ended by itself."""
        loop = asyncio.get_running_loop()
        for wanted in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(wanted, self._stop.set)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(health_page(self._settings.worker_health_port, self._state))
            adapters = await stack.enter_async_context(
                open_adapters(self._settings, application="orderkeep-worker")
            )
            relay = Relay(adapters, OrderWorkflows(adapters.temporal, self._settings), self._settings)
            # Beside the workers and not after them: accepted orders wait for Temporal in the relay's hands.
            work = [
                asyncio.create_task(relay.run(), name="relay"),
                asyncio.create_task(self._poll(adapters), name="workers"),
            ]
            return await self._until_stopped(work)

    async def _poll(self, adapters: Adapters) -> None:
        client = await connected_client(self._settings)
        added = await patiently("search attributes", lambda: ensure_search_attributes(client, attributes.ALL))
        if added:
            _log.info("search attributes added: %s", ", ".join(added))
        queues = Queues(self._settings.order_task_queue, self._settings.payment_task_queue)
        async with AsyncExitStack() as stack:
            for worker in build_workers(
                client, adapters, queues, rules=_rules(self._settings), windows=self._settings
            ):
                await stack.enter_async_context(worker)
            self._polling = True
            _log.info(
                "polling %s and %s at %s", queues.orders, queues.payments, self._settings.temporal_address
            )
            try:
                await self._see_to_schedules(client, queues.orders)
            finally:
                self._polling = False

    async def _see_to_schedules(self, client: Client, queue: str) -> None:
        """Until asked to stop. Beside the work: orders must not wait because Temporal is busy with others."""
        async with asyncio.TaskGroup() as beside:
            ensuring = beside.create_task(patiently("schedules", lambda: ensure_schedules(client, queue)))
            await self._stop.wait()
            ensuring.cancel()

    async def _until_stopped(self, work: list[asyncio.Task[None]]) -> int:
        stopping = asyncio.create_task(self._stop.wait())
        done, _ = await asyncio.wait([stopping, *work], return_when=asyncio.FIRST_COMPLETED)
        self._stop.set()
        for task in done - {stopping}:
            _log.error("%s ended by itself", task.get_name(), exc_info=task.exception())
        relay, workers = work
        relay.cancel()
        if not self._polling:
            workers.cancel()  # still looking for Temporal
        await asyncio.wait(work, timeout=(GRACE + _FINISH).total_seconds())
        return 0 if stopping in done else 1

    def _state(self) -> tuple[bool, dict[str, object]]:
        return self._polling, {"status": "ok" if self._polling else "starting"}


def version_of(settings: Settings) -> WorkerDeploymentVersion | None:
    """The version that these workers are, None when they are not told apart."""
    if not settings.deployment:
        return None
    return WorkerDeploymentVersion(settings.deployment, settings.build_id)


def _rules(settings: Settings) -> WorkerRules:
    return WorkerRules(
        payment_calls_per_second=settings.payment_calls_per_second,
        payment_requests_per_second=settings.payment_requests_per_second,
        version=version_of(settings),
    )


def main() -> None:
    """Run the worker. Exit code 2 for wrong settings, 1 when it ended by itself."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # a line for every call to the provider is noise
    try:
        settings = Settings()
    except ValidationError as error:
        sys.stderr.write(f"worker: {error}\n")
        raise SystemExit(2) from error
    missing = [name for name in ("database_url", "temporal_address") if not getattr(settings, name)]
    if settings.deployment and not settings.build_id:
        missing.append("orderkeep_build_id")
    if missing:
        sys.stderr.write(f"worker: {', '.join(missing).upper()} is not set\n")
        raise SystemExit(2)
    code = uvloop.run(WorkerProcess(settings).run())
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    # Deliberately: threads of the SDK core may still touch the interpreter as it is taken down, and abort
    # it (PyGILState_Release). Everything of ours is closed by now.
    os._exit(code)


if __name__ == "__main__":
    main()
