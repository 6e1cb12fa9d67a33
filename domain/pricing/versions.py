"""The rule version: a content hash of every price and rule that took part, and of nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from json import dumps
from typing import Any

from domain.pricing.book import PriceBookPage
from domain.pricing.documents import promotion_document, voucher_document
from domain.pricing.fee_documents import (
    discount_document,
    platform_document,
    points_document,
    service_document,
)
from domain.pricing.promotion import Promotion
from domain.pricing.search import Course, Trial

_LENGTH = 16


def rule_version(page: PriceBookPage, course: Course, trial: Trial, applied: Iterable[Promotion]) -> str:
    """16 hexadecimal digits. JSON underneath, so that no id can imitate a separator."""
    took_part = [
        page.currency,
        _prices(course),
        [promotion_document(promotion) for promotion in applied],
        _deductions(course, trial),
        _fees(course),
        {str(lane): str(how) for lane, how in page.fees.selectors.items()},
    ]
    text = dumps(took_part, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()[:_LENGTH]


def _prices(course: Course) -> list[list[Any]]:
    basket, found = course.basket, []
    for sku, item in enumerate(basket.items):
        listed = item.price.listed_price
        shown = None if listed is None else listed.amount
        found.append([item.sku, basket.market[sku], basket.daily[sku], shown, item.price.region])
    return found


def _deductions(course: Course, trial: Trial) -> list[Any]:
    plan, done = course.deductions, trial.deducted
    used = {part.kind for part in done.parts}
    return [
        voucher_document(plan.voucher) if plan.voucher and done.voucher else None,
        points_document(plan.rule) if plan.rule and done.points else None,
        discount_document(plan.discount) if plan.discount and "payment_discount" in used else None,
        plan.cap if used else None,
    ]


def _fees(course: Course) -> list[Any]:
    charges = course.charges
    return [
        [[merchant, fee.amount.amount, fee.free_from] for merchant, fee, _, _ in charges.carried],
        [service_document(service) for service in charges.services],
        platform_document(charges.platform) if charges.platform else None,
        [charges.method, charges.handling] if charges.handling else None,
    ]
