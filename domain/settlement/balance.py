"""What is left of an order's charge after refunds, and who has which share of it (domain rule 9).

Each refund leads from one balance to the next. The shares of every balance sum exactly to what the buyer has
paid and not got back, so the differences between two of them sum exactly to the refund.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from domain.money import Money, largest_remainder
from domain.settlement.charged import Charged, ChargedLine
from domain.settlement.parties import CHANNEL, PLATFORM, Party, merchant
from domain.settlement.shares import Share
from domain.settlement.terms import MerchantTerms, terms_for


@dataclass(frozen=True, slots=True)
class GivenBack:
    """Money that the buyer got back or never paid, in minor units, and the units that it was for.

    `units` are pairs of line number and quantity; without any it is an amount that belongs to no line.
    """

    amount: int
    units: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Balance:
    """The charge, and what became of it: units that came back by line, money taken off lines and charges
    besides, reductions that were taken back from the buyer, and the sum of all refunds. In minor units.
    """

    charged: Charged
    agreed: Mapping[str, MerchantTerms]
    units: Mapping[int, int] = field(default_factory=dict)
    cuts: Mapping[int, int] = field(default_factory=dict)
    waived: tuple[int, ...] = ()
    reclaimed: Mapping[Party, int] = field(default_factory=dict)
    returned: int = 0

    @property
    def is_closed(self) -> bool:
        """True when all the money went back: then nobody has anything, whatever was rounded before."""
        return 0 < self.charged.total <= self.returned

    def after(self, back: GivenBack) -> Balance:
        """The balance after a refund. Its units take their part of the goods with them; what it is less is
        a reduction taken back, what it is more are charges, or a cut of the price over all that is left.
        """
        units = dict(self.units)
        for line, quantity in back.units:
            units[line] = units.get(line, 0) + quantity
        lighter = replace(self, units=units, returned=self.returned + back.amount)
        rest = back.amount - (self.goods_left() - lighter.goods_left())
        if rest < 0:
            return lighter.reclaim(-rest)
        if back.units:
            rest, lighter = lighter.waive(rest, delivery=False)
            rest, lighter = lighter.waive(rest, delivery=True)
        return lighter.cut(rest)

    def shares(self) -> tuple[Share, ...]:
        """What each party has, by party; merchants and platform always, the channel if it has any part."""
        if self.is_closed:
            return ()
        merchants = [self._merchant_share(name) for name in self.charged.merchants]
        platform = Share(
            PLATFORM,
            self.charged.currency,
            commission=-sum(share.commission for share in merchants),
            delivery=self._received(PLATFORM, delivery=True),
            charges=self._received(PLATFORM, delivery=False),
            reductions=sum(_left(line.platform, self._back(line), line) for line in self.charged.lines)
            + self.reclaimed.get(PLATFORM, 0),
        )
        channel = Share(
            CHANNEL,
            self.charged.currency,
            charges=self._received(CHANNEL, delivery=False),
            reductions=sum(_left(line.channel, self._back(line), line) for line in self.charged.lines)
            + self.reclaimed.get(CHANNEL, 0),
        )
        return tuple(
            sorted([*merchants, platform, *([] if channel.is_nothing else [channel])], key=lambda s: s.party)
        )

    def _merchant_share(self, name: str) -> Share:
        party, currency = merchant(name), self.charged.currency
        own = (line for line in self.charged.lines if line.merchant_id == name)
        goods = sum(self._own_left(line) for line in own) + self.reclaimed.get(party, 0)
        commission = Money(goods, currency).share(terms_for(name, self.agreed).commission).amount
        return Share(
            party,
            currency,
            goods=goods,
            commission=-commission,
            delivery=self._received(party, delivery=True),
        )

    def _own_left(self, line: ChargedLine) -> int:
        """What the merchant has of a line: what platform and channel do not bear, so that it sums exactly."""
        back = self._back(line)
        borne = _left(line.platform, back, line) + _left(line.channel, back, line)
        return _left(line.goods, back, line) - borne - self.cuts.get(line.line, 0)

    def _received(self, party: Party, *, delivery: bool) -> int:
        return sum(
            left
            for charge, left in zip(self.charged.charges, self._charges_left(), strict=True)
            if charge.receiver == party and charge.delivery is delivery
        )

    def _back(self, line: ChargedLine) -> int:
        return min(self.units.get(line.line, 0), line.quantity)

    def goods_left(self) -> int:
        """What the units that did not come back were charged, in minor units."""
        return sum(_left(line.goods, self._back(line), line) for line in self.charged.lines)

    def _charges_left(self) -> list[int]:
        waived = self.waived or (0,) * len(self.charged.charges)
        return [charge.amount - off for charge, off in zip(self.charged.charges, waived, strict=True)]

    def reclaim(self, amount: int) -> Balance:
        """Reductions taken back from the buyer go to whose promotions they were, else to the sellers."""
        given = dict(self.charged.relief) or {merchant(name): 1 for name in self.charged.merchants}
        parts = largest_remainder(amount, list(given.values()))
        reclaimed = Counter(self.reclaimed) + Counter(dict(zip(given, parts, strict=True)))
        return replace(self, reclaimed=reclaimed)

    def waive(self, amount: int, *, delivery: bool) -> tuple[int, Balance]:
        """Give charges of one kind back, as far as `amount` goes; what is left of it."""
        left = self._charges_left()
        open_ = [
            part if charge.delivery is delivery else 0
            for charge, part in zip(self.charged.charges, left, strict=True)
        ]
        taken = min(amount, sum(open_))
        if not taken:
            return amount, self
        return amount - taken, self._withwaived(left, largest_remainder(taken, open_))

    def cut(self, amount: int) -> Balance:
        """Spread an amount that belongs to nothing in particular over all that is left, by its size."""
        if not amount:
            return self
        lines, charges = self.charged.lines, self._charges_left()
        goods = [
            max(0, _left(line.goods, self._back(line), line) - self.cuts.get(line.line, 0)) for line in lines
        ]
        # Never without any weight: what goes back was paid, and is in one of these.
        parts = largest_remainder(amount, [*goods, *charges, *self.reclaimed.values()])
        cuts = {
            line.line: self.cuts.get(line.line, 0) + part
            for line, part in zip(lines, parts[: len(lines)], strict=True)
        }
        off = parts[len(lines) : len(lines) + len(charges)]
        reclaimed = {
            party: had - part
            for (party, had), part in zip(
                self.reclaimed.items(), parts[len(lines) + len(charges) :], strict=True
            )
        }
        return replace(self._withwaived(charges, off), cuts=cuts, reclaimed=reclaimed)

    def _withwaived(self, left: Sequence[int], off: Sequence[int]) -> Balance:
        waived = tuple(
            charge.amount - (still - part)
            for charge, still, part in zip(self.charged.charges, left, off, strict=True)
        )
        return replace(self, waived=waived)


def _left(amount: int, back: int, line: ChargedLine) -> int:
    """What is left of a line's `amount` after `back` of its units: the part that went is rounded half up, and
    as it is worked out from all that came back, the parts of several refunds always sum to the whole.
    """
    exact = 2 * abs(amount) * back + line.quantity
    gone = exact // (2 * line.quantity)
    return amount + gone if amount < 0 else amount - gone
