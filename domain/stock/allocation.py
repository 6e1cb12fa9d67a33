"""Which warehouse gives what (domain rule 5). Pure: reading shelves and counting is the ledger's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Final

from domain.errors import DomainError, InvalidValueError

MOST_STEPS: Final = 100_000
"""How many looks at a shelf are spent on a better answer than the first; some hundredths of a second."""

Shelves = Mapping[str, Mapping[str, int]]
"""What lies on the shelves: warehouse, SKU, units."""


class NotOnShelvesError(DomainError):
    """The shelves of all warehouses together have less than was sold: their counts are wrong."""

    code = "not_on_shelves"


@dataclass(frozen=True, slots=True)
class WantedUnits:
    """`quantity` units of `sku` for line number `line` of an order."""

    line: int
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class AllocatedUnits:
    """`quantity` units of `sku` for line number `line` come from that warehouse."""

    line: int
    sku: str
    quantity: int
    warehouse_id: str


def named(warehouse_id: str) -> str:
    """The same name. Raises `InvalidValueError` for an empty one, which stands for no warehouse at all."""
    if not warehouse_id:
        raise InvalidValueError(field="warehouse_id", rule="not empty")
    return warehouse_id


def allocate(wanted: Sequence[WantedUnits], shelves: Shelves) -> tuple[AllocatedUnits, ...]:
    """One warehouse that has everything, else as few as possible; each is one parcel.

    The answer is by line and then by warehouse, and the same for the same arguments. It is exact unless there
    are too many combinations to look at; then it is the one that is found by taking the warehouse that has
    most of what is missing. Of equally few warehouses the earlier names win. Raises `NotOnShelvesError` when
    all warehouses together do not have what is wanted.
    """
    needed = Counter[str]()
    for units in wanted:
        needed[units.sku] += units.quantity
    for sku, quantity in sorted(needed.items()):
        found = sum(shelf.get(sku, 0) for shelf in shelves.values())
        if found < quantity:
            raise NotOnShelvesError(sku=sku, wanted=quantity, found=found)
    return _shared_out(wanted, _fewest(needed, shelves), shelves)


def _fewest(needed: Mapping[str, int], shelves: Shelves) -> tuple[str, ...]:
    useful = sorted(name for name, shelf in shelves.items() if any(shelf.get(sku, 0) > 0 for sku in needed))
    certain = _without_an_alternative(useful, needed, shelves)
    quickly = _most_first(useful, certain, needed, shelves)
    others = [name for name in useful if name not in certain]
    steps = 0
    for more in range(len(quickly) - len(certain)):
        steps += comb(len(others), more) * len(needed) * (len(certain) + more)
        if steps > MOST_STEPS:
            break
        for chosen in combinations(others, more):
            if _enough((*certain, *chosen), needed, shelves):
                return tuple(sorted((*certain, *chosen)))
    return quickly


def _without_an_alternative(
    names: Sequence[str], needed: Mapping[str, int], shelves: Shelves
) -> tuple[str, ...]:
    """Warehouses without which there is too little of something."""
    total = {sku: sum(shelf.get(sku, 0) for shelf in shelves.values()) for sku in needed}
    return tuple(
        name
        for name in names
        if any(total[sku] - shelves[name].get(sku, 0) < quantity for sku, quantity in needed.items())
    )


def _most_first(
    names: Sequence[str], certain: Sequence[str], needed: Mapping[str, int], shelves: Shelves
) -> tuple[str, ...]:
    """Enough warehouses, quickly: the one that has most of what is missing, until nothing is."""
    chosen, missing = list(certain), dict(needed)
    for name in certain:
        missing = _left(missing, shelves[name])
    while missing:
        rest = (name for name in names if name not in chosen)
        best = max(rest, key=lambda name: sum(missing.values()) - sum(_left(missing, shelves[name]).values()))
        chosen.append(best)
        missing = _left(missing, shelves[best])
    for name in sorted(chosen, reverse=True):
        fewer = [other for other in chosen if other != name]
        if _enough(fewer, needed, shelves):
            chosen = fewer
    return tuple(sorted(chosen))


def _left(missing: Mapping[str, int], shelf: Mapping[str, int]) -> dict[str, int]:
    after = {sku: quantity - shelf.get(sku, 0) for sku, quantity in missing.items()}
    return {sku: quantity for sku, quantity in after.items() if quantity > 0}


def _enough(names: Collection[str], needed: Mapping[str, int], shelves: Shelves) -> bool:
    return all(
        sum(shelves[name].get(sku, 0) for name in names) >= quantity for sku, quantity in needed.items()
    )


def _shared_out(
    wanted: Iterable[WantedUnits], names: Sequence[str], shelves: Shelves
) -> tuple[AllocatedUnits, ...]:
    """From the fullest shelf first, so that few lines are divided."""
    left = {name: dict(shelves[name]) for name in names}
    allocated: list[AllocatedUnits] = []
    for units in sorted(wanted, key=lambda units: (units.line, units.sku)):
        missing = units.quantity
        for name in sorted(names, key=lambda name: (-left[name].get(units.sku, 0), name)):
            taken = min(missing, left[name].get(units.sku, 0))
            if taken > 0:
                allocated.append(AllocatedUnits(units.line, units.sku, taken, name))
                left[name][units.sku] -= taken
                missing -= taken
    return tuple(sorted(allocated, key=lambda units: (units.line, units.warehouse_id)))
