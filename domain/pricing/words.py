"""What people are told about a changed or ending price, in English and Chinese (requirements B29-B31).

One small table for every edge; how money and times are written is the edges' matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from domain.pricing.consistency import Urgency
from domain.pricing.reasons import Reason


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in two languages."""

    en: str
    zh: str


REASON_TEXT: Mapping[Reason, Text] = MappingProxyType(
    {
        Reason.PROMOTION_ENDED: Text("The promotion has ended.", "促销活动已结束"),
        Reason.PROMOTION_SOLD_OUT: Text("The promotion is sold out.", "促销库存已售罄"),
        Reason.NEW_BUYER_OFFER_OVER: Text("The offer for new buyers is over.", "新用户专享活动已结束"),
        Reason.PRICE_ADJUSTED: Text("The price of an item has changed.", "商品价格已调整"),
        Reason.IDENTITY_CHANGED: Text("Your buyer status has changed.", "会员身份已变更"),
        Reason.DEDUCTION_CHANGED: Text(
            "A voucher, points or a discount count differently.", "优惠抵扣已变更"
        ),
        Reason.PRICE_COMPLETED: Text("Fees and deductions have been added to the price.", "已计入费用与抵扣"),
        Reason.RULES_CHANGED: Text("The rules of the price have changed.", "计价规则已调整"),
    }
)

WARNING_TEXT: Mapping[Urgency, Text] = MappingProxyType(
    {
        Urgency.CRITICAL: Text("This offer ends in less than 2 minutes.", "优惠将在 2 分钟内结束"),
        Urgency.HIGH: Text("This offer ends in less than 5 minutes.", "优惠将在 5 分钟内结束"),
        Urgency.MEDIUM: Text("This offer ends in less than 15 minutes.", "优惠将在 15 分钟内结束"),
        Urgency.LOW: Text("This offer ends soon.", "优惠即将结束"),
    }
)
