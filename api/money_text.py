"""Amounts as people write them, such as `1000.00` or `−80.00`. Signs and exponents, no currency symbols."""

from __future__ import annotations

from domain.money import Money
from workflows.amounts import minor_digits

MINUS = "\N{MINUS SIGN}"


def amount_text(money: Money, *, signed: bool = False) -> str:
    """`money` in units of its currency; with a plus sign too when it is `signed`."""
    digits = minor_digits(money.currency)
    whole, rest = divmod(abs(money.amount), 10**digits)
    places = f".{rest:0{digits}}" if digits else ""
    plus = "+" if signed and money.amount > 0 else ""
    return f"{MINUS if money.amount < 0 else plus}{whole}{places}"
