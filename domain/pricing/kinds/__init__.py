"""The kinds of promotion that come with the engine, registered under the names that stores and APIs use."""

from __future__ import annotations

from domain.pricing.conditions import IS_NEW_BUYER
from domain.pricing.kinds.bundles import BundleAmount, BundlePercentage, BundleTotal
from domain.pricing.kinds.gifts import BuyGift
from domain.pricing.kinds.prices import UnitPrices
from domain.pricing.kinds.registry import kind_of, kinds, register, rule_of
from domain.pricing.kinds.thresholds import PlatformThreshold, PlatformTiered, ShopThreshold, ShopTiered

__all__ = ["kind_of", "kinds", "register", "rule_of"]

register("daily_price", UnitPrices)
register("flash_sale", UnitPrices)
register("new_buyer_price", UnitPrices, condition=IS_NEW_BUYER.equals(value=True))
register("vip_price", UnitPrices, segments=frozenset({"vip"}))
register("bundle_percentage", BundlePercentage)
register("bundle_amount", BundleAmount)
register("bundle_total", BundleTotal)
register("buy_gift", BuyGift)
register("shop_threshold", ShopThreshold)
register("shop_tiered", ShopTiered)
register("platform_threshold", PlatformThreshold)
register("platform_tiered", PlatformTiered)
