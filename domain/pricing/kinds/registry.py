"""The kinds of promotion by name. A new kind is one class and one `register`; nothing else changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.errors import InvalidValueError
from domain.pricing.promotion import PromotionRule, Shopper, UnknownPromotionKindError
from domain.specification import AllOf, Specification

RuleFactory = Callable[[Mapping[str, Any]], PromotionRule]
ANYBODY: Specification[Shopper] = AllOf(())


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind is made by, and for whom it is even when a promotion does not say so.

    `condition` holds for every promotion of the kind; `segments` for those that name none of their own.
    """

    make: RuleFactory
    condition: Specification[Shopper] = ANYBODY
    segments: frozenset[str] = frozenset()


_kinds: dict[str, Kind] = {}


def register(
    name: str,
    rule: RuleFactory | type[Any],
    *,
    condition: Specification[Shopper] = ANYBODY,
    segments: frozenset[str] = frozenset(),
) -> None:
    """Make a kind known. `rule` is a class with `from_terms(terms)`, or anything that takes the terms.

    Registering the same again changes nothing. Raises `InvalidValueError` when another rule has the name.
    """
    kind = Kind(getattr(rule, "from_terms", rule), condition, segments)
    if not name or _kinds.setdefault(name, kind) != kind:
        raise InvalidValueError(field="kind", rule="a name of its own, registered once")


def rule_of(kind: str, terms: Mapping[str, Any]) -> PromotionRule:
    """The rule of this kind with these terms. Raises `UnknownPromotionKindError`, `InvalidValueError`."""
    known = _kinds.get(kind)
    if known is None:
        raise UnknownPromotionKindError(kind=kind)
    return known.make(terms)


def kind_of(name: str) -> Kind | None:
    """What is known of a kind; None for a name that nobody registered."""
    return _kinds.get(name)


def kinds() -> tuple[str, ...]:
    """Every registered name, sorted."""
    return tuple(sorted(_kinds))
