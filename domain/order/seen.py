"""Holds a decision to the version of the order that its caller had seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from domain.errors import DomainError
from domain.order.errors import OrderChangedError
from domain.order.events import OrderEvent
from domain.order.order import Order


def if_seen(
    order: Order, seen: int | None, decide: Callable[[], Iterable[OrderEvent]]
) -> tuple[OrderEvent, ...]:
    """What `decide` makes of the order; `seen` is None for a caller who does not mind.

    What changes nothing is never refused, so a repeat gets its answer at any later version. Raises
    `OrderChangedError`, also instead of a rule that the newer version breaks, and what `decide` raises.
    """
    if seen is None or seen == order.version:
        return tuple(decide())
    try:
        changes = bool(tuple(decide()))
    except DomainError as error:
        raise OrderChangedError(version=order.version) from error
    if changes:
        raise OrderChangedError(version=order.version)
    return ()
