"""The worker process: runs orders' workflows, their activities and the relay. No business rule lives here."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol

import uvloop
from pydantic import ValidationError
from temporalio.client import Client
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.notices import NoticeActivities
from activities.order_events import OrderEventActivities
from activities.payments import PaymentActivities
from activities.pricing import PricingActivities
from activities.stock import StockActivities
from adapters.settings import Settings
from adapters.temporal.connection import connected_client
from adapters.wiring import Adapters, open_adapters
from domain.ports.clock import Ids
from domain.ports.events import EventStore
from domain.ports.notices import Notices
from domain.ports.payments import PaymentAttempts, PaymentGateway
from domain.ports.prices import PriceBook, PriceSnapshots
from domain.ports.stock import StockLedger
from ops.health import health_page
from ops.relay import Relay
from workflows.client import OrderWorkflows
from workflows.late_payment import LatePaymentWorkflow
from workflows.order import OrderWorkflow

_log = logging.getLogger("orderkeep.worker")

GRACE: Final = timedelta(seconds=10)
"""How long running activities may go on after the worker was asked to stop."""

# Imported once for the process, not once for each workflow: they keep no state and touch nothing outside.
PASSED_THROUGH: Final = ("activities", "domain", "pydantic", "pydantic_core", "workflows")

_MOST_PAYMENT_CALLS: Final = 50
_FINISH: Final = timedelta(seconds=5)


class WorkerPorts(Protocol):
    """The ports that activities need; `adapters.wiring.Adapters` has them."""

    @property
    def snapshots(self) -> PriceSnapshots:
        """What buyers were shown."""
        ...

    @property
    def prices(self) -> PriceBook:
        """Today's prices."""
        ...

    @property
    def ids(self) -> Ids:
        """New ids."""
        ...

    @property
    def stock(self) -> StockLedger:
        """Holds."""
        ...

    @property
    def events(self) -> EventStore:
        """Orders' streams."""
        ...

    @property
    def payments(self) -> PaymentGateway:
        """The payment provider."""
        ...

    @property
    def attempts(self) -> PaymentAttempts:
        """Which attempt belongs to which order."""
        ...

    @property
    def notices(self) -> Notices:
        """People."""
        ...


@dataclass(frozen=True, slots=True)
class Queues:
    """Task queue names."""

    orders: str
    payments: str


def order_activities(ports: WorkerPorts) -> Sequence[Callable[..., Any]]:
    """Everything that runs beside workflows."""
    pricing = PricingActivities(ports.snapshots, ports.prices, ports.ids)
    stock = StockActivities(ports.stock)
    events = OrderEventActivities(ports.events)
    notices = NoticeActivities(ports.notices)
    return (
        pricing.check_price_snapshot,
        stock.take_holds,
        stock.confirm_holds,
        stock.release_holds,
        stock.restock,
        events.record_events,
        events.load_order,
        notices.raise_alert,
        notices.notify_buyer,
    )


def payment_activities(ports: WorkerPorts) -> Sequence[Callable[..., Any]]:
    """Everything that talks to the payment provider."""
    payments = PaymentActivities(ports.payments, ports.attempts)
    return (
        payments.request_payment,
        payments.query_payment,
        payments.cancel_payment,
        payments.refund_payment,
    )


def workflow_runner() -> SandboxedWorkflowRunner:
    """The sandbox, with our pure modules passed through."""
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
    return SandboxedWorkflowRunner(restrictions=restrictions)


def build_workers(client: Client, ports: WorkerPorts, queues: Queues) -> tuple[Worker, Worker]:
    """One worker for orders, one for payments; neither runs yet."""
    orders = Worker(
        client,
        task_queue=queues.orders,
        workflows=[OrderWorkflow, LatePaymentWorkflow],
        activities=order_activities(ports),
        workflow_runner=workflow_runner(),
        graceful_shutdown_timeout=GRACE,
    )
    payments = Worker(
        client,
        task_queue=queues.payments,
        activities=payment_activities(ports),
        max_concurrent_activities=_MOST_PAYMENT_CALLS,
        graceful_shutdown_timeout=GRACE,
    )
    return orders, payments


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
            # Beside the workers and not after them: goods come back also while Temporal is away.
            work = [
                asyncio.create_task(relay.run(), name="relay"),
                asyncio.create_task(self._poll(adapters), name="workers"),
            ]
            return await self._until_stopped(work)

    async def _poll(self, adapters: Adapters) -> None:
        client = await connected_client(self._settings)
        queues = Queues(self._settings.order_task_queue, self._settings.payment_task_queue)
        async with AsyncExitStack() as stack:
            for worker in build_workers(client, adapters, queues):
                await stack.enter_async_context(worker)
            self._polling = True
            _log.info(
                "polling %s and %s at %s", queues.orders, queues.payments, self._settings.temporal_address
            )
            await self._stop.wait()
            self._polling = False

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


def main() -> None:
    """Run the worker. Exit code 2 for wrong settings, 1 when it ended by itself."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        settings = Settings()
    except ValidationError as error:
        sys.stderr.write(f"worker: {error}\n")
        raise SystemExit(2) from error
    missing = [name for name in ("database_url", "temporal_address") if not getattr(settings, name)]
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
