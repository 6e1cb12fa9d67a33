"""What each party has in an order's money, as signed sums by where they come from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from domain.money import Money, total
from domain.settlement.parties import Party

PARTS = ("goods", "commission", "delivery", "charges", "reductions")


@dataclass(frozen=True, slots=True)
class Share:
    """One party's part, in minor units of `currency`; what it gives is negative.

    `goods` are a merchant's goods after its own reductions; `commission` goes from merchants to the platform;
    `delivery` are delivery fees; `charges` all other fees; `reductions` those that platform and channel bear.
    """

    party: Party
    currency: str
    goods: int = 0
    commission: int = 0
    delivery: int = 0
    charges: int = 0
    reductions: int = 0

    @property
    def parts(self) -> tuple[int, ...]:
        """The sums in the order of `PARTS`."""
        return (self.goods, self.commission, self.delivery, self.charges, self.reductions)

    @property
    def amount(self) -> Money:
        """What the party gets; negative when it pays."""
        return Money(sum(self.parts), self.currency)

    @property
    def is_nothing(self) -> bool:
        """True when it says nothing at all."""
        return not any(self.parts)


def change(before: Iterable[Share], after: Iterable[Share]) -> tuple[Share, ...]:
    """What leads from `before` to `after`, by party; without those for whom nothing changes."""
    old = {share.party: share for share in before}
    new = {share.party: share for share in after}
    changes = (
        _minus(new.get(party) or _none_of(old[party]), old.get(party)) for party in sorted({*old, *new})
    )
    return tuple(share for share in changes if not share.is_nothing)


def sum_of(shares: Iterable[Share], party: Party, currency: str) -> Share:
    """All of one party's shares, which are of one currency, as one."""
    parts = [0] * len(PARTS)
    for share in shares:
        parts = [so_far + part for so_far, part in zip(parts, share.parts, strict=True)]
    return Share(party, currency, *parts)


def amount_of(shares: Iterable[Share], currency: str) -> Money:
    """What all of them get together."""
    return total((share.amount for share in shares), currency)


def _minus(share: Share, other: Share | None) -> Share:
    if other is None:
        return share
    parts = (mine - its for mine, its in zip(share.parts, other.parts, strict=True))
    return Share(share.party, share.currency, *parts)


def _none_of(share: Share) -> Share:
    return Share(share.party, share.currency)
