"""What the projection says about a merchant's sales, read from the API's JSON. Compares nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.money import Money, total


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums over orders, money in one currency."""

    orders: int
    lines: int
    total: Money
    captured: Money
    refunded: Money


@dataclass(frozen=True, slots=True)
class Sales:
    """A merchant's figures by order status, and all of them together."""

    by_status: Mapping[str, Figures]
    together: Figures


def read_sales(body: Mapping[str, Any], currency: str) -> Sales:
    """Take the answer of ``GET /v1/sales`` apart; rows of other currencies are left out."""
    rows = {
        str(row["status"]): Figures(
            orders=row["orders"],
            lines=row["lines"],
            total=_money(row["total"]),
            captured=_money(row["captured"]),
            refunded=_money(row["refunded"]),
        )
        for row in body["by"]
        if row["currency"] == currency
    }
    return Sales(rows, _together(list(rows.values()), currency))


def _together(rows: list[Figures], currency: str) -> Figures:
    return Figures(
        orders=sum(row.orders for row in rows),
        lines=sum(row.lines for row in rows),
        total=total((row.total for row in rows), currency),
        captured=total((row.captured for row in rows), currency),
        refunded=total((row.refunded for row in rows), currency),
    )


def _money(value: Mapping[str, Any]) -> Money:
    return Money(value["amount"], value["currency"])
