"""Vouchers, conditions and fee rules by chance, for `random_carts`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from domain.money import Money
from domain.pricing.book import (
    DeliveryFee,
    FeeRules,
    PaymentDiscount,
    PlatformFee,
    PointsRule,
    ServiceFee,
    Voucher,
    VoucherKind,
)
from domain.pricing.breakdown import Funder
from domain.pricing.conditions import PAYMENT_METHOD, REGION, TOTAL_ORDERS, InSegment
from domain.pricing.promotion import Lane, Selector, Shopper
from domain.specification import AllOf, Specification

_NOW: Final = datetime(2026, 11, 11, 12, tzinfo=UTC)
_HOUR: Final = timedelta(hours=1)
_A_UNIT: Final = {"JPY": 1, "CNY": 100, "KWD": 1_000}


def random_condition(chance: Random) -> Specification[Shopper]:
    """Mostly none; else one that some of the random requests meet.

    None that an unknown buyer could meet without being asked: those are refused by a rule of their own.
    """
    if chance.random() < 0.85:
        return AllOf(())
    here, by_card = REGION.equals("CN"), PAYMENT_METHOD.one_of("card", "cash")
    regular = TOTAL_ORDERS.at_least(3)
    return chance.choice(
        [here, by_card, regular, InSegment("vip"), here & by_card, regular | InSegment("gold"), ~by_card]
    )


def random_voucher(chance: Random, currency: str, skus: frozenset[str] | None, goods: int) -> Voucher:
    """Of either kind; mostly usable. `goods` is what the cart costs, in minor units."""
    kind = chance.choice(list(VoucherKind))
    by_share = kind is VoucherKind.PERCENTAGE
    return Voucher(
        code="welcome",
        name="Welcome",
        kind=kind,
        value=chance.choice([1, 1_500, 5_000, 10_000]) if by_share else chance.choice([1, 1_000, goods + 5]),
        currency=currency,
        starts_at=_NOW - _HOUR,
        ends_at=chance.choice([_NOW + _HOUR] * 12 + [_NOW]),
        funder=chance.choice([Funder.MERCHANT, Funder.PLATFORM]),
        minimum=chance.choice([0, 0, goods // 3, goods // 2, max(0, goods - 100), goods, goods + 1]),
        cap=chance.choice([None, 1, 500, goods + 1]) if by_share else None,
        merchant_id=chance.choice([None, None, None, "shop-0"]),
        skus=skus,
        buyer_id=chance.choice([None] * 6 + ["buyer-1", "buyer-2"]),
        condition=random_condition(chance),
        has_uses=chance.random() < 0.3,
        per_buyer_limit=chance.choice([None, None, 1]),
    )


def random_fees(chance: Random, currency: str, merchants: Sequence[str], goods: int) -> FeeRules:
    """All kinds of charges, payment discounts and points, each there or not."""
    near = [0, goods, goods + 1, goods // 2]
    delivery = {
        merchant: DeliveryFee(Money(chance.choice([0, 1, 999]), currency), chance.choice([None, *near]))
        for merchant in merchants
        if chance.random() < 0.7
    }
    services = {
        "insurance": ServiceFee("insurance", "Insurance", amount=chance.choice([1, 500])),
        "wrapping": ServiceFee("wrapping", "Wrapping", basis_points=chance.choice([5, 333])),
    }
    return FeeRules(
        delivery=delivery,
        services=services,
        platform=PlatformFee(chance.choice([0, 7]), chance.choice([0, 60]))
        if chance.random() < 0.5
        else None,
        handling={"card": 200, "wallet": 1} if chance.random() < 0.7 else {},
        payment_discounts={"card": _payment_discount(chance, near)} if chance.random() < 0.5 else {},
        points=PointsRule(100, Money(_A_UNIT[currency], currency), chance.choice([5_000, 5_000, 3_333]))
        if chance.random() < 0.8
        else None,
        deduction_cap=chance.choice([10_000, 10_000, 7_001]),
        selectors={lane: Selector.PRIORITY for lane in Lane if chance.random() < 0.08},
    )


def _payment_discount(chance: Random, near: Sequence[int]) -> PaymentDiscount:
    if chance.random() < 0.5:
        return PaymentDiscount("card", amount=chance.choice([1, 500]), minimum=chance.choice(near))
    return PaymentDiscount(
        "card",
        basis_points=chance.choice([50, 500]),
        cap=chance.choice([None, 300]),
        minimum=chance.choice(near),
    )
