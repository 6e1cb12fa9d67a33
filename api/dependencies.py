"""What routes are given: the ports and use cases of one application, made once at its start."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from starlette.requests import Request

from activities.price_desk import PriceDesk, Sources
from activities.proposal_desk import ProposalDesk
from api.background import Background
from api.callbacks import CallbackDesk
from api.checkout import Checkout
from api.commands import OrderCommands
from api.holds import HoldDesk
from api.idempotency import Once
from api.orders import OrderReader
from api.waterfall import WaterfallPainter
from domain.ports.catalogue import Catalogue
from domain.ports.clock import Clock, Ids
from domain.ports.events import EventStore
from domain.ports.intake import OrderIntake, RequestLog
from domain.ports.notices import Notices
from domain.ports.payments import CallbackInbox, PaymentAttempts, PaymentGateway
from domain.ports.price_checks import PriceChecks
from domain.ports.prices import PriceBook, PriceSnapshots, Promotions, Wallets
from domain.ports.projections import OrderCache, OrderViews
from domain.ports.proposals import Proposals
from domain.ports.stock import StockLedger
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
    gateway: PaymentGateway
    attempts: PaymentAttempts
    inbox: CallbackInbox
    catalogue: Catalogue
    price_book: PriceBook
    promotions: Promotions
    wallets: Wallets
    snapshots: PriceSnapshots
    price_checks: PriceChecks
    stock: StockLedger
    views: OrderViews
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
    orders: OrderReader
    checkout: Checkout
    commands: OrderCommands
    callbacks: CallbackDesk
    once: Once
    review: ProposalDesk
    desk: PriceDesk
    holds: HoldDesk
    painter: WaterfallPainter


def services_of(request: Request) -> Services:
    """The services of the application that this request came to."""
    services: Services = request.app.state.services
    return services
