"""What of the world the workers' activities need. Who provides it is the composition's matter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from domain.ports.aggregate_snapshots import AggregateSnapshots
from domain.ports.carriers import Carrier
from domain.ports.catalogue import Catalogue
from domain.ports.clock import Clock, Ids
from domain.ports.entitlements import Entitlements
from domain.ports.events import EventFeed, EventStore
from domain.ports.intake import OrderIntake
from domain.ports.notices import Notices
from domain.ports.payments import PaymentAttempts, PaymentGateway, PaymentReports
from domain.ports.personal_data import PersonalData
from domain.ports.price_checks import PriceChecks
from domain.ports.prices import PriceBook, PriceSnapshots, Promotions, Wallets
from domain.ports.projections import OrderViews
from domain.ports.proposals import Proposals
from domain.ports.reconciliation import PaymentLedger, Reconciliations
from domain.ports.settlement import SettlementBook, Statements
from domain.ports.stock import StockLedger
from domain.ports.warehouses import Warehouses


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
    def promotions(self) -> Promotions:
        """Today's campaigns."""
        ...

    @property
    def wallets(self) -> Wallets:
        """Buyers, vouchers, and what is left of what is counted."""
        ...

    @property
    def checks(self) -> PriceChecks:
        """Every comparison of a shown price with today's."""
        ...

    @property
    def catalogue(self) -> Catalogue:
        """Writing into the price book."""
        ...

    @property
    def proposals(self) -> Proposals:
        """Prices under review."""
        ...

    @property
    def clock(self) -> Clock:
        """The server's clock."""
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
    def aggregate_snapshots(self) -> AggregateSnapshots:
        """States of long streams."""
        ...

    @property
    def gateways(self) -> Mapping[str, PaymentGateway]:
        """Payment providers by name."""
        ...

    @property
    def carrier(self) -> Carrier:
        """Whoever carries parcels."""
        ...

    @property
    def warehouses(self) -> Warehouses:
        """Shelves."""
        ...

    @property
    def entitlements(self) -> Entitlements:
        """Rights to virtual goods."""
        ...

    @property
    def personal(self) -> PersonalData:
        """Buyers' personal data."""
        ...

    @property
    def intake(self) -> OrderIntake:
        """Accepted requests."""
        ...

    @property
    def feed(self) -> EventFeed:
        """All orders' events, for whoever reads on."""
        ...

    @property
    def settlements(self) -> SettlementBook:
        """Who has what of orders' money."""
        ...

    @property
    def statements(self) -> Statements:
        """What parties are told of it."""
        ...

    @property
    def ledger(self) -> PaymentLedger:
        """Money that moved, as events have it."""
        ...

    @property
    def reports(self) -> Mapping[str, PaymentReports]:
        """Money that moved, as providers have it, by their names."""
        ...

    @property
    def reconciliations(self) -> Reconciliations:
        """Where the two differ."""
        ...

    @property
    def attempts(self) -> PaymentAttempts:
        """Which attempt belongs to which order."""
        ...

    @property
    def views(self) -> OrderViews:
        """Orders as they were projected."""
        ...

    @property
    def notices(self) -> Notices:
        """People."""
        ...

    @property
    def outages(self) -> tuple[type[Exception], ...]:
        """The exceptions by which these ports say that their server is away."""
        ...
