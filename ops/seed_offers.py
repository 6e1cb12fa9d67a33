"""What the demo catalogue gives away: a shop's tiers, a voucher, what points are worth, a fee for cards.

Put in once: whatever anybody has made of it since stays.
"""

from __future__ import annotations

from datetime import UTC, datetime

from domain.money import Money
from domain.ports.catalogue import Author, Catalogue, ChangeSubject
from domain.pricing.book import FeeRules, PointsRule, Voucher, VoucherKind
from domain.pricing.breakdown import Funder
from domain.pricing.kinds import rule_of
from domain.pricing.promotion import Promotion

CURRENCY = "CNY"
POINTS_BUYER, POINTS = "b-1", 5_000  # somebody who has points to spend
_FROM, _UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
_AUTHOR = Author("system", "the demo catalogue")

# 300.00 spent on these, 30.00 off; 600.00 spent, 80.00 off.
TEA_TIERS = Promotion(
    id="tea-tiers",
    name="茶馆满减 Spend more at the tea house, save more",
    kind="shop_tiered",
    rule=rule_of(
        "shop_tiered",
        {"tiers": [{"minimum": 30_000, "amount": 3_000}, {"minimum": 60_000, "amount": 8_000}]},
    ),
    currency=CURRENCY,
    starts_at=_FROM,
    ends_at=_UNTIL,
    funder=Funder.MERCHANT,
    merchant_id="m-teahouse",
    skus=frozenset({"tea-puer", "cup-celadon"}),
)
WELCOME = Voucher(
    code="WELCOME",
    name="欢迎 20.00 off from 100.00 on, once",
    kind=VoucherKind.AMOUNT,
    value=2_000,
    currency=CURRENCY,
    starts_at=_FROM,
    ends_at=_UNTIL,
    funder=Funder.PLATFORM,
    minimum=10_000,
    per_buyer_limit=1,
)
# Nothing here is charged, or taken off, unless a buyer asks for it by points or by card.
FEE_RULES = FeeRules(handling={"card": 200}, points=PointsRule(100, Money(100, CURRENCY)))


async def put_demo_offers(catalogue: Catalogue) -> None:
    """Put in what was never there; a second time changes nothing."""
    if await _never_set(catalogue, ChangeSubject.PROMOTION, TEA_TIERS.id):
        await catalogue.put_promotion(TEA_TIERS, {}, _AUTHOR)
    if await _never_set(catalogue, ChangeSubject.VOUCHER, WELCOME.code):
        await catalogue.put_voucher(WELCOME, None, _AUTHOR)
    if await _never_set(catalogue, ChangeSubject.FEE_RULES, CURRENCY):
        # Before the rules, which tell that both are there.
        await catalogue.put_points(POINTS_BUYER, POINTS)
        await catalogue.put_fee_rules(CURRENCY, FEE_RULES, _AUTHOR)


async def _never_set(catalogue: Catalogue, subject: ChangeSubject, name: str) -> bool:
    return not await catalogue.changes(subject, name, before=None, limit=1)
