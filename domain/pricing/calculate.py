"""The calculator: price book page and request in, breakdown out. No clock, no I/O, no floats.

Today it knows the base layer and the delivery fee; promotions and deductions stand between them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from json import dumps

from domain.catalogue.items import BasePrice, Category
from domain.errors import DomainError, InvalidValueError
from domain.money import Money
from domain.order.lines import LARGEST_QUANTITY, MOST_LINES, OrderLine
from domain.pricing.breakdown import Component, Funder, Layer, PriceBreakdown


class PriceNotFoundError(DomainError):
    """No such SKU, or it is not sold in this currency."""

    code = "price_not_found"


@dataclass(frozen=True, slots=True)
class RequestedLine:
    """How many of what."""

    sku: str
    quantity: int

    def __post_init__(self) -> None:
        if not 1 <= self.quantity <= LARGEST_QUANTITY:
            raise InvalidValueError(field="quantity", rule=f"1 to {LARGEST_QUANTITY}")


@dataclass(frozen=True, slots=True)
class ItemPrice:
    """One SKU's page of the price book."""

    sku: str
    merchant_id: str
    title: str
    category: Category
    price: BasePrice


@dataclass(frozen=True, slots=True)
class PriceBookPage:
    """What the price book says of the SKUs of one request, in one currency.

    `delivery_fees` holds the fee of each merchant that charges one for carrying its goods.
    """

    currency: str
    items: Mapping[str, ItemPrice]
    delivery_fees: Mapping[str, Money]


@dataclass(frozen=True, slots=True)
class Calculation:
    """The calculator's answer: priced lines, breakdown, and the content hash of the prices that took part."""

    lines: tuple[OrderLine, ...]
    breakdown: PriceBreakdown
    rule_version: str


def calculate(page: PriceBookPage, requested: Sequence[RequestedLine]) -> Calculation:
    """Price a request. Raises `PriceNotFoundError`, and `InvalidValueError` outside 1..1,000 lines."""
    if not 1 <= len(requested) <= MOST_LINES:
        raise InvalidValueError(field="lines", rule=f"1 to {MOST_LINES}")
    missing = sorted({line.sku for line in requested} - page.items.keys())
    if missing:
        raise PriceNotFoundError(skus=missing, currency=page.currency)
    lines = tuple(_priced(number, line, page) for number, line in enumerate(requested, start=1))
    fees = _fees(lines, page)
    components = (_base(lines, page.currency), *(_delivery(*fee, lines) for fee in fees.items()))
    return Calculation(lines, PriceBreakdown(page.currency, components), _rule_version(page, lines, fees))


def _priced(number: int, line: RequestedLine, page: PriceBookPage) -> OrderLine:
    item = page.items[line.sku]
    return OrderLine(
        line=number,
        sku=line.sku,
        merchant_id=item.merchant_id,
        title=item.title,
        category=item.category,
        quantity=line.quantity,
        unit_price=item.price.discount_price,
    )


def _base(lines: tuple[OrderLine, ...], currency: str) -> Component:
    amounts = tuple(line.amount for line in lines)
    return Component(
        id="base",
        layer=Layer.BASE,
        label="goods",
        amount=sum(amounts, Money.zero(currency)),
        funder=Funder.BUYER,
        source="price_book",
        per_line=amounts,
    )


def _fees(lines: tuple[OrderLine, ...], page: PriceBookPage) -> dict[str, Money]:
    # Sorted, so that the same goods in another order explain themselves in the same words.
    carrying = sorted({line.merchant_id for line in lines if line.category is Category.PHYSICAL})
    fees = {merchant: page.delivery_fees.get(merchant) for merchant in carrying}
    return {merchant: fee for merchant, fee in fees.items() if fee is not None and not fee.is_zero}


def _delivery(merchant: str, fee: Money, lines: tuple[OrderLine, ...]) -> Component:
    weights = [_delivery_weight(merchant, line) for line in lines]
    return Component(
        id=f"delivery:{merchant}",
        layer=Layer.CHARGE,
        label="delivery_fee",
        amount=fee,
        funder=Funder.BUYER,
        source=f"merchant:{merchant}",
        per_line=fee.allocate(weights),
    )


def _delivery_weight(merchant: str, line: OrderLine) -> int:
    # Free goods are carried too: they weigh one minor unit, so that a fee always finds a line.
    carried = line.merchant_id == merchant and line.category is Category.PHYSICAL
    return max(line.amount.amount, 1) if carried else 0


def _rule_version(page: PriceBookPage, lines: tuple[OrderLine, ...], fees: Mapping[str, Money]) -> str:
    prices = [
        (sku, page.items[sku].price.market_price.amount, page.items[sku].price.discount_price.amount)
        for sku in sorted({line.sku for line in lines})
    ]
    delivery = [(merchant, fee.amount) for merchant, fee in fees.items()]
    took_part = dumps([page.currency, prices, delivery])  # JSON, so that no id can imitate a separator
    return sha256(took_part.encode()).hexdigest()[:16]
