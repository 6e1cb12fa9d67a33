"""Orders whose workflow was ended by force, and the chore that looks for them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

from temporalio.client import WorkflowExecutionStatus

from activities.order_reconciliation import OrderReconciler
from domain.ports.processes import ProcessState
from domain.ports.stock import StockLevel
from tests.support.fake_gateway import Operation
from tests.workflow.gates import until
from tests.workflow.shop import Customer, Shop
from workflows.order_processes import TemporalOrderProcesses
from workflows.starting import Windows
from workflows.workers import order_histories


def processes_of(shop: Shop, windows: Windows | None = None) -> TemporalOrderProcesses:
    queues = shop.queues
    return TemporalOrderProcesses(shop.temporal, queues.orders, queues.payments, shop.intake, windows)


def reconciler_of(shop: Shop, windows: Windows | None = None) -> OrderReconciler:
    return OrderReconciler(shop.views, order_histories(shop), processes_of(shop, windows), shop.notices)


async def reconciled(shop: Shop) -> int:
    """One round of the chore; how many processes it has started."""
    return await reconciler_of(shop).reconcile_orders(datetime.now(UTC))


async def stops(buyer: Customer) -> None:
    """Somebody terminates the order's workflow, and the server says so."""
    await buyer.handle.terminate("by a test")
    processes = processes_of(buyer.shop)
    await until(lambda: processes.state(buyer.id), lambda state: state is ProcessState.TERMINATED)


async def is_found(buyer: Customer) -> None:
    """The chore finds it, starts it again and tells somebody."""
    assert await reconciled(buyer.shop) == 1
    alert = await buyer.shop.somebody_is_told("order_process_restarted")
    assert (alert.order_id, dict(alert.facts)["found"]) == (buyer.id, "terminated")


async def runs_of(buyer: Customer) -> int:
    """How many runs its workflow has had, as its first, last and all between name each other."""
    count = 0
    async for _ in _runs(buyer):
        count += 1
    return count


async def _runs(buyer: Customer) -> AsyncIterator[str]:
    run_id = ""
    while True:
        handle = buyer.shop.temporal.get_workflow_handle(buyer.handle.id, run_id=run_id or None)
        first = await anext(aiter(handle.fetch_history_events(page_size=1)))
        yield first.workflow_execution_started_event_attributes.original_execution_run_id
        run_id = first.workflow_execution_started_event_attributes.continued_execution_run_id
        if not run_id:
            return


async def went_on(buyer: Customer, runs: int = 2) -> None:
    """Its workflow has continued as new until it has had that many runs at least."""
    await until(lambda: runs_of(buyer), lambda count: count >= runs)


async def is_running(buyer: Customer) -> bool:
    described = await buyer.handle.describe()
    return described.status is WorkflowExecutionStatus.RUNNING


def calls(shop: Shop, operation: Operation) -> int:
    return sum(called is operation for called, _ in shop.payments.calls)


def tea(available: int, held: int = 0, sold: int = 0) -> Callable[[StockLevel | None], bool]:
    return lambda level: level == StockLevel("tea", available=available, held=held, sold=sold)
