"""Money in minor units, and the split that never loses one. Formats and exponents belong to the edge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from domain.errors import (
    AmountOutOfRangeError,
    CurrencyMismatchError,
    InvalidCurrencyError,
    InvalidValueError,
    NegativePriceError,
)

LARGEST_AMOUNT = 2**63 - 1
BASIS_POINTS = 10_000
_CODE_LENGTH = 3
# Codes that were looked at before: a price makes dozens of amounts, all of one currency.
_known_codes: set[str] = set()


@dataclass(frozen=True, slots=True, eq=False)
class Money:
    """A signed amount in minor units (fen, cents, yen) of one ISO 4217 currency.

    Raises `AmountOutOfRangeError` beyond 64 bits, `InvalidCurrencyError` for a code that is not three
    capital letters, `InvalidValueError` for an amount that is not an `int`.
    """

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            raise InvalidValueError(field="amount", rule="whole minor units")
        if not -LARGEST_AMOUNT <= self.amount <= LARGEST_AMOUNT:
            raise AmountOutOfRangeError(amount=self.amount)
        if self.currency not in _known_codes:
            _check_code(self.currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        """No money of this currency."""
        return cls(0, currency)

    @property
    def is_zero(self) -> bool:
        """True for no money at all."""
        return self.amount == 0

    # By hand, because a Price and a Money of the same value are equal.
    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Money):
            return NotImplemented
        return self.amount == other.amount and self.currency == other.currency

    def __hash__(self) -> int:
        return hash((self.amount, self.currency))

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def __mul__(self, times: int) -> Money:
        return Money(self.amount * times, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.amount >= self._same(other)

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def share(self, basis_points: int) -> Money:
        """That many basis points of this amount, rounded half up to the minor unit (domain rule 1).

        A half goes away from zero, as `decimal.ROUND_HALF_UP` does it, so that taking a share back undoes it.
        """
        exact = self.amount * basis_points
        rounded = (2 * abs(exact) + BASIS_POINTS) // (2 * BASIS_POINTS)
        return Money(-rounded if exact < 0 else rounded, self.currency)

    def allocate(self, weights: Sequence[int]) -> tuple[Money, ...]:
        """Split by weight with the largest remainder; parts sum exactly to the whole.

        Weights are non-negative; a weight of 0 gets 0; ties go to the earlier place. A part never exceeds
        its weight when the whole does not exceed the sum of weights. Raises `InvalidValueError` when there
        is money to split and no weight to carry it.
        """
        return tuple(Money(part, self.currency) for part in largest_remainder(self.amount, weights))

    def _same(self, other: Money) -> int:
        if self.currency != other.currency:
            raise CurrencyMismatchError(expected=self.currency, actual=other.currency)
        return other.amount


@dataclass(frozen=True, slots=True, eq=False)
class Price(Money):
    """Money that cannot be negative (requirement B14). Raises `NegativePriceError`."""

    def __post_init__(self) -> None:
        Money.__post_init__(self)
        if self.amount < 0:
            raise NegativePriceError(amount=self.amount, currency=self.currency)


def _check_code(code: str) -> None:
    if len(code) != _CODE_LENGTH or not (code.isascii() and code.isalpha() and code.isupper()):
        raise InvalidCurrencyError(currency=code)
    _known_codes.add(code)


def total(parts: Iterable[Money], currency: str) -> Money:
    """The sum of `parts`, all of `currency`; zero when there are none."""
    result = Money.zero(currency)
    for part in parts:
        result += part
    return result


def largest_remainder(amount: int, weights: Sequence[int]) -> list[int]:
    """`Money.allocate` on bare minor units of one currency, for calculations inside the domain."""
    whole = sum(weights)
    if min(weights, default=0) < 0:
        raise InvalidValueError(field="weights", rule="not negative")
    if whole == 0:
        if amount:
            raise InvalidValueError(field="weights", rule="some weight for some money")
        return [0] * len(weights)
    if len(weights) == 1:
        return [amount]
    size = abs(amount)
    parts = [size * weight // whole for weight in weights]
    left = size - sum(parts)
    if left:
        remainders = [size * weight % whole for weight in weights]
        # A reversed sort keeps equal ones in their order, so that ties go to the earlier place.
        for index in sorted(range(len(parts)), key=remainders.__getitem__, reverse=True)[:left]:
            parts[index] += 1
    return [-part for part in parts] if amount < 0 else parts
