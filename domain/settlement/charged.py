"""What an order was charged, cell by cell: who gets each part of it, and who bears its reductions.

A cell is one line's goods or one charge; the cells sum exactly to what the buyer was charged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.order.lines import OrderLine
from domain.pricing.breakdown import GOODS, Component, Funder, Layer, PriceBreakdown
from domain.settlement.parties import CHANNEL, PLATFORM, Party, merchant
from domain.settlement.terms import MerchantTerms, terms_for

_DELIVERY_FEE = "delivery_fee"
_HANDLING_FEE = "handling_fee"


@dataclass(frozen=True, slots=True)
class ChargedLine:
    """The goods of one line, in minor units: what the buyer pays for them, and of their reductions what the
    platform and the channel bear (not positive). The merchant gets the rest.
    """

    line: int
    merchant_id: str
    quantity: int
    goods: int
    platform: int = 0
    channel: int = 0


@dataclass(frozen=True, slots=True)
class Charge:
    """A fee that the buyer pays, in minor units, and who receives it. `delivery` tells delivery fees."""

    receiver: Party
    amount: int
    delivery: bool = False


@dataclass(frozen=True, slots=True)
class Charged:
    """All cells of one order. `relief` is what each party gave in promotions, in minor units: taken back
    from the buyer, it is given back to those who gave it.
    """

    currency: str
    lines: tuple[ChargedLine, ...]
    charges: tuple[Charge, ...]
    relief: tuple[tuple[Party, int], ...] = ()

    @property
    def total(self) -> int:
        """What the buyer was charged, in minor units."""
        return sum(line.goods for line in self.lines) + sum(charge.amount for charge in self.charges)

    @property
    def merchants(self) -> tuple[str, ...]:
        """Who sells, in order of the lines, each once."""
        return tuple(dict.fromkeys(line.merchant_id for line in self.lines))


def charged(
    lines: Sequence[OrderLine], breakdown: PriceBreakdown, agreed: Mapping[str, MerchantTerms]
) -> Charged:
    """The cells of a price over these lines, under these terms."""
    seller = {line.line: line.merchant_id for line in lines}
    by_funder = {funder: _by_line(breakdown, funder) for funder in (Funder.PLATFORM, Funder.CHANNEL)}
    goods = breakdown.line_goods()
    return Charged(
        currency=breakdown.currency,
        lines=tuple(
            ChargedLine(
                line.line,
                line.merchant_id,
                line.quantity,
                goods[line.line - 1].amount,
                by_funder[Funder.PLATFORM][line.line],
                by_funder[Funder.CHANNEL][line.line],
            )
            for line in lines
        ),
        charges=tuple(
            charge
            for part in breakdown.components
            if part.layer is Layer.CHARGE
            for charge in _charges(part, seller, agreed)
        ),
        relief=_relief(breakdown, seller),
    )


def _by_line(breakdown: PriceBreakdown, funder: Funder) -> Counter[int]:
    borne: Counter[int] = Counter()
    for part in breakdown.components:
        if part.layer in GOODS and part.funder is funder:
            for line, share in part.shares:
                borne[line] += share
    return borne


def _charges(part: Component, seller: Mapping[int, str], agreed: Mapping[str, MerchantTerms]) -> list[Charge]:
    if part.kind != _DELIVERY_FEE:
        return [Charge(CHANNEL if part.kind == _HANDLING_FEE else PLATFORM, part.amount.amount)]
    received: Counter[Party] = Counter()
    for line, share in part.shares:
        terms = terms_for(seller[line], agreed)
        received[merchant(terms.merchant_id) if terms.delivers else PLATFORM] += share
    return [Charge(party, amount, delivery=True) for party, amount in received.items()]


def _relief(breakdown: PriceBreakdown, seller: Mapping[int, str]) -> tuple[tuple[Party, int], ...]:
    given: Counter[Party] = Counter()
    for part in breakdown.components:
        if part.layer is Layer.PROMOTION and part.amount.amount < 0:
            for line, share in part.shares:
                given[_bearer(part.funder, seller[line])] -= share
    return tuple(sorted(given.items()))


def _bearer(funder: Funder, merchant_id: str) -> Party:
    match funder:
        case Funder.PLATFORM:
            return PLATFORM
        case Funder.CHANNEL:
            return CHANNEL
        case _:
            return merchant(merchant_id)
