"""Shelves, allocations and movements in dictionaries: what the memory ledger knows of places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import partial

from domain.ports.warehouses import MAIN_WAREHOUSE
from domain.stock.allocation import AllocatedUnits
from domain.stock.hold import StockLine
from domain.stock.movement import MovementKind

NOWHERE = ""
"""Instead of a warehouse: sold, and never allocated to one."""
_LEFT = (MovementKind.HANDED_OVER, MovementKind.CANCELLED)
_AWAY = (MovementKind.HANDED_OVER, MovementKind.LEFT_AFTER_ALL)


@dataclass(slots=True)
class ShelfCounts:
    """Of one SKU in one warehouse."""

    on_shelf: int = 0
    allocated: int = 0


class MemoryShelves:
    """By SKU and warehouse. Nothing here checks that counts stay above zero; callers do."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, str], ShelfCounts] = {}
        self.allocations: dict[str, tuple[AllocatedUnits, ...]] = {}
        self._moved: dict[tuple[str, MovementKind, str], Counter[tuple[str, str]]] = {}

    def at(self, sku: str, warehouse_id: str = MAIN_WAREHOUSE) -> ShelfCounts:
        """The counts there, made empty when there are none."""
        return self.counts.setdefault((sku, warehouse_id), ShelfCounts())

    def on_main_shelf(self, sku: str) -> int:
        """What lies where nobody has said where."""
        return self.counts.get((sku, MAIN_WAREHOUSE), ShelfCounts()).on_shelf

    def begin(
        self, reference: str, kind: MovementKind, key: str, wanted: Collection[object]
    ) -> Counter[tuple[str, str]] | None:
        """Where to write down a movement that will be made now; None when it was made, or is of nothing."""
        if not wanted or (reference, kind, key) in self._moved:
            return None
        return self._moved.setdefault((reference, kind, key), Counter())

    def write_down(
        self, reference: str, kind: MovementKind, key: str, place: tuple[str, str], quantity: int
    ) -> None:
        """Add to a movement that is being made."""
        self._moved.setdefault((reference, kind, key), Counter())[place] += quantity

    def left(self, reference: str, lines: Iterable[StockLine]) -> Counter[tuple[str, str]]:
        """What of these sold lines has neither left nor been cancelled, by SKU and warehouse."""
        found = Counter({(line.sku, NOWHERE): line.quantity for line in lines})
        for units in self.allocations.get(reference, ()):
            found[units.sku, NOWHERE] -= units.quantity
            found[units.sku, units.warehouse_id] += units.quantity
        for kind in _LEFT:
            found.subtract(self._of(reference, kind))
        back = self._of(reference, MovementKind.TAKEN_BACK)
        found.subtract({place: n for place, n in back.items() if place[1] == NOWHERE})
        return found

    def put_back(self, reference: str, left: Counter[tuple[str, str]]) -> Counter[tuple[str, str]]:
        """What was allocated and has been cancelled since, by SKU and warehouse."""
        found = Counter[tuple[str, str]]()
        for units in self.allocations.get(reference, ()):
            found[units.sku, units.warehouse_id] += units.quantity
        for gone in (*map(partial(self._of, reference), _AWAY), left):
            found.subtract(gone)
        return found

    def away(self, reference: str, sku: str) -> int:
        """Units that have left and are not back."""
        gone = sum(map(partial(self._of, reference), _AWAY), Counter[tuple[str, str]]())
        back = self._of(reference, MovementKind.TAKEN_BACK)
        return sum(n for place, n in gone.items() if place[0] == sku) - sum(
            n for place, n in back.items() if place[0] == sku and place[1] != NOWHERE
        )

    def _of(self, reference: str, kind: MovementKind) -> Counter[tuple[str, str]]:
        total = Counter[tuple[str, str]]()
        for (whose, which, _), moved in self._moved.items():
            if whose == reference and which is kind:
                total.update(moved)
        return total
