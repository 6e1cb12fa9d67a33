"""The lowest total under `LowestPrice`: which promotions are better left out (docs/pricing.md, decision 15).

One trial takes all of them. Only if its result leaves something to hope for, others follow, bounded.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from domain.pricing.basket import Basket
from domain.pricing.charges import Charges
from domain.pricing.deductions import Deducted, Deductions
from domain.pricing.lanes import Lanes, Played
from domain.pricing.parts import Part

# Trials that look at every choice, fewest left out first; and as many again that only improve the best.
MOST_TRIALS = 1_024


class Trial(NamedTuple):
    """One calculation without the entrants `left_out`; the smaller one is the better."""

    total: int
    size: int
    left_out: tuple[int, ...]
    played: Played
    deducted: Deducted
    charges: list[Part]

    def is_better_than(self, other: Trial) -> bool:
        """Cheaper; of two equal ones that which leaves out fewer, then the one first by id."""
        return self[:3] < other[:3]


class Course:
    """Everything that stands before the promotions are chosen: lanes, deductions and charges of a basket."""

    __slots__ = ("basket", "charges", "deductions", "lanes", "trials")

    def __init__(self, basket: Basket, lanes: Lanes, deductions: Deductions, charges: Charges) -> None:
        self.basket = basket
        self.lanes = lanes
        self.deductions = deductions
        self.charges = charges
        self.trials = 0

    def run(self, left_out: AbstractSet[int] = frozenset()) -> Trial:
        """Calculate without these entrants."""
        self.trials += 1
        played = self.lanes.play(left_out)
        goods = sum(played.sums)
        deducted = self.deductions.off(played.sums, goods)
        goods -= deducted.off
        charges = self.charges.on(played.sums, goods)
        total = goods + sum([part.amount for part in charges])
        return Trial(total, len(left_out), tuple(sorted(left_out)), played, deducted, charges)


def cheapest(course: Course, candidates: AbstractSet[int], first: Trial) -> Trial:
    """The best trial that leaves out some of the candidates.

    To leave out what does not take part changes nothing, so only what took part is tried. Every choice is
    seen while `MOST_TRIALS` suffice, fewest left out first; beyond that the best one is improved one by one.
    """
    best, level = first, [first]
    seen = {frozenset(first.left_out)}
    while level:
        next_level = []
        for trial in level:
            for left_out in _one_more(trial, candidates):
                if left_out in seen:
                    continue
                if course.trials >= MOST_TRIALS:
                    return _improved(course, candidates, best)
                seen.add(left_out)
                found = course.run(left_out)
                next_level.append(found)
                if found.is_better_than(best):
                    best = found
        level = next_level
    return best


def _improved(course: Course, candidates: AbstractSet[int], best: Trial) -> Trial:
    last = course.trials + MOST_TRIALS
    while True:
        tried = []
        for left_out in _one_more(best, candidates):
            if course.trials >= last:
                break
            tried.append(course.run(left_out))
        found = min(tried, key=lambda trial: trial[:3], default=best)
        if not found.is_better_than(best):
            return best
        best = found


def _one_more(trial: Trial, candidates: AbstractSet[int]) -> Iterable[frozenset[int]]:
    left_out = frozenset(trial.left_out)
    for entrant in sorted(trial.played.applied() & candidates):
        yield left_out | {entrant}
