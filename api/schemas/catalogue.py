"""What merchants put on sale."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.schemas.values import Country, Identifier, PriceBody, RequestBody, Sku, Title
from domain.catalogue.items import Category

MOST_ITEMS = 500
_MOST_PRICES = 200
_MOST_STOCK = 1_000_000_000


class BasePriceBody(RequestBody):
    """Layer 1 of a price: what the supplier lists, and what it sells for every day.

    `listed_price` is shown struck through, the market price when it is null. `region` is where the price
    holds, null for everywhere that has none of its own.
    """

    market_price: PriceBody
    discount_price: PriceBody
    listed_price: PriceBody | None = None
    region: Country | None = None


class ItemBody(RequestBody):
    """One SKU; one price for each currency and region. `stock` sets what is free, null leaves it."""

    sku: Annotated[Sku, Field(examples=["tea-01"])]
    merchant_id: Annotated[Identifier, Field(examples=["shop-7"])]
    title: Annotated[Title, Field(examples=["Oolong, 100 g"])]
    category: Category
    prices: Annotated[tuple[BasePriceBody, ...], Field(min_length=1, max_length=_MOST_PRICES)]
    stock: Annotated[int | None, Field(ge=0, le=_MOST_STOCK)] = None


class ItemsBody(RequestBody):
    """SKUs to create or replace, all or none."""

    items: Annotated[tuple[ItemBody, ...], Field(min_length=1, max_length=MOST_ITEMS)]


class DeliveryFeeBody(RequestBody):
    """What a merchant charges per order for carrying goods; zero removes it.

    Nothing is charged when its physical goods cost `free_from` or more, in the currency of the fee.
    """

    fee: PriceBody
    free_from: PriceBody | None = None
