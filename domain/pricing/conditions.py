"""Who may have an offer: conditions on a shopper, and their JSON. What is offered is a rule's matter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from domain.errors import InvalidValueError
from domain.pricing.fields import moment, moment_text
from domain.pricing.promotion import Shopper
from domain.specification import (
    AllOf,
    AnyOf,
    Attribute,
    Compared,
    Comparison,
    Not,
    OneOf,
    OrderedAttribute,
    Specification,
)

DEEPEST = 8
MOST_PARTS = 100
MOST_VALUES = 100
LONGEST_VALUE = 100
LARGEST_NUMBER = 1_000_000_000
_NEVER = datetime.min.replace(tzinfo=UTC)

REGION = Attribute[Shopper, str]("region", lambda shopper: shopper.region)
PAYMENT_METHOD = Attribute[Shopper, str]("payment_method", lambda shopper: shopper.payment_method)
IS_NEW_BUYER = Attribute[Shopper, bool](
    "is_new_buyer", lambda shopper: shopper.buyer is not None and shopper.buyer.is_new(shopper.now)
)
TOTAL_ORDERS = OrderedAttribute[Shopper, int](
    "total_orders", lambda shopper: shopper.buyer.total_orders if shopper.buyer else 0
)
REGISTERED_AT = OrderedAttribute[Shopper, datetime](
    "registered_at", lambda shopper: (shopper.buyer and shopper.buyer.registered_at) or _NEVER
)
# What nobody can say of a buyer who is not known.
_ABOUT_THE_BUYER = frozenset({IS_NEW_BUYER.name, TOTAL_ORDERS.name, REGISTERED_AT.name})


@dataclass(frozen=True, slots=True)
class InSegment(Specification[Shopper]):
    """The buyer is in this segment."""

    segment: str

    def is_satisfied_by(self, candidate: Shopper) -> bool:
        """See `Specification`."""
        return candidate.buyer is not None and self.segment in candidate.buyer.segments


def qualifies(condition: Specification[Shopper], shopper: Shopper) -> bool:
    """True when the shopper meets the condition.

    Nobody does who would have to be asked: a condition that mentions the buyer is not met by an unknown one,
    even negated, nor one on the time of registration by a buyer who has none.
    """
    if isinstance(condition, AllOf) and not condition.parts:
        return True
    asked = set(_asked(condition))
    if shopper.buyer is None and asked:
        return False
    if shopper.buyer and shopper.buyer.registered_at is None and REGISTERED_AT.name in asked:
        return False
    return condition.is_satisfied_by(shopper)


def condition_document(condition: Specification[Shopper]) -> dict[str, Any]:
    """A condition as JSON. Raises `InvalidValueError` for one that has no JSON."""
    match condition:
        case AllOf(parts):
            return {"all": [condition_document(part) for part in parts]}
        case AnyOf(parts):
            return {"any": [condition_document(part) for part in parts]}
        case Not(part):
            return {"not": condition_document(part)}
        case InSegment(segment):
            return {"attribute": "segments", "contains": segment}
        case OneOf(attribute, values):
            return {"attribute": attribute.name, "one_of": sorted(values)}
        case Compared(attribute, comparison, bound):
            shown = moment_text(bound) if isinstance(bound, datetime) else bound
            return {"attribute": attribute.name, str(comparison): shown}
        case _:
            raise InvalidValueError(field="condition", rule="made of known parts")


def condition_from(document: Any) -> Specification[Shopper]:
    """The condition of such a document, at most 8 deep and of 100 parts. Raises `InvalidValueError`."""
    return _Reader().read(document, 1)


class _Reader:
    def __init__(self) -> None:
        self._parts = 0

    def read(self, document: Any, depth: int) -> Specification[Shopper]:
        self._parts += 1
        if depth > DEEPEST or self._parts > MOST_PARTS:
            raise _refused(f"at most {DEEPEST} deep and of {MOST_PARTS} parts")
        match document:
            case {"all": list(parts), **rest} if not rest:
                return AllOf(tuple(self.read(part, depth + 1) for part in parts))
            case {"any": list(parts), **rest} if not rest:
                return AnyOf(tuple(self.read(part, depth + 1) for part in parts))
            case {"not": part, **rest} if not rest:
                return Not(self.read(part, depth + 1))
            case {"attribute": "segments", "contains": str(segment), **rest} if not rest:
                return InSegment(_text(segment))
            case {"attribute": str(name), **test} if len(test) == 1:
                [(how, value)] = test.items()
                return _test(name, str(how), value)
            case _:
                raise _refused("all, any, not, or an attribute with one test")


def _test(name: str, how: str, value: Any) -> Specification[Shopper]:
    if how == "one_of" and name in _READERS:
        if not isinstance(value, list) or not 1 <= len(value) <= MOST_VALUES:
            raise _refused(f"one_of has 1 to {MOST_VALUES} values")
        attribute, read = _READERS[name]
        return attribute.one_of(*(read(each) for each in value))
    if name in _ORDERED and how in set(Comparison):
        ordered, read = _ORDERED[name]
        return Compared(ordered, Comparison(how), read(value))
    raise _refused("an attribute that is known, with a test that it has")


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_VALUE:
        raise _refused(f"text of at most {LONGEST_VALUE} characters")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _refused("true or false")
    return value


def _number(value: Any) -> int:
    if type(value) is not int or abs(value) > LARGEST_NUMBER:
        raise _refused("a whole number")
    return value


def _time(value: Any) -> datetime:
    return moment(value, "condition")


_READERS: Mapping[str, tuple[Attribute[Shopper, Any], Callable[[Any], Any]]] = {
    REGION.name: (REGION, _text),
    PAYMENT_METHOD.name: (PAYMENT_METHOD, _text),
    IS_NEW_BUYER.name: (IS_NEW_BUYER, _flag),
    TOTAL_ORDERS.name: (TOTAL_ORDERS, _number),
}


_ORDERED: Mapping[str, tuple[OrderedAttribute[Shopper, Any], Callable[[Any], Any]]] = {
    TOTAL_ORDERS.name: (TOTAL_ORDERS, _number),
    REGISTERED_AT.name: (REGISTERED_AT, _time),
}


def _asked(condition: Specification[Shopper]) -> Iterator[str]:
    match condition:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _asked(part)
        case Not(part):
            yield from _asked(part)
        case InSegment():
            yield "segments"
        case OneOf(attribute) | Compared(attribute):
            if attribute.name in _ABOUT_THE_BUYER:
                yield attribute.name
        case _:
            return


def _refused(rule: str) -> InvalidValueError:
    return InvalidValueError(field="condition", rule=rule)
