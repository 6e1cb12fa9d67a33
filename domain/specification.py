"""Conditions that can be combined, tested and taken apart (requirement A20).

Attributes carry a name beside their reader, so that an edge can translate a condition into its own language.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar, assert_never

T = TypeVar("T")
V = TypeVar("V")


class Ordered(Protocol):
    """Anything that has an order among its own kind: numbers, times, `Money` of one currency."""

    def __lt__(self, other: Any, /) -> bool: ...

    def __le__(self, other: Any, /) -> bool: ...

    def __gt__(self, other: Any, /) -> bool: ...

    def __ge__(self, other: Any, /) -> bool: ...


O = TypeVar("O", bound=Ordered)  # noqa: E741 - O for ordered, as T for type


class Specification(ABC, Generic[T]):
    """A condition on a `T`. Combine with `&`, `|` and `~`; the parts stay readable from outside."""

    __slots__ = ()

    @abstractmethod
    def is_satisfied_by(self, candidate: T) -> bool:
        """True when the candidate meets the condition."""

    def __and__(self, other: Specification[T]) -> Specification[T]:
        return AllOf((self, other))

    def __or__(self, other: Specification[T]) -> Specification[T]:
        return AnyOf((self, other))

    def __invert__(self) -> Specification[T]:
        return Not(self)


@dataclass(frozen=True, slots=True)
class AllOf(Specification[T]):
    """Every part holds. Without parts it is satisfied by anything."""

    parts: tuple[Specification[T], ...]

    def is_satisfied_by(self, candidate: T) -> bool:
        """See `Specification`."""
        return all(part.is_satisfied_by(candidate) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf(Specification[T]):
    """At least one part holds. Without parts it is satisfied by nothing."""

    parts: tuple[Specification[T], ...]

    def is_satisfied_by(self, candidate: T) -> bool:
        """See `Specification`."""
        return any(part.is_satisfied_by(candidate) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not(Specification[T]):
    """The part does not hold."""

    part: Specification[T]

    def is_satisfied_by(self, candidate: T) -> bool:
        """See `Specification`."""
        return not self.part.is_satisfied_by(candidate)


# Without slots: a frozen, slotted generic cannot be made as `Attribute[Order, str](…)` on Python 3.11.
@dataclass(frozen=True)
class Attribute(Generic[T, V]):
    """Something that can be read from a `T`, under the name by which callers and stores know it."""

    name: str
    read: Callable[[T], V]

    def equals(self, value: V) -> Specification[T]:
        """It is this value."""
        return OneOf(self, frozenset({value}))

    def one_of(self, *values: V) -> Specification[T]:
        """It is one of these values; of none when there are none."""
        return OneOf(self, frozenset(values))


@dataclass(frozen=True)
class OrderedAttribute(Attribute[T, O]):
    """An attribute with an order; bounds are of its own kind."""

    def greater_than(self, bound: O) -> Specification[T]:
        """It lies above the bound."""
        return Compared(self, Comparison.GREATER_THAN, bound)

    def at_least(self, bound: O) -> Specification[T]:
        """It is the bound or lies above."""
        return Compared(self, Comparison.AT_LEAST, bound)

    def less_than(self, bound: O) -> Specification[T]:
        """It lies below the bound."""
        return Compared(self, Comparison.LESS_THAN, bound)

    def at_most(self, bound: O) -> Specification[T]:
        """It is the bound or lies below."""
        return Compared(self, Comparison.AT_MOST, bound)


@dataclass(frozen=True, slots=True)
class OneOf(Specification[T], Generic[T, V]):
    """An attribute is one of some values."""

    attribute: Attribute[T, V]
    values: frozenset[V]

    def is_satisfied_by(self, candidate: T) -> bool:
        """See `Specification`."""
        return self.attribute.read(candidate) in self.values


class Comparison(StrEnum):
    """How an attribute lies to a bound."""

    GREATER_THAN = "greater_than"
    AT_LEAST = "at_least"
    LESS_THAN = "less_than"
    AT_MOST = "at_most"


@dataclass(frozen=True, slots=True)
class Compared(Specification[T], Generic[T, O]):
    """An attribute lies so to a bound. Whatever the kinds refuse, such as two currencies, is raised."""

    attribute: OrderedAttribute[T, O]
    comparison: Comparison
    bound: O

    def is_satisfied_by(self, candidate: T) -> bool:
        """See `Specification`."""
        value = self.attribute.read(candidate)
        match self.comparison:
            case Comparison.GREATER_THAN:
                return value > self.bound
            case Comparison.AT_LEAST:
                return value >= self.bound
            case Comparison.LESS_THAN:
                return value < self.bound
            case Comparison.AT_MOST:
                return value <= self.bound
            case _:
                assert_never(self.comparison)
