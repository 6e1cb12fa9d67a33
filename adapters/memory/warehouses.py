"""Warehouses in dictionaries, over the memory ledger: the reference model of the SQL functions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from adapters.memory.shelves import NOWHERE
from adapters.memory.stock import MemoryStockLedger
from domain.errors import InvalidValueError
from domain.ports.stock import Hold, HoldNotFoundError
from domain.ports.warehouses import MAIN_WAREHOUSE, ShelfLevel
from domain.stock.allocation import AllocatedUnits, WantedUnits, allocate, named
from domain.stock.hold import HoldStatus, StockLine
from domain.stock.movement import MovementKind

_Place = tuple[str, str]


class MemoryWarehouses:
    """`Warehouses` for one event loop. No call awaits inside, so each is a transaction by itself."""

    def __init__(self, ledger: MemoryStockLedger) -> None:
        self._ledger = ledger
        self._shelves = ledger.shelves

    async def put_stock(self, warehouse_id: str, sku: str, on_shelf: int) -> None:
        """See the port."""
        if on_shelf < 0:
            raise InvalidValueError(field="on_shelf", rule="not negative")
        self._ledger.put_on_shelf(named(warehouse_id), sku, on_shelf)

    async def shelves(self, skus: Sequence[str]) -> Sequence[ShelfLevel]:
        """See the port."""
        return [
            ShelfLevel(warehouse_id, sku, counts.on_shelf, counts.allocated)
            for (sku, warehouse_id), counts in sorted(self._shelves.counts.items())
            if sku in skus
        ]

    async def allocate(self, reference: str, wanted: Sequence[WantedUnits]) -> tuple[AllocatedUnits, ...]:
        """See the port."""
        if reference in self._shelves.allocations or not wanted:
            return self._shelves.allocations.get(reference, ())
        left = self._left(self._hold(reference))
        needed = Counter[str]()
        for units in wanted:
            needed[units.sku] += units.quantity
        if any(left[sku, NOWHERE] < quantity for sku, quantity in needed.items()):
            raise HoldNotFoundError(reference=reference)
        chosen = allocate(wanted, self._on_shelves(needed))
        for given in chosen:
            counts = self._shelves.at(given.sku, given.warehouse_id)
            counts.on_shelf -= given.quantity
            counts.allocated += given.quantity
        self._shelves.allocations[reference] = chosen
        return chosen

    async def hand_over(self, reference: str, key: str, units: Sequence[AllocatedUnits]) -> None:
        """See the port."""
        left = self._left(self._hold(reference))
        wanted = _by_place([each for each in units if each.warehouse_id != NOWHERE])
        moved = self._shelves.begin(reference, MovementKind.HANDED_OVER, key, wanted)
        if moved is None:
            return
        put_back = self._shelves.put_back(reference, left)
        for (sku, place), quantity in wanted.items():
            if count := min(quantity, left[sku, place]):
                moved[sku, place] = count
                self._shelves.at(sku, place).allocated -= count
                self._ledger.goods[sku].gone -= count
            self._leave_after_all(reference, key, (sku, place), min(quantity - count, put_back[sku, place]))

    async def take_back(
        self, reference: str, key: str, lines: Sequence[StockLine], warehouse_id: str = MAIN_WAREHOUSE
    ) -> None:
        """See the port."""
        left, place = self._left(self._hold(reference)), named(warehouse_id)
        wanted = Counter[str]()
        for line in lines:
            wanted[line.sku] += line.quantity
        away = {sku: self._shelves.away(reference, sku) for sku in wanted}
        moved = self._shelves.begin(reference, MovementKind.TAKEN_BACK, key, wanted)
        if moved is None:
            return
        for sku, quantity in wanted.items():
            moved[sku, place] = back = min(quantity, away[sku])
            moved[sku, NOWHERE] = unsent = min(quantity - back, left[sku, NOWHERE])
            if back:
                self._shelves.at(sku, place).on_shelf += back
            if back or unsent:
                self._ledger.goods[sku].move(back + unsent, 0, -unsent)

    async def cancel_units(self, reference: str, key: str, units: Sequence[AllocatedUnits]) -> None:
        """See the port."""
        left = self._left(self._hold(reference))
        wanted = _by_place(units)
        moved = self._shelves.begin(reference, MovementKind.CANCELLED, key, wanted)
        if moved is None:
            return
        for (sku, place), quantity in wanted.items():
            moved[sku, place] = count = min(quantity, left[sku, place])
            self._ledger.back_for_sale(sku, place, count)

    def _leave_after_all(self, reference: str, key: str, place: _Place, quantity: int) -> None:
        if quantity:
            shelf, goods = self._shelves.at(*place), self._ledger.goods[place[0]]
            going = min(quantity, shelf.on_shelf, goods.available)
            self._shelves.write_down(reference, MovementKind.LEFT_AFTER_ALL, key, place, going)
            shelf.on_shelf -= going
            goods.available -= going

    def _hold(self, reference: str) -> Hold:
        hold = self._ledger.holds.get(reference)
        if hold is None:
            raise HoldNotFoundError(reference=reference)
        return hold

    def _left(self, hold: Hold) -> Counter[_Place]:
        if hold.status is not HoldStatus.CONFIRMED:
            return Counter()
        return self._shelves.left(hold.reference, hold.lines)

    def _on_shelves(self, skus: Counter[str]) -> dict[str, dict[str, int]]:
        found: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for (sku, warehouse_id), counts in self._shelves.counts.items():
            if sku in skus:
                found[warehouse_id][sku] = counts.on_shelf
        return found


def _by_place(units: Sequence[AllocatedUnits]) -> Counter[_Place]:
    found = Counter[_Place]()
    for each in units:
        found[each.sku, each.warehouse_id] += each.quantity
    return found
