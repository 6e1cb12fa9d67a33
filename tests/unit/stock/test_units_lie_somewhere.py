"""Whatever is allocated, handed over, cancelled, taken back or put on shelves: each unit is in one place."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from adapters.memory.stock import MemoryStockLedger
from adapters.memory.warehouses import MemoryWarehouses
from domain.errors import InvalidValueError
from domain.ports.stock import HoldNotFoundError
from domain.stock.allocation import AllocatedUnits, WantedUnits
from domain.stock.hold import HoldStatus, StockLine
from tests.unit.stock.test_goods_are_conserved import done

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=30)
SKUS, PLACES = ("tea", "cup"), ("main", "east", "west")
skus, places = st.sampled_from(SKUS), st.sampled_from(PLACES)
references = st.sampled_from([f"ord_{number}" for number in range(5)])
keys = st.sampled_from(["k1", "k2", "k3"])
few = st.integers(1, 4)


class State(Enum):
    """Where a unit of an order is."""

    SOLD = auto()
    READY = auto()
    AWAY = auto()
    FREE = auto()


@dataclass
class Unit:
    """One unit of an order; `place` is where it stands ready, `back` where it did until it was cancelled."""

    sku: str
    state: State = State.SOLD
    place: str = ""
    back: str = ""


class UnitsLieSomewhere(RuleBasedStateMachine):
    """The model knows every unit of every order by itself, and how many were ever brought in."""

    @initialize()
    def stock(self) -> None:
        self.ledger = MemoryStockLedger()
        self.places = MemoryWarehouses(self.ledger)
        self.orders: dict[str, list[Unit]] = {}
        self.held: dict[str, Counter[str]] = {}
        self.status: dict[str, HoldStatus] = {}
        self.allocated: dict[str, tuple[AllocatedUnits, ...]] = {}
        self.used: set[tuple[str, str, str]] = set()
        self.shelf: Counter[tuple[str, str]] = Counter()
        self.put("main", "tea", 9)
        self.put("east", "tea", 4)
        self.put("east", "cup", 6)

    def put(self, place: str, sku: str, count: int) -> None:
        done(self.places.put_stock(place, sku, count))
        self.shelf[sku, place] = count

    def free(self, sku: str) -> int:
        """What lies on shelves and is promised to nobody."""
        lies = sum(self.shelf[sku, place] for place in PLACES)
        return lies - sum(held[sku] for held in self.held.values()) - self.count(sku, State.SOLD)

    def count(self, sku: str, state: State) -> int:
        units = (unit for units in self.orders.values() for unit in units)
        return sum(unit.sku == sku and unit.state is state for unit in units)

    def some(self, reference: str, sku: str, state: State, most: int, place: str = "") -> list[Unit]:
        """Up to so many units of an order that are there, in the order of its lines."""
        units = [
            u for u in self.orders.get(reference, []) if (u.sku, u.state, u.place) == (sku, state, place)
        ]
        return units[:most]

    @rule(place=places, sku=skus, count=st.integers(0, 12))
    def count_a_shelf(self, place: str, sku: str, count: int) -> None:
        if self.free(sku) + count - self.shelf[sku, place] < 0:
            with pytest.raises(InvalidValueError):
                done(self.places.put_stock(place, sku, count))
        else:
            self.put(place, sku, count)

    @rule(reference=references, tea=few, cup=few)
    def sell(self, reference: str, tea: int, cup: int) -> None:
        if reference in self.status or self.free("tea") < tea or self.free("cup") < cup:
            return
        lines = [StockLine("tea", tea), StockLine("cup", cup)]
        assert not done(self.ledger.take_holds(reference, lines, LATER)).refused
        assert not done(self.ledger.confirm_holds(reference, NOON)).refused
        self.status[reference] = HoldStatus.CONFIRMED
        self.orders[reference] = [Unit("tea") for _ in range(tea)] + [Unit("cup") for _ in range(cup)]

    @rule(tea=few)
    def hold(self, tea: int) -> None:
        reference = f"cart_{len(self.held)}"
        if self.free("tea") >= tea:
            assert not done(self.ledger.take_holds(reference, [StockLine("tea", tea)], LATER)).refused
            self.held[reference] = Counter(tea=tea)

    @precondition(lambda self: any(self.held.values()))
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        reference = data.draw(st.sampled_from(sorted(self.held)))
        done(self.ledger.release_holds(reference))
        self.held[reference] = Counter()

    @rule(reference=references, tea=st.integers(0, 4), cup=st.integers(0, 4))
    def allocate(self, reference: str, tea: int, cup: int) -> None:
        wanted = [WantedUnits(n, sku, q) for n, (sku, q) in enumerate((("tea", tea), ("cup", cup)), 1) if q]
        known = self.allocated.get(reference)
        left = [len(self.some(reference, units.sku, State.SOLD, 99)) for units in wanted]
        if known is None and any(n < units.quantity for n, units in zip(left, wanted, strict=True)):
            with pytest.raises(HoldNotFoundError):
                done(self.places.allocate(reference, wanted))
            return
        chosen = done(self.places.allocate(reference, wanted))
        assert known is None or chosen == known
        if known is None and wanted:
            self.allocated[reference] = chosen
            self.stand_ready(reference, wanted, chosen)

    def stand_ready(
        self, reference: str, wanted: list[WantedUnits], chosen: tuple[AllocatedUnits, ...]
    ) -> None:
        for units in wanted:
            given = [each for each in chosen if (each.line, each.sku) == (units.line, units.sku)]
            assert sum(each.quantity for each in given) == units.quantity
        for each in chosen:
            assert self.shelf[each.sku, each.warehouse_id] >= each.quantity
            self.shelf[each.sku, each.warehouse_id] -= each.quantity
            for unit in self.some(reference, each.sku, State.SOLD, each.quantity):
                unit.state, unit.place = State.READY, each.warehouse_id

    def is_new(self, call: str, reference: str, key: str) -> bool:
        """Each key moves once; one that is used again moves nothing."""
        new = reference in self.status and (call, reference, key) not in self.used
        self.used.add((call, reference, key))
        return new

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), key=keys, sku=skus, place=places, count=few)
    def hand_over(self, data: st.DataObject, key: str, sku: str, place: str, count: int) -> None:
        reference = data.draw(st.sampled_from(sorted(self.orders)))
        done(self.places.hand_over(reference, key, [AllocatedUnits(1, sku, count, place)]))
        if self.is_new("hand_over", reference, key):
            ready = self.some(reference, sku, State.READY, count, place)
            cancelled = [unit for unit in self.some(reference, sku, State.FREE, 99) if unit.back == place]
            most = min(count - len(ready), self.shelf[sku, place], self.free(sku))
            self.shelf[sku, place] -= len(cancelled[:most])
            for unit in (*ready, *cancelled[:most]):
                unit.state, unit.place, unit.back = State.AWAY, "", ""

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), key=keys, sku=skus, place=st.sampled_from(("", *PLACES)), count=few)
    def cancel(self, data: st.DataObject, key: str, sku: str, place: str, count: int) -> None:
        reference = data.draw(st.sampled_from(sorted(self.orders)))
        done(self.places.cancel_units(reference, key, [AllocatedUnits(1, sku, count, place)]))
        if self.is_new("cancel", reference, key):
            ready = State.READY if place else State.SOLD
            for unit in self.some(reference, sku, ready, count, place):
                unit.state, unit.place, unit.back = State.FREE, "", place
                self.shelf[sku, place] += bool(place)

    @precondition(lambda self: self.orders)
    @rule(data=st.data(), key=keys, sku=skus, place=places, count=few)
    def take_back(self, data: st.DataObject, key: str, sku: str, place: str, count: int) -> None:
        reference = data.draw(st.sampled_from(sorted(self.orders)))
        done(self.places.take_back(reference, key, [StockLine(sku, count)], place))
        if self.is_new("take_back", reference, key):
            away = self.some(reference, sku, State.AWAY, count)
            self.shelf[sku, place] += len(away)
            for unit in (*away, *self.some(reference, sku, State.SOLD, count - len(away))):
                unit.state = State.FREE

    @rule(reference=references)
    def cancel_all(self, reference: str) -> None:
        if self.status.get(reference) is HoldStatus.CONFIRMED:
            self.status[reference] = HoldStatus.RESTOCKED
        assert done(self.ledger.restock(reference)) is self.status.get(reference)
        for unit in self.orders.get(reference, []):
            if unit.state in (State.SOLD, State.READY):
                self.shelf[unit.sku, unit.place] += unit.state is State.READY
                unit.state, unit.place, unit.back = State.FREE, "", unit.place

    @invariant()
    def every_unit_is_where_the_model_has_it(self) -> None:
        for sku in SKUS:
            level = done(self.ledger.level(sku))
            assert level is not None
            assert level.available == self.free(sku) >= 0
            assert level.sold == self.count(sku, State.SOLD) + self.count(sku, State.READY)
            for shelf in done(self.places.shelves([sku])):
                ready = sum(
                    unit.state is State.READY and (unit.sku, unit.place) == (sku, shelf.warehouse_id)
                    for units in self.orders.values()
                    for unit in units
                )
                assert (shelf.on_shelf, shelf.allocated) == (self.shelf[sku, shelf.warehouse_id], ready)


TestUnitsLieSomewhere = UnitsLieSomewhere.TestCase
TestUnitsLieSomewhere.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
