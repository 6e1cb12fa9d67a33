"""What makes prices move in a shop: campaigns, vouchers, points, buyers; and who is faster than others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.catalogue.buyers import Buyer
from domain.ports.catalogue import Author
from domain.ports.stock import AllowanceLevel, HoldRequest, HoldsTaken
from domain.pricing.book import FeeRules, PointsRule, Voucher, VoucherKind
from domain.pricing.breakdown import Funder
from domain.pricing.kinds import rule_of
from domain.pricing.promotion import Promotion
from domain.stock.allowance import Allowance, Claim
from domain.stock.hold import Shortage
from tests.workflow.shop import Shop, cny

BOSS = Author("test")
AN_HOUR = timedelta(hours=1)
VOUCHER = "SAVE-10"


def now() -> datetime:
    return datetime.now(UTC)


async def time_now() -> datetime:
    """For `until`: waits for a time, not for luck."""
    return now()


@dataclass
class Offers:
    """Campaigns of one shop; all about tea."""

    shop: Shop

    async def promote(
        self, kind: str, terms: Mapping[str, Any], *, quota: int | None = None, **more: Any
    ) -> Promotion:
        """Start a campaign that ends in an hour, or change it."""
        promotion = Promotion(
            id=f"pro_{kind}",
            name=kind,
            kind=kind,
            rule=rule_of(kind, terms),
            currency="CNY",
            starts_at=now() - AN_HOUR,
            ends_at=now() + AN_HOUR,
            funder=Funder.MERCHANT,
            merchant_id="shop-7",
            has_quota=quota is not None,
            **more,
        )
        quotas = {} if quota is None else {"tea": quota}
        await self.shop.catalogue.put_promotion(promotion, quotas, BOSS)
        return promotion

    async def flash(self, price: int = 8_000, **more: Any) -> Promotion:
        """Tea in a flash sale."""
        return await self.promote("flash_sale", {"prices": {"tea": price}}, **more)

    async def threshold(self, amount: int) -> Promotion:
        """So much off 50.00."""
        return await self.promote("shop_threshold", {"minimum": 5_000, "amount": amount})

    async def ends(self, promotion: Promotion) -> None:
        """It is over from now on."""
        await self.shop.catalogue.end_promotion(promotion.id, now(), BOSS)

    async def voucher(self, value: int = 1_000, *, uses: int | None = None, **more: Any) -> Voucher:
        """Ten off, for whoever knows the code."""
        voucher = Voucher(
            code=VOUCHER,
            name=VOUCHER,
            kind=VoucherKind.AMOUNT,
            value=value,
            currency="CNY",
            starts_at=now() - AN_HOUR,
            ends_at=now() + AN_HOUR,
            funder=Funder.PLATFORM,
            has_uses=uses is not None,
            **more,
        )
        await self.shop.catalogue.put_voucher(voucher, uses, BOSS)
        return voucher

    async def voucher_ends(self, voucher: Voucher) -> None:
        """It is over from now on."""
        await self.shop.catalogue.put_voucher(replace(voucher, ends_at=now()), None, BOSS)

    async def points(self, points: int, buyer_id: str = "buyer-1") -> None:
        """The buyer owns so many; a hundred are worth 1.00."""
        await self.shop.catalogue.put_fee_rules("CNY", FeeRules(points=PointsRule(100, cny(100))), BOSS)
        await self.shop.catalogue.put_points(buyer_id, points)

    async def buyer(self, *segments: str, registered: datetime | None = None) -> None:
        """Who buyer-1 is."""
        await self.shop.catalogue.put_buyer(Buyer("buyer-1", registered, segments=frozenset(segments)))

    async def level(self, allowance: Allowance) -> tuple[int, int, int] | None:
        """Available, held and consumed."""
        found: AllowanceLevel | None = await self.shop.stock.allowance(allowance)
        return None if found is None else (found.available, found.held, found.consumed)

    def somebody_is_faster(self, *claims: Claim) -> None:
        """Before the next hold is taken, another buyer takes these."""
        real, first = self.shop.stock.take, True

        async def take(request: HoldRequest) -> HoldsTaken:
            nonlocal first
            if first:
                first = False
                rival = HoldRequest("rival", (), now() + AN_HOUR, "buyer-2", claims=claims)
                assert not (await real(rival)).refused
            return await real(request)

        self.shop.stock.take = take  # type: ignore[method-assign]

    def always_short_of(self, allowance: Allowance) -> list[HoldRequest]:
        """Every hold is refused for want of it, whatever prices say; gives the list of those refused."""
        refused: list[HoldRequest] = []

        async def take(request: HoldRequest) -> HoldsTaken:
            refused.append(request)
            return HoldsTaken((Shortage(allowance.sku, 1, 0, allowance),))

        self.shop.stock.take = take  # type: ignore[method-assign]
        return refused
