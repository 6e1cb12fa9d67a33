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

# So many trials look at every choice, fewest left out first; as many again only improve the best.
MOST_TRIALS = 1_024
# A large basket is tried less often: so many lines, over all trials. It bounds how long a price may take.
MOST_LINES_TRIED = 100_000


class Trial(NamedTuple):
    """One calculation without the entrants `left_out`.

    The cheaper is the better; of two equal ones that which leaves out fewer, then the one first by id.
    """

    total: int
    size: int
    left_out: tuple[int, ...]
    played: Played
    deducted: Deducted
    charges: list[Part]


class Course:
    """Everything that stands before the promotions are chosen: lanes, deductions and charges of a basket."""

    __slots__ = ("basket", "charges", "deductions", "lanes", "trials")

    def __init__(self, basket: Basket, lanes: Lanes, deductions: Deductions, charges: Charges) -> None:
        self.basket = basket
        self.lanes = lanes
        self.deductions = deductions
        self.charges = charges
        self.trials = 0

    @property
    def most_trials(self) -> int:
        """How many trials this basket is worth, before the best is only improved."""
        return min(MOST_TRIALS, MOST_LINES_TRIED // len(self.basket.units))

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
    seen while the trials suffice, fewest left out first; beyond that it is a good one, not always the best.
    """
    best, level = first, [first]
    seen = {frozenset(first.left_out)}
    while level:
        next_level = []
        for trial in level:
            for left_out in _one_more(trial, candidates):
                if left_out in seen:
                    continue
                if course.trials >= course.most_trials:
                    return _good(course, candidates, first, best)
                seen.add(left_out)
                found = course.run(left_out)
                next_level.append(found)
                best = _better(best, found)
        level = next_level
    return best


def _good(course: Course, candidates: AbstractSet[int], first: Trial, best: Trial) -> Trial:
    """Leave out one after the other, the least saving first; then change the best one by one."""
    last = course.trials + course.most_trials
    savings = dict.fromkeys(first.played.applied() & candidates, 0)
    for take in first.played.takes:
        if take.entrant in savings:
            savings[take.entrant] += sum(take.shares)
    left_out: frozenset[int] = frozenset()
    for entrant in sorted(savings, key=lambda entrant: (savings[entrant], entrant)):
        if course.trials >= last:
            break
        left_out |= {entrant}
        best = _better(best, course.run(left_out))
    while course.trials < last:
        found = best
        for changed in (*_one_more(best, candidates), *_one_fewer(best)):
            if course.trials < last:
                found = _better(found, course.run(changed))
        if found is best:
            break
        best = found
    return best


def _better(one: Trial, other: Trial) -> Trial:
    return other if other[:3] < one[:3] else one


def _one_more(trial: Trial, candidates: AbstractSet[int]) -> Iterable[frozenset[int]]:
    left_out = frozenset(trial.left_out)
    for entrant in sorted(trial.played.applied() & candidates):
        yield left_out | {entrant}


def _one_fewer(trial: Trial) -> Iterable[frozenset[int]]:
    left_out = frozenset(trial.left_out)
    for entrant in trial.left_out:
        yield left_out - {entrant}
