"""The calculator: price book page and request in, breakdown out. No clock, no I/O, no floats.

`docs/pricing.md` says how a price is made.
"""

from __future__ import annotations

from datetime import datetime

from domain.pricing.assembly import Assembly
from domain.pricing.basket import Basket
from domain.pricing.book import PriceBookPage, PriceNotFoundError, ServiceNotFoundError
from domain.pricing.calculation import Calculation
from domain.pricing.charges import Charges
from domain.pricing.request import PriceRequest

__all__ = ["PriceNotFoundError", "ServiceNotFoundError", "calculate"]


def calculate(page: PriceBookPage, request: PriceRequest, now: datetime) -> Calculation:
    """Price a request. Raises `PriceNotFoundError`, `ServiceNotFoundError`, `CurrencyMismatchError`."""
    basket = Basket(page, request)
    charges = Charges(basket, page.fees, request)
    assembly = Assembly(basket)
    sums = [price * units for price, units in zip(basket.daily, basket.quantities, strict=True)]
    for part in charges.on(sums, sum(sums)):
        assembly.add(part)
    return Calculation(
        basket.order_lines(basket.daily), assembly.breakdown(), "", listed_prices=basket.listed_prices()
    )
