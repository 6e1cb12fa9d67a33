"""Hand-made charges: a few lines, a few components, the shares spread by what the lines cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from domain.catalogue.items import Category
from domain.money import Money, largest_remainder
from domain.order.lines import OrderLine
from domain.pricing.breakdown import Component, Funder, Layer, PriceBreakdown
from domain.settlement.balance import Balance
from domain.settlement.charged import charged
from domain.settlement.terms import MerchantTerms

Part = Callable[[Sequence[int]], Component]


def a_basket(*sold: tuple[str, int]) -> tuple[OrderLine, ...]:
    """One line for each merchant and quantity."""
    return tuple(
        OrderLine(number, f"sku-{number}", who, who, Category.PHYSICAL, several, Money(0, "CNY"))
        for number, (who, several) in enumerate(sold, start=1)
    )


def goods(*amounts: int) -> Part:
    """What the lines cost at first."""
    return lambda _: _component("base", Layer.BASE, "market_price", Funder.BUYER, amounts)


def reduction(amount: int, funder: Funder) -> Part:
    """A promotion over all lines."""
    return lambda sums: _component(
        f"promotion:{funder}", Layer.PROMOTION, "platform_threshold", funder, largest_remainder(amount, sums)
    )


def charge(kind: str, amount: int) -> Part:
    """A fee over all lines."""
    return lambda sums: _component(kind, Layer.CHARGE, kind, Funder.BUYER, largest_remainder(amount, sums))


def breakdown_of(*parts: Part) -> PriceBreakdown:
    """These parts, one after the other."""
    made: list[Component] = []
    for part in parts:
        made.append(part(_sums(made)))
    return PriceBreakdown("CNY", max(line for each in made for line, _ in each.shares), tuple(made))


def balance_of(
    lines: tuple[OrderLine, ...],
    *parts: Part,
    agreed: Mapping[str, MerchantTerms] | None = None,
    **rates: int,
) -> Balance:
    """The charge of these parts; `rates` are commissions by merchant."""
    known = agreed if agreed is not None else {who: MerchantTerms(who, rate) for who, rate in rates.items()}
    return Balance(charged(lines, breakdown_of(*parts), known), known)


def _sums(made: Sequence[Component]) -> list[int]:
    sums = [0] * max((line for each in made for line, _ in each.shares), default=0)
    for each in made:
        for line, share in each.shares:
            sums[line - 1] += share
    return sums


def _component(name: str, layer: Layer, kind: str, funder: Funder, row: Sequence[int]) -> Component:
    shares = tuple((line, share) for line, share in enumerate(row, start=1) if share)
    return Component(name, layer, kind, kind, Money(sum(row), "CNY"), funder, name, shares)
