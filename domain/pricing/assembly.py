"""From parts to a breakdown: every part finds the lines that carry it, and the sums stay exact."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import add, mul

from domain.money import Money, largest_remainder
from domain.pricing.basket import Basket
from domain.pricing.breakdown import Component, Funder, Layer, PriceBreakdown
from domain.pricing.entrants import Entrant
from domain.pricing.lanes import Take
from domain.pricing.parts import Part

PRICE_BOOK = "price_book"
_BASE = Part("base", Layer.BASE, "market_price", "goods", 0, Funder.BUYER, PRICE_BOOK)
_DAILY = Part("daily_price", Layer.BASE, "daily_price", "daily_price", 0, Funder.MERCHANT, PRICE_BOOK)


class Assembly:
    """Components in order of calculation, and what each line of the basket costs so far (`amounts`)."""

    __slots__ = ("_components", "_currency", "_numbers", "amounts")

    def __init__(self, basket: Basket) -> None:
        numbers = basket.numbers
        self._currency = basket.currency
        self._components: list[Component] = []
        self._numbers = numbers
        self.amounts = [0] * len(numbers)
        market, daily = basket.market, basket.daily
        of, units = basket.line_sku, basket.units
        self.put(_BASE, None, list(map(mul, [market[sku] for sku in of], units)))
        self.put(_DAILY, None, list(map(mul, [daily[sku] - market[sku] for sku in of], units)))

    def put(self, part: Part, lines: Iterable[int] | None, row: Sequence[int]) -> None:
        """Add a part with what each of these lines (None: all) carries of it; nothing when that is nothing.

        Each line stands there at most once. The others are not looked at: a part often concerns few of many.
        """
        amounts, numbers = self.amounts, self._numbers
        if lines is None:
            self.amounts = list(map(add, amounts, row))
        else:
            carriers = []
            for line, share in zip(lines, row, strict=True):
                amounts[line] += share
                carriers.append(numbers[line])
            numbers = carriers
        shares = sorted([pair for pair in zip(numbers, row, strict=True) if pair[1]])
        if not shares:
            return
        currency = self._currency
        self._components.append(
            Component(
                part.id,
                part.layer,
                part.kind,
                part.label,
                Money(sum(row), currency),
                part.funder,
                part.source,
                tuple(shares),
                None if part.base is None else Money(part.base, currency),
            )
        )

    def promotions(
        self, entrants: Sequence[Entrant], takes: Sequence[Take]
    ) -> list[tuple[Entrant, Money, set[int]]]:
        """Add one component for each promotion that took something off, by lane, then by id.

        Gives those with what they took off and the SKUs that earned it or got it.
        """
        rows: dict[int, dict[int, int]] = {}
        skus: dict[int, set[int]] = {}
        for take in takes:
            row = rows.setdefault(take.entrant, {})
            for line, share in zip(take.lines, take.shares, strict=True):
                row[line] = row.get(line, 0) - share
            skus.setdefault(take.entrant, set()).update(take.skus)
        done = []
        for place in sorted(rows, key=lambda place: (entrants[place].stage, place)):
            entrant, row = entrants[place], rows[place]
            promotion = entrant.promotion
            self.put(
                Part(
                    f"promotion:{promotion.id}",
                    Layer.PROMOTION,
                    promotion.kind,
                    promotion.name or promotion.kind,
                    0,
                    promotion.funder,
                    promotion.id,
                ),
                row.keys(),
                list(row.values()),
            )
            done.append((entrant, Money(-sum(row.values()), self._currency), skus[place]))
        return done

    def clamp(self, layer: Layer) -> None:
        """Give back what a layer took below zero, visibly. No rule of ours does; one of somebody else may."""
        if min(self.amounts) < 0:
            below = [max(0, -amount) for amount in self.amounts]
            part = Part(f"clamp:{layer}", layer, "clamp", "clamp", 0, Funder.BUYER, str(layer))
            self.put(part, None, below)

    def divide(self, part: Part) -> None:
        """Add a part, divided over its lines by what they cost so far.

        Where it is a charge each weighs at least one minor unit: free goods are carried and insured too.
        """
        amounts, lines = self.amounts, part.lines
        weights = amounts if lines is None else [amounts[line] for line in lines]
        if part.amount > 0 and min(weights) < 1:
            weights = [max(weight, 1) for weight in weights]
        shares = largest_remainder(part.amount, weights)
        self.put(part, lines, shares)

    def breakdown(self) -> PriceBreakdown:
        """What was put together."""
        return PriceBreakdown(self._currency, len(self.amounts), tuple(self._components))
