"""A request laid out for calculation: SKUs and lines as rows of bare minor units, in one order for everybody.

It prices nothing. Lines stand by SKU and quantity, so that their order in the request changes no amount.
"""

from __future__ import annotations

from domain.catalogue.items import Category
from domain.errors import CurrencyMismatchError
from domain.money import Money
from domain.order.lines import OrderLine
from domain.pricing.book import ItemPrice, PriceBookPage, PriceNotFoundError
from domain.pricing.request import PriceRequest


class Basket:
    """SKUs by name from 0, lines from 0; the lines of one SKU are neighbours: `line_range[sku]`.

    `numbers` are the lines' numbers in the request, `market` and `daily` prices of one, by SKU.
    Raises `PriceNotFoundError` with every SKU that is missing, `CurrencyMismatchError`.
    """

    __slots__ = (
        "_asked",
        "by_merchant",
        "currency",
        "daily",
        "index",
        "items",
        "line_range",
        "line_sku",
        "market",
        "numbers",
        "quantities",
        "skus",
        "units",
    )

    def __init__(self, page: PriceBookPage, request: PriceRequest) -> None:
        if request.currency != page.currency:
            raise CurrencyMismatchError(expected=page.currency, actual=request.currency)
        wanted = request.lines
        missing = sorted(request.skus - page.items.keys())
        if missing:
            raise PriceNotFoundError(skus=missing, currency=page.currency)
        order = sorted(range(len(wanted)), key=lambda place: (wanted[place].sku, wanted[place].quantity))
        self.currency = page.currency
        self.numbers = [place + 1 for place in order]
        # The lines as they were asked for.
        self._asked = sorted(range(len(order)), key=order.__getitem__)
        self.units = [wanted[place].quantity for place in order]
        self.skus: list[str] = []
        self.line_range: list[range] = []
        self.line_sku: list[int] = []
        self._lay_out([wanted[place].sku for place in order])
        self.index = {sku: place for place, sku in enumerate(self.skus)}
        self.items: list[ItemPrice] = [page.items[sku] for sku in self.skus]
        self.quantities = (
            [sum(self.units[lines.start : lines.stop]) for lines in self.line_range]
            if len(self.skus) < len(order)
            else self.units
        )
        self.market = self._amounts([item.price.market_price for item in self.items])
        self.daily = self._amounts([item.price.discount_price for item in self.items])
        self.by_merchant: dict[str, list[int]] = {}
        for sku_place, item in enumerate(self.items):
            self.by_merchant.setdefault(item.merchant_id, []).append(sku_place)

    def physical(self, merchant: str) -> list[int]:
        """The SKUs of a merchant that must be carried."""
        return [sku for sku in self.by_merchant[merchant] if self.items[sku].category is Category.PHYSICAL]

    def lines_of(self, skus: list[int]) -> list[int]:
        """The lines of these SKUs."""
        if len(self.units) == len(self.skus):
            return skus
        return [line for sku in skus for line in self.line_range[sku]]

    def order_lines(self, prices: list[int]) -> tuple[OrderLine, ...]:
        """The lines as they were asked for, each at its SKU's price of one."""
        made = []
        items, of, units = self.items, self.line_sku, self.units
        monies = [Money(price, self.currency) for price in prices]
        for number, line in enumerate(self._asked, 1):
            sku = of[line]
            item = items[sku]
            made.append(
                OrderLine(
                    number, item.sku, item.merchant_id, item.title, item.category, units[line], monies[sku]
                )
            )
        return tuple(made)

    def listed_prices(self) -> tuple[Money, ...]:
        """What is shown struck through, for each line as it was asked for."""
        listed = [item.price.listed_price or item.price.market_price for item in self.items]
        return tuple([listed[self.line_sku[line]] for line in self._asked])

    def _lay_out(self, names: list[str]) -> None:
        """Give each SKU its place and its lines; `names` are the SKUs of the lines in their order."""
        first, last = 0, None
        for line, name in enumerate(names):
            if name != last:
                if line:
                    self.line_range.append(range(first, line))
                self.skus.append(name)
                first, last = line, name
            self.line_sku.append(len(self.skus) - 1)
        self.line_range.append(range(first, len(names)))

    def _amounts(self, prices: list[Money]) -> list[int]:
        currency = self.currency
        for price in prices:
            if price.currency != currency:
                raise CurrencyMismatchError(expected=currency, actual=price.currency)
        return [price.amount for price in prices]
