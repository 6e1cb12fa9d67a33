"""Whatever happens to orders and carts, nothing that is counted is made, lost or promised twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from adapters.memory.stock import MemoryStockLedger
from domain.ports.stock import HoldNotFoundError, HoldRequest
from domain.stock.allowance import FOR_ONE_BUYER, Allowance, Claim, claims_in_lock_order
from domain.stock.hold import HoldKind, HoldStatus, in_lock_order
from tests.support.ledger_calls import BUYERS, PUT_ALLOWANCES, SHELF, claims_of, references, requests
from tests.support.shelves import NOON
from tests.unit.stock.test_goods_are_conserved import done

Thing = str | Allowance


@dataclass
class Promise:
    """What the model knows of a hold."""

    request: HoldRequest
    status: HoldStatus = HoldStatus.ACTIVE

    def needs(self) -> Counter[Thing]:
        needed = Counter[Thing]()
        for line in in_lock_order(self.request.lines):
            needed[line.sku] = line.quantity
        for claim in claims_in_lock_order(self.request.claims):
            needed[claim.allowance] = claim.quantity
        return needed

    def stays(self, request: HoldRequest) -> bool:
        """True when this request, under the same reference, changes nothing."""
        if (self.request.kind, self.request.buyer_id) != (request.kind, request.buyer_id):
            return True
        if self.status is HoldStatus.ACTIVE:
            return self.needs() == Promise(request).needs()
        return self.status is not HoldStatus.EXPIRED

    def limits(self) -> dict[Thing, int]:
        claims = claims_in_lock_order(self.request.claims)
        return {claim.allowance: claim.limit for claim in claims if claim.limit is not None}


class AllowancesAreConserved(RuleBasedStateMachine):
    """The model keeps no counts: it sums up promises, each time anew."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = MemoryStockLedger()
        for sku, count in SHELF.items():
            self.ledger.put(sku, count)
        for allowance, count in PUT_ALLOWANCES.items():
            self.ledger.put_allowance(allowance, count)
        self.promises: dict[str, Promise] = {}

    def sum(self, thing: Thing, *statuses: HoldStatus) -> int:
        return sum(p.needs()[thing] for p in self.promises.values() if p.status in statuses)

    def fits(self, promise: Promise, carts: list[Promise]) -> bool:
        """True when everything is free that it needs, counting what these carts hold."""
        total = promise.limits() | SHELF | PUT_ALLOWANCES
        return all(
            total[thing]
            - self.sum(thing, HoldStatus.ACTIVE, HoldStatus.CONFIRMED)
            + sum(cart.needs()[thing] for cart in carts)
            >= needed
            for thing, needed in promise.needs().items()
        )

    @rule(request=requests())
    def take(self, request: HoldRequest) -> None:
        known = self.promises.get(request.reference)
        stays = known is not None and known.stays(request)
        promise = Promise(request)
        own = [known] if known and known.status is HoldStatus.ACTIVE else []
        carts = [
            cart
            for reference, cart in self.promises.items()
            if reference in request.converts
            and reference != request.reference
            and cart.request.kind is HoldKind.CART
            and cart.request.buyer_id == request.buyer_id
            and cart.status is HoldStatus.ACTIVE
        ]
        granted = stays or self.fits(promise, [*own, *carts])

        assert done(self.ledger.take(request)).refused is not granted

        if granted and not stays:
            for cart in carts:
                cart.status = HoldStatus.CONVERTED
            self.promises[request.reference] = promise

    @rule(reference=references())
    def confirm(self, reference: str) -> None:
        promise = self.promises.get(reference)
        if promise is None:
            try:
                done(self.ledger.confirm_holds(reference, NOON))
            except HoldNotFoundError:
                return
            raise AssertionError("confirmed what never was")
        again = promise.status in {HoldStatus.RELEASED, HoldStatus.EXPIRED}
        granted = not again or self.fits(promise, [])

        assert done(self.ledger.confirm_holds(reference, NOON)).refused is not granted

        if granted and (again or promise.status is HoldStatus.ACTIVE):
            promise.status = HoldStatus.CONFIRMED

    @rule(reference=references())
    def release(self, reference: str) -> None:
        self.resolve(reference, {HoldStatus.ACTIVE: HoldStatus.RELEASED})
        assert done(self.ledger.release_holds(reference)) is self.status(reference)

    @rule(reference=references())
    def restock(self, reference: str) -> None:
        after = {HoldStatus.ACTIVE: HoldStatus.RELEASED, HoldStatus.CONFIRMED: HoldStatus.RESTOCKED}
        self.resolve(reference, after)
        assert done(self.ledger.restock(reference)) is self.status(reference)

    @rule(minutes=st.integers(0, 10))
    def expire(self, minutes: int) -> None:
        now: datetime = NOON + timedelta(minutes=minutes)
        overdue = [ref for ref, promise in self.promises.items() if promise.request.until <= now]
        overdue = [ref for ref in overdue if self.status(ref) is HoldStatus.ACTIVE]

        assert done(self.ledger.expire_holds(now, 100)) == len(overdue)
        for reference in overdue:
            self.promises[reference].status = HoldStatus.EXPIRED

    def status(self, reference: str) -> HoldStatus | None:
        promise = self.promises.get(reference)
        return promise.status if promise else None

    def resolve(self, reference: str, after: dict[HoldStatus, HoldStatus]) -> None:
        if promise := self.promises.get(reference):
            promise.status = after.get(promise.status, promise.status)

    @invariant()
    def every_unit_is_where_the_promises_say(self) -> None:
        for sku, put in SHELF.items():
            level = done(self.ledger.level(sku))
            assert level is not None
            self.agrees(sku, level.available, level.held, level.sold, put)

    @invariant()
    def every_allowance_is_where_the_promises_say(self) -> None:
        counted = {claim.allowance for buyer in BUYERS for claim in claims_of(buyer)}
        for allowance in counted:
            level = done(self.ledger.allowance(allowance))
            if level is None:
                assert allowance.kind in FOR_ONE_BUYER
                assert not self.sum(allowance, *HoldStatus)
                continue
            put = PUT_ALLOWANCES.get(allowance)
            self.agrees(allowance, level.available, level.held, level.consumed, put)

    def agrees(self, thing: Thing, available: int, held: int, gone: int, put: int | None) -> None:
        assert min(available, held, gone) >= 0
        assert (held, gone) == (self.sum(thing, HoldStatus.ACTIVE), self.sum(thing, HoldStatus.CONFIRMED))
        if put is not None:
            assert available + held + gone == put

    @invariant()
    def carts_and_orders_of_a_buyer_are_told_apart(self) -> None:
        for buyer in BUYERS:
            placed = sum(
                promise.request.buyer_id == buyer
                and promise.request.kind is HoldKind.ORDER
                and promise.status in {HoldStatus.ACTIVE, HoldStatus.CONFIRMED}
                for promise in self.promises.values()
            )
            assert self.ledger.orders_of(buyer, ()) == placed


TestAllowancesAreConserved = AllowancesAreConserved.TestCase
TestAllowancesAreConserved.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


def test_claims_are_sorted_and_summed_under_the_smallest_limit() -> None:
    limited = Allowance.of_promotion_for("flash", "tea", "ann")
    points = Allowance.of_points("ann")

    ordered = claims_in_lock_order(
        [Claim(limited, 2, limit=5), Claim(points, 7), Claim(limited, 1, limit=4), Claim(points, 1)]
    )

    assert ordered == (Claim(points, 8), Claim(limited, 3, limit=4))
