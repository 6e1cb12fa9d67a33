"""Promotions and vouchers as plain JSON and back, exactly; stores and edges share it. Fees are beside it."""

from __future__ import annotations

from typing import Any

from domain.catalogue.items import LONGEST_TITLE
from domain.pricing.book import Voucher, VoucherKind
from domain.pricing.breakdown import Funder
from domain.pricing.conditions import condition_document, condition_from
from domain.pricing.fee_documents import fee_rules_document, fee_rules_from
from domain.pricing.fields import Fields, moment_text
from domain.pricing.kinds import rule_of
from domain.pricing.promotion import Promotion, Shopper
from domain.specification import AllOf, Specification

__all__ = [
    "condition_document",
    "condition_from",
    "fee_rules_document",
    "fee_rules_from",
    "promotion_document",
    "promotion_from",
    "voucher_document",
    "voucher_from",
]

LARGEST_PRIORITY = 1_000_000
LONGEST_CODE = 64
MOST_PER_BUYER = 1_000_000
DEFAULT_PRIORITY = 100


def promotion_document(promotion: Promotion) -> dict[str, Any]:
    """A promotion as JSON; amounts in minor units, times RFC 3339 in UTC."""
    return {
        "id": promotion.id,
        "name": promotion.name,
        "kind": promotion.kind,
        "terms": dict(promotion.rule.terms()),
        "currency": promotion.currency,
        "starts_at": moment_text(promotion.starts_at),
        "ends_at": moment_text(promotion.ends_at),
        "funder": str(promotion.funder),
        "merchant_id": promotion.merchant_id,
        "skus": _sorted(promotion.skus),
        "segments": sorted(promotion.segments),
        "condition": condition_document(promotion.condition),
        "priority": promotion.priority,
        "exclusive": promotion.exclusive,
        "min_quantity": promotion.min_quantity,
        "has_quota": promotion.has_quota,
        "per_buyer_limit": promotion.per_buyer_limit,
        "version": promotion.version,
    }


def promotion_from(document: Any) -> Promotion:
    """The promotion of such a document; absent fields have the defaults of `Promotion`.

    Raises `InvalidValueError` with `field` and `rule`, `UnknownPromotionKindError`.
    """
    read = Fields(document)
    kind = read.text("kind")
    promotion = Promotion(
        id=read.text("id"),
        name=read.text("name", LONGEST_TITLE),
        kind=kind,
        rule=rule_of(kind, read.mapping("terms")),
        currency=_currency(read),
        starts_at=read.time("starts_at"),
        ends_at=read.time("ends_at"),
        funder=read.choice("funder", Funder),
        merchant_id=read.text("merchant_id") if read.has("merchant_id") else None,
        skus=_skus(read),
        segments=read.names("segments"),
        condition=_condition(read),
        priority=_or(read, "priority", DEFAULT_PRIORITY, largest=LARGEST_PRIORITY, smallest=0),
        exclusive=read.flag("exclusive"),
        min_quantity=read.units("min_quantity") if read.has("min_quantity") else 1,
        has_quota=read.flag("has_quota"),
        per_buyer_limit=_limit(read),
        version=_or(read, "version", 1),
    )
    read.done()
    return promotion


def voucher_document(voucher: Voucher) -> dict[str, Any]:
    """A voucher as JSON; amounts in minor units, times RFC 3339 in UTC."""
    return {
        "code": voucher.code,
        "name": voucher.name,
        "kind": str(voucher.kind),
        "value": voucher.value,
        "currency": voucher.currency,
        "starts_at": moment_text(voucher.starts_at),
        "ends_at": moment_text(voucher.ends_at),
        "funder": str(voucher.funder),
        "minimum": voucher.minimum,
        "cap": voucher.cap,
        "merchant_id": voucher.merchant_id,
        "skus": _sorted(voucher.skus),
        "buyer_id": voucher.buyer_id,
        "condition": condition_document(voucher.condition),
        "has_uses": voucher.has_uses,
        "per_buyer_limit": voucher.per_buyer_limit,
    }


def voucher_from(document: Any) -> Voucher:
    """The voucher of such a document. Raises `InvalidValueError` with `field` and `rule`."""
    read = Fields(document)
    voucher = Voucher(
        code=read.text("code", LONGEST_CODE),
        name=read.text("name", LONGEST_TITLE),
        kind=read.choice("kind", VoucherKind),
        value=read.whole("value", 1),
        currency=_currency(read),
        starts_at=read.time("starts_at"),
        ends_at=read.time("ends_at"),
        funder=read.choice("funder", Funder),
        minimum=_or(read, "minimum", 0, smallest=0),
        cap=read.whole("cap", 1) if read.has("cap") else None,
        merchant_id=read.text("merchant_id") if read.has("merchant_id") else None,
        skus=_skus(read),
        buyer_id=read.text("buyer_id") if read.has("buyer_id") else None,
        condition=_condition(read),
        has_uses=read.flag("has_uses"),
        per_buyer_limit=_limit(read),
    )
    read.done()
    return voucher


def _currency(read: Fields) -> str:
    code = read.text("currency", 3)
    if len(code) != 3 or not (code.isascii() and code.isalpha() and code.isupper()):  # noqa: PLR2004 - ISO 4217
        raise read.refused("currency", "three capital letters")
    return code


def _skus(read: Fields) -> frozenset[str] | None:
    return read.names("skus") if read.has("skus") else None


def _condition(read: Fields) -> Specification[Shopper]:
    return condition_from(read.anything("condition")) if read.has("condition") else AllOf(())


def _limit(read: Fields) -> int | None:
    return read.whole("per_buyer_limit", 1, MOST_PER_BUYER) if read.has("per_buyer_limit") else None


def _or(read: Fields, name: str, default: int, *, smallest: int = 1, largest: int = 2**31 - 1) -> int:
    return read.whole(name, smallest, largest) if read.has(name) else default


def _sorted(names: frozenset[str] | None) -> list[str] | None:
    return None if names is None else sorted(names)
