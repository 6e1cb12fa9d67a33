"""When a buyer is asked about a changed price, and when not (requirement B39). Comparing is `consistency`."""

from __future__ import annotations

from enum import StrEnum

from domain.money import Money


class PriceDrop(StrEnum):
    """What to do when today's price is lower than the one that was shown. A rise is always asked about."""

    CONFIRM = "confirm"
    APPLY = "apply"


def must_ask(shown: Money, today: Money, drop: PriceDrop) -> bool:
    """True unless the price has fallen and a fall is for the buyer's good without a question.

    Raises `CurrencyMismatchError`.
    """
    return drop is PriceDrop.CONFIRM or today >= shown
