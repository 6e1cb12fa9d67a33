"""Finds the order that a cancellation takes back. Knows only what stood earlier in the file."""

from collections import Counter, defaultdict
from decimal import Decimal

from ops.replay.history import Invoice, SaleLine

_Key = tuple[str, int, Decimal]  # code, quantity, price


class Originals:
    """The orders so far, by customer; each can be taken back once."""

    def __init__(self) -> None:
        """Nothing was sold yet."""
        self._sold: defaultdict[str, dict[str, Counter[_Key]]] = defaultdict(dict)

    def sold(self, invoice: Invoice) -> None:
        """Remember an order. One without a customer is never found again: nobody can tell whose it was."""
        if invoice.customer:
            self._sold[invoice.customer][invoice.number] = Counter(_key(line) for line in invoice.lines)

    def take_back(self, cancellation: Invoice) -> str | None:
        """The latest order of that customer that has every line of the cancellation; None without one.

        Code, quantity and price must agree for each line. The order is gone afterwards.
        """
        wanted = Counter(_key(line, sign=-1) for line in cancellation.lines)
        orders = self._sold.get(cancellation.customer, {})
        found = next((number for number in reversed(orders) if wanted <= orders[number]), None)
        if found is not None:
            del orders[found]
        return found


def _key(line: SaleLine, sign: int = 1) -> _Key:
    return line.code, sign * line.quantity, line.price
