"""What is missing for a better price, in the buyer's terms: "add 20.00 more to save 5.00"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from domain.money import Money
from domain.pricing.basket import Basket
from domain.pricing.calculation import Remark
from domain.pricing.entrants import Entrant
from domain.pricing.lanes import Hint, Lanes, Played


def add_more(basket: Basket, lanes: Lanes, played: Played) -> Iterator[Remark]:
    """At most one remark for each promotion: the one that asks for least."""
    nearest: dict[int, Hint] = {}
    applied = played.applied()
    for hint in _steps(played.hints):
        if _is_useful(hint, applied) and _is_left(hint, lanes.entrants[hint.entrant], basket):
            other = nearest.get(hint.entrant)
            if other is None or _asks(hint) < _asks(other):
                nearest[hint.entrant] = hint
    for entrant, hint in sorted(nearest.items()):
        yield _remark(hint, lanes.entrants[entrant].promotion.id, basket.currency)


def _steps(hints: Iterable[Hint]) -> Iterator[Hint]:
    for hint in hints:
        yield hint
        for further in hint.missing.further:
            yield hint._replace(missing=further)


def _is_useful(hint: Hint, applied: set[int]) -> bool:
    # A bundle that was reached on other goods, or a tier that saves less than what won, helps nobody.
    if hint.missing.units:
        better = not hint.missing.saves or hint.missing.saves > hint.instead or hint.reduction > 0
        return better and (hint.reduction > 0 or hint.entrant not in applied)
    return hint.missing.saves > max(hint.instead, hint.reduction)


def _is_left(hint: Hint, entrant: Entrant, basket: Basket) -> bool:
    sku = basket.index.get(hint.missing.sku)
    if sku is None or sku not in entrant.left:
        return True
    return entrant.left[sku] >= basket.quantities[sku] + hint.missing.units


def _asks(hint: Hint) -> tuple[int, int, str]:
    return hint.missing.amount, hint.missing.units, hint.missing.sku


def _remark(hint: Hint, promotion_id: str, currency: str) -> Remark:
    missing = hint.missing
    return Remark(
        "add_more",
        promotion_id,
        sku=missing.sku,
        units=missing.units,
        amount=Money(missing.amount, currency) if missing.amount else None,
        saves=Money(missing.saves, currency) if missing.saves else None,
    )
