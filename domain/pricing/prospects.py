"""What a first calculation leaves to hope for, and which promotions stand in the way of it.

The result of a lane only gets better when the goods get cheaper, except where something is tested or divided
on the way. This names those places; without one of them nothing has to be searched.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from domain.pricing.entrants import STAGE, mask_of
from domain.pricing.promotion import Lane
from domain.pricing.search import Course, Trial

BUNDLES, SHOPS, PLATFORM = STAGE[Lane.BUNDLE], STAGE[Lane.SHOP], STAGE[Lane.PLATFORM]
AFTER = len(Lane)

# Goods, as a mask, whose price the stages before `stage` decide.
Place = tuple[int, int]


def worth_leaving_out(course: Course, first: Trial) -> frozenset[int]:
    """The entrants that may be better left out; none when the first trial is the best there is.

    Goods hang together when something is divided over them or tested on them as one; hopes for some of them
    concern all.
    """
    entrants = [each for each in course.lanes.entrants if not course.lanes.is_fixed(each.lane)]
    if not entrants or not first.played.takes:
        return frozenset()
    hopes = list(_hopes(course, first))
    if not hopes:
        return frozenset()
    stage, mask = max(hope[0] for hope in hopes), 0
    for hope in hopes:
        mask |= hope[1]
    ties, grown = list(_ties(course)), True
    while grown:
        grown = False
        for later, goods in ties:
            if goods & mask and (goods & ~mask or later > stage):
                mask, stage, grown = mask | goods, max(stage, later), True
    return frozenset(each.place for each in entrants if each.stage < stage and each.mask & mask)


def _hopes(course: Course, first: Trial) -> Iterator[Place]:
    played, deducted = first.played, first.deducted
    every_sku = range(len(course.basket.skus))
    everything = (1 << len(every_sku)) - 1
    for hint in played.hints:
        if hint.missing.amount and hint.reach <= _ceiling(course, hint.skus):
            yield course.lanes.entrants[hint.entrant].stage, mask_of(hint.skus)
    if played.contested:
        # Bundles themselves may give way here, and item prices before them.
        yield SHOPS, played.contested
    voucher, discount, scope = course.deductions.voucher, course.deductions.discount, course.deductions.scope
    if deducted.short and voucher and _ceiling(course, scope) >= voucher.minimum:
        yield AFTER, mask_of(scope)
    if deducted.discount_missed and discount and _ceiling(course, every_sku) >= discount.minimum:
        yield AFTER, everything
    # More points for dearer goods make up for them if a voucher grows as well, or points come in steps.
    if deducted.points_capped and (deducted.voucher_varies or course.deductions.steps_are_coarse):
        yield AFTER, everything
    for _, fee, skus, _ in course.charges.carried:
        free_from = fee.free_from
        carried = sum([played.sums[sku] for sku in skus])
        if free_from is not None and carried < free_from <= _ceiling(course, skus):
            yield AFTER, mask_of(skus)
    yield from _cuts(course, first)


def _cuts(course: Course, first: Trial) -> Iterator[Place]:
    """Where a reduction was divided over goods of which something later sees only a part."""
    entrants = course.lanes.entrants
    later = [(each.stage, each.mask) for each in entrants if each.stage == PLATFORM]
    if first.deducted.voucher_varies:
        later.append((AFTER, mask_of(course.deductions.scope)))
    if not later:
        return
    divided = [
        (entrants[take.entrant].stage, mask_of(take.skus))
        for take in first.played.takes
        if entrants[take.entrant].stage >= SHOPS
    ]
    for stage, goods in divided:
        for then, scope in later:
            if then > stage and goods & scope and goods & ~scope:
                yield then, goods | scope


def _ties(course: Course) -> Iterator[Place]:
    for each in course.lanes.entrants:
        if each.stage == BUNDLES and getattr(each.rule, "looks_beyond", None):
            yield SHOPS, each.mask
        if each.stage >= SHOPS:
            for _, skus in each.groups:
                yield each.stage, mask_of(skus)
    everything = mask_of(range(len(course.basket.skus)))
    if course.deductions.voucher:
        yield AFTER, mask_of(course.deductions.scope)
    if course.deductions.are_any:
        yield AFTER, everything
    for _, fee, skus, _ in course.charges.carried:
        if fee.free_from is not None:
            yield AFTER, mask_of(skus)


def _ceiling(course: Course, skus: Sequence[int]) -> int:
    """What these goods cost when every promotion is left out."""
    basket = course.basket
    return sum([basket.daily[sku] * basket.quantities[sku] for sku in skus])
