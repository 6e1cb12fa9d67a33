"""The pricing use cases, one implementation for HTTP, workflows and whatever comes: display, order, payment.

It reads, has the domain calculate and compare, and keeps snapshots. It knows no transport.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.money import Money
from domain.ports.clock import Ids
from domain.ports.prices import PriceBook, PriceSnapshots, Promotions, Wallets
from domain.pricing.calculation import Calculation
from domain.pricing.consistency import PriceCheck
from domain.pricing.promotion import Promotion
from domain.pricing.request import RequestedLine, Scene, Wishes
from domain.pricing.snapshot import PriceSnapshot


@dataclass(frozen=True, slots=True)
class Sources:
    """Where base prices and promotions are read: the stores themselves, or caches in front of them."""

    book: PriceBook
    promotions: Promotions


@dataclass(frozen=True, slots=True)
class Ask:
    """A wish for a price, in a caller's terms. Without `buyer_id` anybody may order by the snapshot."""

    scene: Scene
    currency: str
    lines: tuple[RequestedLine, ...]
    buyer_id: str | None = None
    wishes: Wishes = Wishes()


@dataclass(frozen=True, slots=True)
class Checked:
    """A snapshot compared with today: what was found, and the snapshot to charge or to ask the buyer about.

    `fresh` tells that `snapshot` is a new one. `today` is the calculation it was compared with.
    """

    check: PriceCheck
    snapshot: PriceSnapshot
    fresh: bool
    today: Calculation


class PriceDesk:
    """Prices for every scene. `shown` serves display and cart, `stores` everything that is charged.

    `outages` are the exceptions by which the ports say that their server is away.
    """

    def __init__(
        self,
        *,
        stores: Sources,
        shown: Sources,
        wallets: Wallets,
        snapshots: PriceSnapshots,
        ids: Ids,
        outages: tuple[type[Exception], ...] = (),
    ) -> None:
        self._stores = stores
        self._shown = shown
        self._wallets = wallets
        self._snapshots = snapshots
        self._ids = ids
        self._outages = outages

    async def quote(self, ask: Ask, now: datetime) -> PriceSnapshot:
        """Price it and keep the snapshot, which is durable before this returns.

        Raises `PriceNotFoundError`, `ServiceNotFoundError`, `HoldNotFoundError` for a pre-lock that is not
        the buyer's, `PricesUnavailableError` when promotions cannot be read for a final scene; a display is
        then given at base prices, `degraded`.
        """
        raise NotImplementedError

    async def estimate(self, ask: Ask, at: datetime, draft: Promotion | None = None) -> Calculation:
        """What the price would be (or was) at another moment, and with a promotion that is not active yet.

        No snapshot is made, so nobody can order by it. Today's counts of quotas are used.
        """
        raise NotImplementedError

    async def payment_price(self, snapshot_id: str, buyer_id: str, tolerance: Money, now: datetime) -> Checked:
        """Whether what was shown still holds, without claiming it: the price that would be charged.

        Raises `SnapshotNotFoundError`, `NotAFinalPriceError`.
        """
        raise NotImplementedError

    async def check(
        self, order_id: str, snapshot: PriceSnapshot, buyer_id: str, tolerance: Money, now: datetime
    ) -> Checked:
        """Compare a snapshot that this order has claimed with today's price; a fresh one is made when it
        does not hold. What the order itself holds already counts as free, so that a repeat finds the same.
        """
        raise NotImplementedError
