"""The words of a history: its lines and invoices as they stand in the file, before anything is decided."""

from dataclasses import dataclass
from decimal import Decimal

CANCELLATION_MARK = "C"


@dataclass(frozen=True, slots=True)
class SaleLine:
    """One line of the file. ``row`` is where it ends in the file, counted from 1; ``price`` is for one.

    Quantities and prices may be zero or negative here: histories contain corrections.
    """

    row: int
    invoice: str
    code: str
    title: str
    quantity: int
    price: Decimal
    customer: str
    country: str

    @property
    def amount(self) -> Decimal:
        """Money of the whole line, exact, negative where money went back."""
        return self.quantity * self.price


@dataclass(frozen=True, slots=True)
class Invoice:
    """The lines that share an invoice number, in the order of the file; at least one."""

    number: str
    lines: tuple[SaleLine, ...]

    @property
    def is_cancellation(self) -> bool:
        """True when its number says that it takes an earlier sale back."""
        return self.number.startswith(CANCELLATION_MARK)

    @property
    def customer(self) -> str:
        """Who bought; empty when the history does not say."""
        return self.lines[0].customer

    @property
    def amount(self) -> Decimal:
        """Money of all lines."""
        return sum((line.amount for line in self.lines), Decimal(0))
