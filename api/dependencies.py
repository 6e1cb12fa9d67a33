"""What routes are given: the ports and use cases of one application, made once at its start."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from starlette.requests import Request

from activities.erasure_desk import ErasureDesk
from activities.histories import Histories
from activities.price_desk import PriceDesk, Sources
from activities.proposal_desk import ProposalDesk
from activities.reconciliation_desk import ReconciliationDesk
from activities.repairing import Repairs
from activities.settlement_desk import SettlementDesk
from api.background import Background
from api.callbacks import CallbackDesk
from api.checkout import Checkout
from api.holds import HoldDesk
from api.idempotency import Once
from api.opening import Opening
from api.order.after_sale import AfterSaleCommands
from api.order.carriers import CarrierDesk
from api.order.commands import OrderCommands
from api.order.fulfilment import FulfilmentCommands
from api.order.reading import OrderReader
from api.order.streams import OrderStreams
from api.pricing.waterfall import WaterfallPainter
from domain.order.order import Order
from domain.ports.aggregate_snapshots import AggregateSnapshots
from domain.ports.audit import AuditTrail
from domain.ports.carriers import Carrier
from domain.ports.catalogue import Catalogue
from domain.ports.clock import Clock, Ids
from domain.ports.entitlements import Entitlements
from domain.ports.events import EventFeed, EventStore
from domain.ports.intake import OrderIntake, RequestLog
from domain.ports.notices import Notices
from domain.ports.order_notes import OrderNotes
from domain.ports.payments import (
    CallbackInbox,
    PaymentAttempts,
    PaymentGateway,
    PaymentReferences,
    PaymentReports,
)
from domain.ports.personal_data import PersonalData
from domain.ports.price_checks import PriceChecks
from domain.ports.prices import PriceBook, PriceSnapshots, Promotions, Wallets
from domain.ports.projections import OrderCache, OrderViews
from domain.ports.proposals import Proposals
from domain.ports.read_models import Projections, ReadModels
from domain.ports.reconciliation import PaymentLedger, Reconciliations
from domain.ports.settlement import SettlementBook, Statements
from domain.ports.stock import StockLedger
from domain.ports.warehouses import Warehouses
from domain.review.proposal import PriceProposal
from workflows.client import OrderWorkflows

Probe = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class ApiPorts:
    """Everything of the world that the API needs.

    `probes` ask servers for a sign of life by name; a probe raises when there is none. `outages` are the
    exceptions by which these ports say that their server is away. `shown` is where prices to show are read,
    None for the stores themselves.
    """

    clock: Clock
    ids: Ids
    events: EventStore
    intake: OrderIntake
    requests: RequestLog
    notices: Notices
    notes: OrderNotes
    entitlements: Entitlements
    aggregate_snapshots: AggregateSnapshots
    audit: AuditTrail
    personal: PersonalData
    carrier: Carrier
    gateways: Mapping[str, PaymentGateway]
    reports: Mapping[str, PaymentReports]
    feed: EventFeed
    settlements: SettlementBook
    statements: Statements
    ledger: PaymentLedger
    reconciliations: Reconciliations
    references: PaymentReferences
    attempts: PaymentAttempts
    inbox: CallbackInbox
    catalogue: Catalogue
    price_book: PriceBook
    promotions: Promotions
    wallets: Wallets
    snapshots: PriceSnapshots
    price_checks: PriceChecks
    stock: StockLedger
    warehouses: Warehouses
    views: OrderViews
    read_models: ReadModels
    projections: Projections
    cache: OrderCache
    proposals: Proposals
    workflows: OrderWorkflows
    shown: Sources | None = None
    probes: Mapping[str, Probe] = field(default_factory=dict)
    outages: tuple[type[Exception], ...] = (OSError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases over those ports."""

    ports: ApiPorts
    background: Background
    histories: Histories[Order]
    proposal_histories: Histories[PriceProposal]
    orders: OrderReader
    checkout: Checkout
    commands: OrderCommands
    fulfilment: FulfilmentCommands
    after_sale: AfterSaleCommands
    opening: Opening
    erasing: ErasureDesk
    streams: OrderStreams
    callbacks: CallbackDesk
    carriers: CarrierDesk
    once: Once
    review: ProposalDesk
    desk: PriceDesk
    holds: HoldDesk
    painter: WaterfallPainter
    settling: SettlementDesk
    reconciling: ReconciliationDesk
    repairs: Repairs


def services_of(request: Request) -> Services:
    """The services of the application that this request came to."""
    services: Services = request.app.state.services
    return services
