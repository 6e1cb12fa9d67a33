"""Builds the workers that run orders' workflows and activities over given ports. It opens nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.after_sale import AfterSaleActivities
from activities.fulfilment import DigitalActivities, ShipmentActivities
from activities.histories import Histories
from activities.housekeeping import HoldSweeper
from activities.notices import NoticeActivities
from activities.order_events import OrderEventActivities
from activities.order_reconciliation import OrderReconciler
from activities.pacing import PacedRequests
from activities.payments import PaymentActivities
from activities.price_desk import PriceDesk, Sources
from activities.price_monitor import PriceMonitor
from activities.pricing import PricingActivities
from activities.proposal_desk import ProposalDesk
from activities.proposals import ProposalActivities
from activities.reconciliation import ReconciliationActivities
from activities.reconciliation_desk import ReconciliationDesk
from activities.settlement import SettlementActivities
from activities.settlement_desk import SettlementDesk
from activities.shipping import ShippingService
from activities.stock import StockActivities, WarehouseActivities
from domain.history.aggregates import ORDER
from domain.order.order import Order
from domain.ports.order_context import OrderContext
from workflows.accepting import Accepting
from workflows.after_sale import AfterSaleWorkflow
from workflows.causes import HearingCauses
from workflows.housekeeping import HousekeepingWorkflow, MovingHousekeepingWorkflow
from workflows.late_payment import LatePaymentWorkflow
from workflows.late_report import LateReportWorkflow
from workflows.order import OrderWorkflow
from workflows.order_context import LiveOrderContext
from workflows.order_processes import TemporalOrderProcesses
from workflows.starting import Windows
from workflows.worker_ports import WorkerPorts
from workflows.worker_rules import POLLERS, WorkerRules

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
        *fulfilment_activities(ports),
        *after_sale_activities(ports),
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


def fulfilment_activities(ports: WorkerPorts) -> Sequence[Callable[..., Any]]:
    """Goods on their way out, of every category."""
    goods = WarehouseActivities(ports.warehouses)
    digital = DigitalActivities(ports.entitlements)
    parcels = ShipmentActivities(ShippingService(order_context(ports), ports.carrier), ports.carrier)
    return (
        goods.allocate_goods,
        goods.hand_over_goods,
        goods.cancel_goods,
        digital.deliver_digital,
        digital.revoke_digital,
        parcels.book_shipment,
        parcels.recall_shipment,
        parcels.readdress_shipment,
        parcels.track_shipment,
    )


def after_sale_activities(ports: WorkerPorts) -> Sequence[Callable[..., Any]]:
    """What returns and refunds do besides moving money."""
    after_sale = AfterSaleActivities(
        ports.stock, ports.warehouses, ports.snapshots, Sources(ports.prices, ports.promotions), ports.wallets
    )
    return (after_sale.take_back_goods, after_sale.give_back_allowances, after_sale.price_what_is_kept)


def order_context(ports: WorkerPorts) -> OrderContext:
    """Orders as other contexts see them; what they place is started by the relay."""
    accepting = Accepting(ports.snapshots, ports.intake, ports.clock, ports.ids, ports.personal)
    return LiveOrderContext(order_histories(ports), accepting)


def order_histories(ports: WorkerPorts) -> Histories[Order]:
    """Orders by their streams, the long ones by snapshots; those are written where orders are read."""
    return Histories(ORDER, ports.events, ports.aggregate_snapshots)


def chores(ports: WorkerPorts) -> Sequence[Callable[..., Any]]:
    """What schedules have done again and again."""
    reviews = ProposalDesk(ports.proposals, ports.catalogue)
    settling = settlement_desk(ports)
    settlement = SettlementActivities(settling)
    reconciling = ReconciliationDesk(
        settling, ports.ledger, ports.reconciliations, ports.reports, ports.gateways
    )
    return (
        settlement.settle_orders,
        settlement.draw_statements,
        ReconciliationActivities(reconciling, ports.notices).reconcile_payments,
        HoldSweeper(ports.stock).expire_holds,
        PriceMonitor(ports.checks, ports.notices).watch_prices,
        ProposalActivities(ports.proposals, reviews, ports.notices).advance_proposals,
    )


def settlement_desk(ports: WorkerPorts) -> SettlementDesk:
    """Settlement from the feed; one for each process."""
    return SettlementDesk(
        ports.feed, ports.events, ports.snapshots, ports.settlements, ports.statements, ports.notices
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
    """Everything that talks to payment providers."""
    payments = PaymentActivities(ports.gateways, ports.attempts)
    return (
        payments.request_payment,
        payments.query_payment,
        payments.capture_payment,
        payments.cancel_payment,
        payments.refund_payment,
    )


def sandbox() -> SandboxedWorkflowRunner:
    """The SDK's sandbox, with our pure modules passed through: what tests run workflows in."""
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
    return SandboxedWorkflowRunner(restrictions=restrictions)


def build_workers(
    client: Client,
    ports: WorkerPorts,
    queues: Queues,
    runner: WorkflowRunner | None = None,
    rules: WorkerRules | None = None,
    *,
    windows: Windows | None = None,
) -> tuple[Worker, Worker]:
    """One worker for orders, one for payments; neither runs yet. `windows` are the rules of orders whose own
    were forgotten with their workflow.

    Without a `runner` workflows run outside the sandbox, which would cost a quarter of a worker's time. The
    linter, and the suite, which runs them inside, keep clocks, chance and I/O out of them.
    """
    rules = rules or WorkerRules()
    processes = TemporalOrderProcesses(client, queues.orders, queues.payments, ports.intake, windows)
    # Asking for a payment is on the way to the first answer. On the orders' own queue the server hands it to
    # the worker that is finishing the order's task, without a poll in between.
    order_queue: Sequence[Callable[..., Any]] = (
        *order_activities(ports),
        OrderReconciler(ports.views, order_histories(ports), processes, ports.notices).reconcile_orders,
        PaymentActivities(ports.gateways, ports.attempts).request_payment,
    )
    orders = Worker(
        client,
        task_queue=queues.orders,
        workflows=[
            OrderWorkflow,
            AfterSaleWorkflow,
            LatePaymentWorkflow,
            LateReportWorkflow,
            MovingHousekeepingWorkflow if rules.version else HousekeepingWorkflow,
        ],
        activities=order_queue,
        workflow_runner=runner or UnsandboxedWorkflowRunner(),
        interceptors=[PacedRequests(rules.payment_requests_per_second), HearingCauses()],
        workflow_task_poller_behavior=POLLERS,
        activity_task_poller_behavior=POLLERS,
        sticky_queue_schedule_to_start_timeout=_STICKY,
        graceful_shutdown_timeout=GRACE,
        deployment_config=rules.deployment,
    )
    payments = Worker(
        client,
        task_queue=queues.payments,
        activities=payment_activities(ports),
        max_concurrent_activities=_MOST_PAYMENT_CALLS,
        # Told to the server with every poll: it holds for all workers of the queue together.
        max_task_queue_activities_per_second=rules.payment_calls_per_second,
        activity_task_poller_behavior=POLLERS,
        graceful_shutdown_timeout=GRACE,
        deployment_config=rules.deployment,
    )
    return orders, payments
