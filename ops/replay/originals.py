"""Finds the orders that lines of a history take back. Knows only what stood earlier in the file."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from ops.replay.history import Invoice, SaleLine
from ops.replay.plan import GoodsBack

_Key = tuple[str, Decimal]  # code, price


@dataclass(slots=True)
class _Sold:
    """A line of an order, and how much of it nobody has brought back."""

    invoice: str
    line: int
    key: _Key
    left: int


@dataclass(frozen=True, slots=True)
class NoOriginal:
    """Why nobody can tell what a line takes back."""

    why: str


class Originals:
    """The lines sold so far, by customer, each with what is left of it."""

    def __init__(self) -> None:
        """Nothing was sold yet."""
        self._sold: defaultdict[str, list[_Sold]] = defaultdict(list)

    def sold(self, invoice: Invoice) -> None:
        """Remember an order. One without a customer is never found again: nobody can tell whose it was."""
        if invoice.customer:
            self._sold[invoice.customer] += (
                _Sold(invoice.number, number, (line.code, line.price), line.quantity)
                for number, line in enumerate(invoice.lines, start=1)
            )

    def take_back(self, customer: str, line: SaleLine) -> tuple[GoodsBack, ...] | NoOriginal:
        """What ``line``, a negative quantity, takes back: the newest orders first, one order if one has all.

        Code and price must agree; what is taken back is gone afterwards. A line for which too little is left
        takes nothing.
        """
        wanted = -line.quantity
        found = self._found(customer, line)
        if isinstance(found, NoOriginal):
            return found
        whole = next((sold for sold in found if sold.left >= wanted), None)
        taken = []
        for sold in [whole] if whole else found:
            quantity = min(wanted, sold.left)
            if quantity > 0:
                sold.left -= quantity
                wanted -= quantity
                taken.append(GoodsBack(sold.invoice, sold.line, quantity))
        return tuple(taken)

    def _found(self, customer: str, line: SaleLine) -> list[_Sold] | NoOriginal:
        if line.quantity >= 0:
            return NoOriginal("its quantity takes nothing back")
        if not customer:
            return NoOriginal("nobody can tell whose order: it has no customer")
        bought = [sold for sold in reversed(self._sold[customer]) if sold.key[0] == line.code]
        if not bought:
            return NoOriginal("this customer has not ordered it before in this history")
        fitting = [sold for sold in bought if sold.key == (line.code, line.price)]
        if not fitting:
            return NoOriginal(f"this customer has paid other prices for it, never {line.price}")
        left = sum(sold.left for sold in fitting)
        if left < -line.quantity:
            return NoOriginal(f"{-line.quantity} go back, {left} were left of what this customer has ordered")
        return fitting
