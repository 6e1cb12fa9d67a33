"""What was agreed with a merchant: commission, who delivers, how often it is settled (domain rule 9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.errors import InvalidValueError
from domain.money import BASIS_POINTS

DEFAULT_COMMISSION: Final = 500


class Cycle(StrEnum):
    """When a day's entries are stated: on the next day, a week later, or with their whole month."""

    NEXT_DAY = "T+1"
    WEEK_LATER = "T+7"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True)
class MerchantTerms:
    """The agreement with one merchant. `commission` is in basis points of its goods.

    `delivers`: the delivery fees of its goods are its own. Raises `InvalidValueError` for a commission
    outside 0..10,000.
    """

    merchant_id: str
    commission: int = DEFAULT_COMMISSION
    delivers: bool = True
    cycle: Cycle = Cycle.WEEK_LATER

    def __post_init__(self) -> None:
        if not 0 <= self.commission <= BASIS_POINTS:
            raise InvalidValueError(field="commission", rule="0 to 10,000 basis points")


def terms_for(merchant_id: str, agreed: Mapping[str, MerchantTerms]) -> MerchantTerms:
    """What was agreed with this merchant, or what holds while nothing was."""
    return agreed.get(merchant_id) or MerchantTerms(merchant_id)
