"""The calculator: price book page and request in, breakdown out. No clock, no I/O, no floats.

`docs/pricing.md` says how a price is made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from domain.money import Money
from domain.pricing.assembly import Assembly
from domain.pricing.basket import Basket
from domain.pricing.book import PriceBookPage, PriceNotFoundError, ServiceNotFoundError
from domain.pricing.breakdown import Layer
from domain.pricing.calculation import AppliedPromotion, Calculation, Remark
from domain.pricing.charges import Charges
from domain.pricing.claims import claims_for, of_promotion
from domain.pricing.deductions import Deductions
from domain.pricing.entrants import Entrant, entrants
from domain.pricing.hints import add_more
from domain.pricing.lanes import Lanes
from domain.pricing.promotion import Shopper
from domain.pricing.prospects import worth_leaving_out
from domain.pricing.request import PriceRequest
from domain.pricing.search import Course, Trial, cheapest
from domain.pricing.versions import rule_version
from domain.stock.allowance import Claim

__all__ = ["PriceNotFoundError", "ServiceNotFoundError", "calculate"]


def calculate(page: PriceBookPage, request: PriceRequest, now: datetime) -> Calculation:
    """Price a request. Raises `PriceNotFoundError`, `ServiceNotFoundError`, `CurrencyMismatchError`,
    `AmountOutOfRangeError`.
    """
    wishes = request.wishes
    shopper = Shopper(request.buyer, wishes.region, wishes.payment_method, now)
    basket = Basket(page, request)
    rivals, short = entrants(basket, page, shopper)
    charges = Charges(basket, page.fees, request)
    deductions = Deductions(basket, page, request, shopper)
    course, trial = _course(basket, page, rivals, deductions, charges)
    return _answer(page, course, trial, shopper, short)


def _course(
    basket: Basket,
    page: PriceBookPage,
    rivals: Sequence[Entrant],
    deductions: Deductions,
    charges: Charges,
) -> tuple[Course, Trial]:
    """All promotions that stand beside others, or an exclusive one alone, whichever costs less."""
    together = [each for each in rivals if not each.promotion.exclusive]
    course = _with(together, basket, page, deductions, charges)
    first = course.run()
    best = cheapest(course, worth_leaving_out(course, first), first)
    for each in rivals:
        if each.promotion.exclusive:
            alone = _with([each], basket, page, deductions, charges)
            trial = alone.run()
            if trial.total < best.total:
                course, best = alone, trial
    return course, best


def _with(
    rivals: Sequence[Entrant],
    basket: Basket,
    page: PriceBookPage,
    deductions: Deductions,
    charges: Charges,
) -> Course:
    for place, each in enumerate(rivals):
        each.place = place
    return Course(basket, Lanes(basket, rivals, page.fees.selectors), deductions, charges)


def _answer(
    page: PriceBookPage, course: Course, trial: Trial, shopper: Shopper, short: Sequence[Remark]
) -> Calculation:
    basket, played, deducted = course.basket, trial.played, trial.deducted
    assembly = Assembly(basket)
    by_promotion = assembly.promotions(course.lanes.entrants, played.takes)
    assembly.clamp(Layer.PROMOTION)
    for part in (*deducted.parts, *trial.charges):
        assembly.divide(part)
    buyer_id = shopper.buyer.id if shopper.buyer else ""
    claims = [
        claim
        for entrant, _, skus in by_promotion
        for sku in sorted(skus & entrant.left.keys())
        for claim in _claims(entrant, basket, sku, buyer_id)
    ]
    remarks = [*short, *add_more(basket, course.lanes, played), *course.deductions.remarks(deducted)]
    return Calculation(
        basket.order_lines(played.prices),
        assembly.breakdown(),
        rule_version(page, course, trial, [entrant.promotion for entrant, _, _ in by_promotion]),
        basket.listed_prices(),
        tuple(
            [
                _applied(entrant, reduction, [basket.skus[sku] for sku in sorted(skus)])
                for entrant, reduction, skus in by_promotion
            ]
        ),
        tuple(claims) + tuple(course.deductions.claims(deducted)),
        tuple(sorted(remarks, key=lambda remark: (remark.code, remark.source, remark.sku))),
    )


def _claims(entrant: Entrant, basket: Basket, sku: int, buyer_id: str) -> Iterator[Claim]:
    counts = of_promotion(entrant.promotion, basket.skus[sku], buyer_id)
    return claims_for(counts, basket.quantities[sku])


def _applied(entrant: Entrant, reduction: Money, skus: list[str]) -> AppliedPromotion:
    promotion = entrant.promotion
    return AppliedPromotion(
        promotion.id,
        promotion.name,
        promotion.kind,
        promotion.ends_at,
        reduction,
        promotion.funder,
        tuple(skus),
    )
