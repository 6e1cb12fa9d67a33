"""How a lane chooses among offers: by what they save, or by priority. A change of it touches nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from domain.pricing.entrants import Entrant
from domain.pricing.promotion import Lane, Selector

Rank = tuple[int, int, int]


def rank(selector: Selector, entrant: Entrant, reduction: int) -> Rank:
    """The smallest goes first. Ties: by priority, then by id; under `PRIORITY` by saving, then by id."""
    if selector is Selector.PRIORITY:
        return (entrant.priority, -reduction, entrant.place)
    return (-reduction, entrant.priority, entrant.place)


def selector_of(selectors: Mapping[Lane, Selector], lane: Lane) -> Selector:
    """How this lane chooses; by the lowest price unless it is set otherwise."""
    return selectors.get(lane, Selector.LOWEST_PRICE) if selectors else Selector.LOWEST_PRICE
