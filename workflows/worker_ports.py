"""What of the world the workers' activities need. Who provides it is the composition's matter."""

from __future__ import annotations

from typing import Protocol

from domain.ports.catalogue import Catalogue
from domain.ports.clock import Ids
from domain.ports.events import EventStore
from domain.ports.notices import Notices
from domain.ports.payments import PaymentAttempts, PaymentGateway
from domain.ports.price_checks import PriceChecks
from domain.ports.prices import PriceBook, PriceSnapshots, Promotions, Wallets
from domain.ports.proposals import Proposals
from domain.ports.stock import StockLedger


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

    @property
    def outages(self) -> tuple[type[Exception], ...]:
        """The exceptions by which these ports say that their server is away."""
        ...
