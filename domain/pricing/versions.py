"""The rule version: a content hash of every price and rule that took part, and of nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from operator import attrgetter
from typing import Any

from domain.pricing.book import PriceBookPage, Voucher
from domain.pricing.conditions import condition_document
from domain.pricing.fee_documents import (
    discount_document,
    platform_document,
    points_document,
    service_document,
)
from domain.pricing.promotion import Promotion, Shopper
from domain.pricing.search import Course, Trial
from domain.specification import AllOf, Specification

_LENGTH = 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PLAIN = frozenset({int, str, type(None)})
# Fields that `_rule` writes in a form of its own, so that equal rules have equal text.
_SHAPED = frozenset({"rule", "kind", "funder", "starts_at", "ends_at", "skus", "segments", "condition"})


def _others(rule: type[Promotion | Voucher]) -> attrgetter[tuple[Any, ...]]:
    return attrgetter(*[field.name for field in fields(rule) if field.name not in _SHAPED])


# By name of the field, so that a new field is in the hash without anybody thinking of it.
_OF_PROMOTION = _others(Promotion)
_OF_VOUCHER = _others(Voucher)


def rule_version(page: PriceBookPage, course: Course, trial: Trial, applied: Iterable[Promotion]) -> str:
    """16 hexadecimal digits.

    Underneath are plain values as Python writes them in ASCII, which is quicker than JSON; text is quoted, so
    that no id can imitate a separator.
    """
    took_part = (
        page.currency,
        _prices(course),
        [promotion_terms(promotion) for promotion in applied],
        _deductions(course, trial),
        _fees(course),
        sorted([(str(lane), str(how)) for lane, how in page.fees.selectors.items()]),
    )
    return sha256(ascii(took_part).encode()).hexdigest()[:_LENGTH]


def promotion_terms(promotion: Promotion) -> tuple[Any, ...]:
    """Everything that a promotion says, as plain values; the same for equal promotions."""
    return (
        *_OF_PROMOTION(promotion),
        *_shaped(promotion),
        _ordered(promotion.rule.terms()),
        sorted(promotion.segments),
    )


def voucher_terms(voucher: Voucher) -> tuple[Any, ...]:
    """Everything that a voucher says, as plain values; the same for equal vouchers."""
    return (*_OF_VOUCHER(voucher), *_shaped(voucher))


def _shaped(rule: Promotion | Voucher) -> tuple[Any, ...]:
    skus = rule.skus
    return (
        str(rule.kind),
        str(rule.funder),
        (rule.starts_at - _EPOCH) // _MICROSECOND,
        (rule.ends_at - _EPOCH) // _MICROSECOND,
        None if skus is None else sorted(skus),
        _condition(rule.condition),
    )


def _condition(condition: Specification[Shopper]) -> Any:
    # Most have none, and need no document to say so.
    if isinstance(condition, AllOf) and not condition.parts:
        return None
    return condition_document(condition)


def _ordered(value: Any) -> Any:
    """JSON of a rule that may come from anywhere, with every object in order of its keys."""
    # `dict` goes first, because it takes long to find out what is a `Mapping`.
    if isinstance(value, (dict, Mapping)):
        return {key: one if type(one := value[key]) in _PLAIN else _ordered(one) for key in sorted(value)}
    return [_ordered(each) for each in value] if isinstance(value, list | tuple) else value


def _prices(course: Course) -> list[tuple[Any, ...]]:
    basket, found = course.basket, []
    for item, market, daily in zip(basket.items, basket.market, basket.daily, strict=True):
        listed = item.price.listed_price
        found.append((item.sku, market, daily, None if listed is None else listed.amount, item.price.region))
    return found


def _deductions(course: Course, trial: Trial) -> list[Any]:
    plan, done = course.deductions, trial.deducted
    used = {part.kind for part in done.parts}
    return [
        voucher_terms(plan.voucher) if plan.voucher and done.voucher else None,
        points_document(plan.rule) if plan.rule and done.points else None,
        discount_document(plan.discount) if plan.discount and "payment_discount" in used else None,
        plan.cap if used else None,
    ]


def _fees(course: Course) -> list[Any]:
    charges = course.charges
    return [
        [(merchant, fee.amount.amount, fee.free_from) for merchant, fee, _, _ in charges.carried],
        [service_document(service) for service in charges.services],
        platform_document(charges.platform) if charges.platform else None,
        (charges.method, charges.handling) if charges.handling else None,
    ]
