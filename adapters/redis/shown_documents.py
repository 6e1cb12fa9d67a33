"""Pages of base prices and lists of promotions as JSON for the shared cache, and back."""

from __future__ import annotations

from typing import Any

from domain.catalogue.items import BasePrice, Category
from domain.money import Money
from domain.ports.prices import BasePage
from domain.pricing.book import ItemPrice
from domain.pricing.documents import (
    fee_rules_document,
    fee_rules_from,
    promotion_document,
    promotion_from,
)
from domain.pricing.promotion import Promotion


def page_document(page: BasePage) -> list[Any]:
    """Currency (None for an empty page), items as lists, fee rules."""
    currencies = {item.price.market_price.currency for item in page.items.values()}
    currencies |= {fee.amount.currency for fee in page.fees.delivery.values()}
    if page.fees.points:
        currencies.add(page.fees.points.worth.currency)
    return [
        next(iter(currencies), None),
        [_item_document(item) for item in page.items.values()],
        fee_rules_document(page.fees),
    ]


def page_from(document: Any) -> BasePage:
    """The page of such a document. Raises `ValueError`, `TypeError`, `DomainError`."""
    currency, items, fees = document
    made = (_item_from(item, currency) for item in items)
    # Rules that name no money name no currency either; any will do to read them.
    return BasePage({item.sku: item for item in made}, fee_rules_from(fees, currency or "XXX"))


def promotions_document(promotions: tuple[Promotion, ...]) -> list[Any]:
    """Promotions as the stores write them."""
    return [promotion_document(promotion) for promotion in promotions]


def promotions_from(document: Any) -> tuple[Promotion, ...]:
    """Promotions of such a document. Raises `TypeError`, `DomainError`."""
    return tuple(promotion_from(each) for each in document)


def _item_document(item: ItemPrice) -> list[Any]:
    price = item.price
    listed = price.listed_price.amount if price.listed_price else None
    return [
        item.sku,
        item.merchant_id,
        item.title,
        item.category.value,
        price.market_price.amount,
        price.discount_price.amount,
        listed,
        price.region,
    ]


def _item_from(document: Any, currency: str) -> ItemPrice:
    sku, merchant_id, title, category, market, discount, listed, region = document
    price = BasePrice(
        Money(market, currency),
        Money(discount, currency),
        None if listed is None else Money(listed, currency),
        region,
    )
    return ItemPrice(sku, merchant_id, title, Category(category), price)
