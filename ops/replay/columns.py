"""Which column of a history means what. Knows names only, not values."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from ops.replay.errors import HistoryError

OPTIONAL = ("title", "customer", "country")


@dataclass(frozen=True, slots=True)
class Columns:
    """Column names by meaning; the defaults are those of the *Online Retail* data set.

    ``title``, ``customer`` and ``country`` may be missing from a file, the others may not.
    """

    invoice: str = "InvoiceNo"
    sku: str = "StockCode"
    title: str = "Description"
    quantity: str = "Quantity"
    price: str = "UnitPrice"
    customer: str = "CustomerID"
    country: str = "Country"

    def renamed(self, **names: str | None) -> "Columns":
        """The same with the given names in place; None leaves a column as it is."""
        return replace(self, **{meaning: name for meaning, name in names.items() if name is not None})

    def locate(self, header: Sequence[str]) -> "Places":
        """Where each column stands in this header.

        Raises:
            HistoryError: a needed column is missing, one that was named is not there, or a name is doubled.
        """
        names = [name.strip() for name in header]
        for meaning in (field.name for field in fields(self)):
            self._check(meaning, names)
        wanted = {field.name: getattr(self, field.name) for field in fields(self)}
        places = {meaning: names.index(name) for meaning, name in wanted.items() if name in names}
        return Places(width=len(names), **places)

    def _check(self, meaning: str, names: Sequence[str]) -> None:
        name: str = getattr(self, meaning)
        there = ", ".join(repr(each) for each in names) or "none"
        if names.count(name) > 1:
            raise HistoryError(f"column {name!r} stands twice in the header ({there})")
        by_choice = name != getattr(_DEFAULT, meaning)
        if name not in names and (by_choice or meaning not in OPTIONAL):
            raise HistoryError(
                f"no column {name!r} for the {meaning}; the file has: {there}. "
                f"Name the right one with --column-{meaning} NAME."
            )


@dataclass(frozen=True, slots=True)
class Places:
    """Column places counted from 0, None where the file has no such column; ``width`` is their number."""

    width: int
    invoice: int
    sku: int
    quantity: int
    price: int
    title: int | None = None
    customer: int | None = None
    country: int | None = None


_DEFAULT = Columns()
