"""Builds the workers that run orders' workflows and activities over given ports. It opens nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.housekeeping import HoldSweeper
from activities.notices import NoticeActivities
from activities.order_events import OrderEventActivities
from activities.payments import PaymentActivities
from activities.price_desk import PriceDesk, Sources
from activities.price_monitor import PriceMonitor
from activities.pricing import PricingActivities
from activities.proposal_desk import ProposalDesk
from activities.proposals import ProposalActivities
from activities.stock import StockActivities
from workflows.housekeeping import HousekeepingWorkflow
from workflows.late_payment import LatePaymentWorkflow
from workflows.order import OrderWorkflow
from workflows.worker_ports import WorkerPorts

GRACE: Final = timedelta(seconds=10)
"""How long running activities may go on after a worker was asked to stop."""

# Imported once for the process, not once for each workflow: they keep no state and touch nothing outside.
PASSED_THROUGH: Final = ("activities", "domain", "pydantic", "pydantic_core", "workflows")

_MOST_PAYMENT_CALLS: Final = 50
# A task for a worker that was killed goes to another one after this time.
_STICKY: Final = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class Queues:
    """Task queue names."""

    orders: str
    payments: str


def order_activities(ports: WorkerPorts) -> Sequence[Callable[..., Any]]:
    """Everything that runs beside workflows."""
    pricing = PricingActivities(price_desk(ports), ports.snapshots, ports.checks, ports.notices)
    stock = StockActivities(ports.stock)
    events = OrderEventActivities(ports.events)
    notices = NoticeActivities(ports.notices)
    return (
        *chores(ports),
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


def chores(ports: WorkerPorts) -> Sequence[Callable[..., Any]]:
    """What schedules have done again and again."""
    reviews = ProposalDesk(ports.proposals, ports.catalogue)
    return (
        HoldSweeper(ports.stock).expire_holds,
        PriceMonitor(ports.checks, ports.notices).watch_prices,
        ProposalActivities(ports.proposals, reviews, ports.notices).advance_proposals,
    )


def price_desk(ports: WorkerPorts) -> PriceDesk:
    """The pricing use cases over the stores themselves: an order is never priced from a cache."""
    stores = Sources(ports.prices, ports.promotions)
    return PriceDesk(
        stores=stores,
        shown=stores,
        wallets=ports.wallets,
        snapshots=ports.snapshots,
        stock=ports.stock,
        ids=ports.ids,
        outages=ports.outages,
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


def sandbox() -> SandboxedWorkflowRunner:
    """The SDK's sandbox, with our pure modules passed through: what tests run workflows in."""
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
    return SandboxedWorkflowRunner(restrictions=restrictions)


def build_workers(
    client: Client, ports: WorkerPorts, queues: Queues, runner: WorkflowRunner | None = None
) -> tuple[Worker, Worker]:
    """One worker for orders, one for payments; neither runs yet.

    Without a `runner` workflows run outside the sandbox, which would cost a quarter of a worker's time. The
    linter, and the suite, which runs them inside, keep clocks, chance and I/O out of them.
    """
    # Asking for a payment is on the way to the first answer. On the orders' own queue the server hands it to
    # the worker that is finishing the order's task, without a poll in between.
    order_queue = (
        *order_activities(ports),
        PaymentActivities(ports.payments, ports.attempts).request_payment,
    )
    orders = Worker(
        client,
        task_queue=queues.orders,
        workflows=[OrderWorkflow, LatePaymentWorkflow, HousekeepingWorkflow],
        activities=order_queue,
        workflow_runner=runner or UnsandboxedWorkflowRunner(),
        sticky_queue_schedule_to_start_timeout=_STICKY,
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
