"""Between the decimal prices of a file and whole minor units. Exact or refused; nothing is rounded."""

from decimal import Decimal

from domain.money import Money

_THREE = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
_NONE = frozenset({"CLP", "ISK", "JPY", "KRW", "VND"})


def exponent(currency: str) -> int:
    """Decimal places of a currency (ISO 4217)."""
    if currency in _NONE:
        return 0
    return 3 if currency in _THREE else 2


def to_minor(amount: Decimal, currency: str) -> Money | None:
    """The same money in minor units; None when it holds a fraction of one."""
    scaled = amount.scaleb(exponent(currency))
    return Money(int(scaled), currency) if scaled == int(scaled) else None


def to_decimal(money: Money) -> Decimal:
    """The same money in units of its currency."""
    return Decimal(money.amount).scaleb(-exponent(money.currency))


def shown(amount: Decimal, currency: str) -> str:
    """For people: ``183,228.88 GBP``; further places are shown where there are any."""
    places = max(exponent(currency), -int(amount.normalize().as_tuple().exponent))
    return f"{amount:,.{places}f} {currency}"
