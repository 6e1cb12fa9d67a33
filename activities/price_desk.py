"""The pricing use cases, one implementation for HTTP, workflows and whatever comes: display, order, payment.

It reads, has the domain calculate and compare, and keeps snapshots. It knows no transport.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from activities.calculating import calculated
from activities.price_reading import Ask, Question, Sources, base_only, read_base, read_offers
from domain.money import Money
from domain.ports.clock import Ids
from domain.ports.prices import (
    BasePage,
    PriceSnapshots,
    PricesUnavailableError,
    SnapshotNotFoundError,
    Wallets,
)
from domain.ports.stock import HoldNotFoundError, StockLedger
from domain.pricing.calculation import Calculation
from domain.pricing.consistency import (
    PriceCheck,
    Today,
    Verdict,
    compare,
    honoured_claims,
    honoured_unseen,
)
from domain.pricing.promotion import Promotion, UnknownPromotionKindError
from domain.pricing.request import FINAL_SCENES, Scene
from domain.pricing.snapshot import NotAFinalPriceError, PriceSnapshot, take_snapshot
from domain.stock.allowance import Claim
from domain.stock.hold import HoldKind, HoldStatus

__all__ = ["Ask", "Checked", "PriceDesk", "Sources"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Checked:
    """A snapshot compared with today: what was found, and the snapshot to charge or to ask the buyer about.

    `fresh` tells that `snapshot` is a new one. `today` is the calculation it was compared with, None when
    today's price could not be read. `claims` are what an order by `snapshot` must hold besides goods.
    """

    check: PriceCheck
    snapshot: PriceSnapshot
    fresh: bool
    today: Calculation | None
    claims: tuple[Claim, ...] = ()


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
        stock: StockLedger,
        ids: Ids,
        outages: tuple[type[Exception], ...] = (),
    ) -> None:
        self._stores = stores
        self._shown = shown
        self._wallets = wallets
        self._snapshots = snapshots
        self._stock = stock
        self._ids = ids
        # A kind that this release cannot read is as good as a promotion that cannot be read at all.
        self._unreadable: tuple[type[Exception], ...] = (*outages, UnknownPromotionKindError)

    async def quote(self, ask: Ask, now: datetime) -> PriceSnapshot:
        """Price it and keep the snapshot, which is durable before this returns.

        Raises `PriceNotFoundError`, `ServiceNotFoundError`, `HoldNotFoundError` for a pre-lock that is not
        the buyer's, `PricesUnavailableError` when promotions cannot be read for a final scene; a display or
        a cart is then given at base prices, as a `degraded` display.
        """
        await self._find_holds(ask)
        sources = self._stores if ask.scene in FINAL_SCENES else self._shown
        question = Question(ask, now, ask.wishes.hold_ids)
        base = await read_base(question, sources.book)
        try:
            reading = await read_offers(question, base, sources.promotions, self._wallets)
        except self._unreadable as error:
            if ask.scene in FINAL_SCENES:
                raise PricesUnavailableError from error
            return await self._degraded(base, ask, now, error)
        calculation = await calculated(reading, now)
        snapshot = take_snapshot(
            self._ids.new("snap"), reading.request, calculation, now, buyer_id=ask.buyer_id
        )
        await self._snapshots.save(snapshot)
        return snapshot

    async def estimate(self, ask: Ask, at: datetime, draft: Promotion | None = None) -> Calculation:
        """What the price would be (or was) at another moment, and with a promotion that is not active yet.

        No snapshot is made, so nobody can order by it. Today's counts of quotas are used; those of a draft
        are not. Raises what `quote` raises, and `PricesUnavailableError` in every scene.
        """
        await self._find_holds(ask)
        question = Question(ask, at, ask.wishes.hold_ids)
        base = await read_base(question, self._stores.book)
        try:
            reading = await read_offers(question, base, self._stores.promotions, self._wallets)
        except self._unreadable as error:
            raise PricesUnavailableError from error
        if draft is not None:
            reading = reading.with_draft(draft)
        return await calculated(reading, at)

    async def payment_price(
        self, snapshot_id: str, buyer_id: str, tolerance: Money, now: datetime
    ) -> Checked:
        """Whether what was shown still holds, without claiming it: the price that would be charged.

        Raises `SnapshotNotFoundError`, and what `check` raises.
        """
        snapshot = await self._snapshots.get(snapshot_id)
        if snapshot is None or not snapshot.serves(buyer_id):
            raise SnapshotNotFoundError(snapshot_id=snapshot_id)
        return await self._compared(snapshot, buyer_id, tolerance, now, snapshot.wishes.hold_ids)

    async def check(
        self, order_id: str, snapshot: PriceSnapshot, buyer_id: str, tolerance: Money, now: datetime
    ) -> Checked:
        """Compare a snapshot that this order has claimed with today's price; a fresh one is made when it
        does not hold. What the order itself holds already counts as free, so that a repeat finds the same.

        Raises `NotAFinalPriceError`, `PriceNotFoundError`, `ServiceNotFoundError`, and
        `PricesUnavailableError` when today's price cannot be read and the snapshot alone does not hold.
        """
        own = (order_id, *snapshot.wishes.hold_ids)
        return await self._compared(snapshot, buyer_id, tolerance, now, own)

    async def _compared(
        self, snapshot: PriceSnapshot, buyer_id: str, tolerance: Money, now: datetime, own: Collection[str]
    ) -> Checked:
        if snapshot.degraded:
            raise NotAFinalPriceError(snapshot_id=snapshot.id)
        scene = snapshot.scene if snapshot.scene in FINAL_SCENES else Scene.CHECKOUT
        ask = Ask(scene, snapshot.currency, snapshot.requested(), buyer_id, snapshot.wishes)
        question = Question(ask, now, own, snapshot.segments, snapshot.claims)
        try:
            base = await read_base(question, self._stores.book)
            reading = await read_offers(question, base, self._stores.promotions, self._wallets)
        except self._unreadable as error:
            return await self._unseen(snapshot, now, own, error)
        today = await calculated(reading, now)
        ground = Today(now, reading.request.buyer, reading.promotions, reading.page.left)
        check = compare(snapshot, today, tolerance, ground)
        if check.verdict is Verdict.HONOURED:
            claims = honoured_claims(snapshot, reading.page.left)
            return Checked(check, snapshot, fresh=False, today=today, claims=claims)
        fresh = take_snapshot(self._ids.new("snap"), reading.request, today, now, buyer_id=buyer_id)
        await self._snapshots.save(fresh)
        return Checked(check, fresh, fresh=True, today=today, claims=fresh.claims)

    async def _unseen(
        self, snapshot: PriceSnapshot, now: datetime, own: Collection[str], error: Exception
    ) -> Checked:
        """What a snapshot alone can say while today's price cannot be read."""
        check = honoured_unseen(snapshot, now)
        if check is None:
            raise PricesUnavailableError(snapshot_id=snapshot.id) from error
        _log.warning("snapshot %s is honoured without today's price: %r", snapshot.id, error)
        wanted = {claim.allowance: claim.limit for claim in snapshot.claims}
        left = await self._wallets.left(wanted, own) if wanted else {}
        claims = honoured_claims(snapshot, left)
        return Checked(check, snapshot, fresh=False, today=None, claims=claims)

    async def _degraded(self, base: BasePage, ask: Ask, now: datetime, error: Exception) -> PriceSnapshot:
        _log.warning("prices are shown without promotions: %r", error)
        reading = base_only(base, replace(ask, scene=Scene.DISPLAY))
        calculation = await calculated(reading, now)
        snapshot = take_snapshot(
            self._ids.new("snap"), reading.request, calculation, now, buyer_id=ask.buyer_id, degraded=True
        )
        await self._snapshots.save(snapshot)
        return snapshot

    async def _find_holds(self, ask: Ask) -> None:
        """Raise `HoldNotFoundError` unless every pre-lock is an active one of this buyer's cart."""
        for hold_id in ask.wishes.hold_ids:
            hold = await self._stock.find(hold_id)
            usable = hold is not None and hold.kind is HoldKind.CART and hold.status is HoldStatus.ACTIVE
            if hold is None or not usable or ask.buyer_id is None or hold.buyer_id != ask.buyer_id:
                raise HoldNotFoundError(hold_id=hold_id)
