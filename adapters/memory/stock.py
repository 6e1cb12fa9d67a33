"""The stock ledger in dictionaries: the reference model of the SQL functions. It forgets at exit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from adapters.memory.shelves import NOWHERE, MemoryShelves
from domain.errors import InvalidValueError
from domain.ports.stock import AllowanceLevel, Hold, HoldNotFoundError, HoldRequest, HoldsTaken, StockLevel
from domain.stock.allowance import (
    FOR_ONE_BUYER,
    Allowance,
    Claim,
    claims_in_lock_order,
)
from domain.stock.hold import HoldKind, HoldStatus, Shortage, StockLine, in_lock_order
from domain.stock.movement import refunded_claims

_LET_GO = (HoldStatus.RELEASED, HoldStatus.EXPIRED)
_PLACED = (HoldStatus.ACTIVE, HoldStatus.CONFIRMED)


@dataclass(slots=True)
class _Counts:
    """Of a SKU or an allowance; `gone` is what was sold or consumed."""

    available: int = 0
    held: int = 0
    gone: int = 0

    def move(self, available: int, held: int, gone: int) -> None:
        self.available += available
        self.held += held
        self.gone += gone


class MemoryStockLedger:
    """`StockLedger` for one event loop. No call awaits inside, so each is a transaction by itself."""

    def __init__(self) -> None:
        self.goods: dict[str, _Counts] = {}
        self.holds: dict[str, Hold] = {}
        self.shelves = MemoryShelves()
        self._allowances: dict[Allowance, _Counts] = {}
        self._given_back: dict[str, Counter[Allowance]] = {}
        self._refunds: set[tuple[str, str]] = set()

    def put(self, sku: str, available: int) -> None:
        """Set what is free of a SKU; what is held or sold stays so. The main shelf has the difference.

        Raises `InvalidValueError` when so many units are free in other warehouses that fewer cannot be.
        """
        self.check_free(sku, available)
        counts = self.goods.setdefault(sku, _Counts())
        self.shelves.at(sku).on_shelf += available - counts.available
        counts.available = available

    def check_free(self, sku: str, available: int) -> None:
        """Raise what `put` would, and change nothing."""
        was = self.goods.get(sku, _Counts()).available
        if self.shelves.on_main_shelf(sku) + available - was < 0:
            raise InvalidValueError(field="stock", rule="not less than what is free in other warehouses")

    def put_on_shelf(self, warehouse_id: str, sku: str, on_shelf: int) -> None:
        """Set what lies on a shelf; what is free changes by the difference.

        Raises `InvalidValueError` when less would be left than is promised.
        """
        counts, shelf = self.goods.setdefault(sku, _Counts()), self.shelves.at(sku, warehouse_id)
        more = on_shelf - shelf.on_shelf
        if counts.available + more < 0:
            raise InvalidValueError(field="on_shelf", rule="not less than what is promised")
        counts.available += more
        shelf.on_shelf = on_shelf

    def back_for_sale(self, sku: str, warehouse_id: str, quantity: int) -> None:
        """Sold units will not leave: from where they stand ready, if they do, back on that shelf."""
        if quantity and warehouse_id != NOWHERE:
            shelf = self.shelves.at(sku, warehouse_id)
            shelf.allocated -= quantity
            shelf.on_shelf += quantity
        if quantity:
            self.goods[sku].move(quantity, 0, -quantity)

    def put_allowance(self, allowance: Allowance, available: int) -> None:
        """Set what is free of an allowance; what is held or consumed stays so."""
        self._allowances.setdefault(allowance, _Counts()).available = available

    def drop_allowance(self, allowance: Allowance) -> None:
        """Stop counting an allowance: holds forget that they claimed it."""
        self._allowances.pop(allowance, None)
        for reference, hold in self.holds.items():
            kept = tuple(claim for claim in hold.claims if claim.allowance != allowance)
            self.holds[reference] = replace(hold, claims=kept)

    def allowance_left(self, allowance: Allowance, limit: int | None, own: Collection[str]) -> int | None:
        """What is left of it when active holds under `own` count as free; None when nobody counts it.

        `limit` is for allowances for one buyer, which are always counted.
        """
        counts = self._allowances.get(allowance)
        if allowance.kind in FOR_ONE_BUYER and limit is not None:
            counts = counts or _Counts()
            return max(limit - counts.held - counts.gone + self._claimed(own)[allowance], 0)
        return counts.available + self._claimed(own)[allowance] if counts else None

    def orders_of(self, buyer_id: str, own: Collection[str]) -> int:
        """How many orders of this buyer hold goods or have sold ones, without those under `own`."""
        orders = (hold for hold in self.holds.values() if hold.kind is HoldKind.ORDER)
        return sum(
            hold.buyer_id == buyer_id and hold.status in _PLACED and hold.reference not in own
            for hold in orders
        )

    async def take(self, request: HoldRequest) -> HoldsTaken:
        """See the port."""
        lines, claims = in_lock_order(request.lines), claims_in_lock_order(request.claims)
        known = self.holds.get(request.reference)
        if known is not None and _stays(known, request, lines, claims):
            return HoldsTaken()
        carts = [
            hold for hold in map(self.holds.get, sorted({*request.converts} - {request.reference})) if hold
        ]
        carts = [cart for cart in carts if _may_become(cart, request)]
        own = [known] if known is not None and known.status is HoldStatus.ACTIVE else []
        shortages = self._shortages(lines, claims, [hold.reference for hold in (*own, *carts)])
        if shortages:
            return HoldsTaken(shortages)
        for hold in (*own, *carts):
            self._resolve(hold, HoldStatus.CONVERTED, available=1, held=-1)
        hold = Hold(
            reference=request.reference,
            kind=request.kind,
            buyer_id=request.buyer_id,
            status=HoldStatus.ACTIVE,
            lines=lines,
            claims=claims,
            expires_at=request.until,
        )
        self._limit(claims)
        self._resolve(hold, HoldStatus.ACTIVE, available=-1, held=1)
        return HoldsTaken()

    async def take_holds(self, reference: str, lines: Sequence[StockLine], until: datetime) -> HoldsTaken:
        """See the port."""
        return await self.take(HoldRequest(reference, tuple(lines), until))

    async def find(self, reference: str) -> Hold | None:
        """See the port."""
        return self.holds.get(reference)

    async def confirm_holds(self, reference: str, now: datetime) -> HoldsTaken:  # noqa: ARG002 - as the port has it
        """See the port. An overdue hold that was not swept yet still has its goods."""
        hold = self.holds.get(reference)
        if hold is None:
            raise HoldNotFoundError(reference=reference)
        if hold.status in _LET_GO:
            shortages = self._shortages(hold.lines, hold.claims, ())
            if shortages:
                return HoldsTaken(shortages)
            self._limit(hold.claims)
            self._resolve(hold, HoldStatus.CONFIRMED, available=-1, gone=1)
        elif hold.status is HoldStatus.ACTIVE:
            self._resolve(hold, HoldStatus.CONFIRMED, held=-1, gone=1)
        return HoldsTaken()

    async def release_holds(self, reference: str) -> HoldStatus | None:
        """See the port."""
        hold = self.holds.get(reference)
        if hold is not None and hold.status is HoldStatus.ACTIVE:
            return self._resolve(hold, HoldStatus.RELEASED, available=1, held=-1)
        return hold.status if hold else None

    async def restock(self, reference: str) -> HoldStatus | None:
        """See the port."""
        hold = self.holds.get(reference)
        if hold is None or hold.status is not HoldStatus.CONFIRMED:
            return await self.release_holds(reference)
        for (sku, place), quantity in self.shelves.left(reference, hold.lines).items():
            self.back_for_sale(sku, place, quantity)
        for claim in hold.claims:
            self._give_back(reference, claim.allowance, claim.quantity)
        self.holds[reference] = replace(hold, status=HoldStatus.RESTOCKED)
        return HoldStatus.RESTOCKED

    async def give_back(
        self, reference: str, key: str, goods: int, refunded_before: int, refunded: int
    ) -> None:
        """See the port."""
        hold = self.holds.get(reference)
        if hold is None:
            raise HoldNotFoundError(reference=reference)
        going = refunded_claims(hold.claims, goods, refunded_before, refunded)
        if hold.status is not HoldStatus.CONFIRMED or (reference, key) in self._refunds:
            return
        self._refunds.add((reference, key))
        for claim in going:
            self._give_back(reference, claim.allowance, claim.quantity)

    async def expire_holds(self, now: datetime, limit: int) -> int:
        """See the port; the longest overdue first."""
        active = (hold for hold in self.holds.values() if hold.status is HoldStatus.ACTIVE)
        overdue = sorted((hold.expires_at, hold.reference) for hold in active if hold.expires_at <= now)
        for _, reference in overdue[:limit]:
            self._resolve(self.holds[reference], HoldStatus.EXPIRED, available=1, held=-1)
        return len(overdue[:limit])

    async def allowance(self, allowance: Allowance) -> AllowanceLevel | None:
        """See the port."""
        counts = self._allowances.get(allowance)
        return AllowanceLevel(counts.available, counts.held, counts.gone) if counts else None

    async def level(self, sku: str) -> StockLevel | None:
        """See the port."""
        counts = self.goods.get(sku)
        return StockLevel(sku, counts.available, counts.held, counts.gone) if counts else None

    def _shortages(
        self, lines: Sequence[StockLine], claims: Sequence[Claim], own: Collection[str]
    ) -> tuple[Shortage, ...]:
        nothing, in_carts = _Counts(), Counter[str]()
        for reference in own:
            in_carts.update({line.sku: line.quantity for line in self.holds[reference].lines})
        goods = (
            Shortage(
                line.sku, line.quantity, self.goods.get(line.sku, nothing).available + in_carts[line.sku]
            )
            for line in lines
        )
        counted = (
            Shortage(
                claim.allowance.sku,
                claim.quantity,
                self.allowance_left(claim.allowance, claim.limit, own) or 0,
                claim.allowance,
            )
            for claim in claims
        )
        return tuple(found for found in (*goods, *counted) if found.available < found.wanted)

    def _give_back(self, reference: str, allowance: Allowance, quantity: int) -> None:
        """At most what has not gone back."""
        given = self._given_back.setdefault(reference, Counter())
        spent = next(claim.quantity for claim in self.holds[reference].claims if claim.allowance == allowance)
        quantity = min(quantity, spent - given[allowance])
        given[allowance] += quantity
        self._allowances[allowance].move(quantity, 0, -quantity)

    def _claimed(self, references: Collection[str]) -> Counter[Allowance]:
        claimed = Counter[Allowance]()
        for hold in map(self.holds.get, set(references)):
            if hold is not None and hold.status is HoldStatus.ACTIVE:
                claimed.update({claim.allowance: claim.quantity for claim in hold.claims})
        return claimed

    def _limit(self, claims: Sequence[Claim]) -> None:
        """The limits of a claim that is about to be granted count from now on."""
        for claim in claims:
            if claim.limit is not None:
                counts = self._allowances.setdefault(claim.allowance, _Counts())
                counts.available = claim.limit - counts.held - counts.gone

    def _resolve(
        self, hold: Hold, status: HoldStatus, *, available: int = 0, held: int = 0, gone: int = 0
    ) -> HoldStatus:
        """Signs: +1 adds what is held under it to that count, -1 takes it away."""
        for line in hold.lines:
            n = line.quantity
            self.goods[line.sku].move(available * n, held * n, gone * n)
        for claim in hold.claims:
            n = claim.quantity
            self._allowances[claim.allowance].move(available * n, held * n, gone * n)
        self.holds[hold.reference] = replace(hold, status=status)
        return status


def _stays(known: Hold, request: HoldRequest, lines: Sequence[StockLine], claims: Sequence[Claim]) -> bool:
    """Just these contents, or another's hold, or one that was released, sold or put back."""
    if (known.kind, known.buyer_id) != (request.kind, request.buyer_id):
        return True
    if known.status is HoldStatus.ACTIVE:
        wanted = [(claim.allowance, claim.quantity) for claim in claims]
        held = [(claim.allowance, claim.quantity) for claim in known.claims]
        return known.lines == tuple(lines) and held == wanted
    return known.status is not HoldStatus.EXPIRED


def _may_become(cart: Hold, request: HoldRequest) -> bool:
    """Nobody's cart is nobody's to convert."""
    ours = cart.kind is HoldKind.CART and cart.buyer_id == request.buyer_id != ""
    return ours and cart.status is HoldStatus.ACTIVE
