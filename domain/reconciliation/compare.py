"""Two lists of movements against each other, line by line. Where they come from is the caller's matter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from domain.errors import InvalidValueError
from domain.money import Money
from domain.payment.facts import FactKind
from domain.ports.payments import ReportLine
from domain.reconciliation.difference import Difference, Fault, MoneyLine
from domain.reconciliation.ledger import BookedLine, shown_refund_key


class _Name(NamedTuple):
    """What makes two lines the same one."""

    payment_key: str
    kind: FactKind
    refund_key: str


@dataclass(frozen=True, slots=True)
class ReconciliationWindow:
    """From `since` (included) to `until` (excluded). Raises `InvalidValueError` when it is empty."""

    since: datetime
    until: datetime

    def __post_init__(self) -> None:
        if self.since >= self.until:
            raise InvalidValueError(field="until", rule="later than since")

    def holds(self, moment: datetime) -> bool:
        """True inside of it."""
        return self.since <= moment < self.until


def compare(
    provider: str, window: ReconciliationWindow, ours: Iterable[BookedLine], theirs: Iterable[ReportLine]
) -> tuple[Difference, ...]:
    """All differences of lines in the window, by payment.

    Both lists should reach beyond the window, as the two sides' clocks differ; a line of ours counts by our
    time, one of theirs by theirs. That a payment was charged back counts, how much of it does not: our
    events tell what was paid.
    """
    here = list(ours)
    orders = {line.payment_key: line.order_id for line in here}
    mine, yours = _sides(here, window), _sides(theirs, window)
    found = [*_unequal(mine, yours), *_unmatched(mine, yours)]
    return tuple(
        Difference(provider, fault, key, orders.get(key), left, right)
        for fault, key, left, right in sorted(found, key=lambda each: each[1])
        if any(side is not None and window.holds(side.occurred_at) for side in (left, right))
    )


_Found = tuple[Fault, str, MoneyLine | None, MoneyLine | None]
_Sides = Mapping[_Name, MoneyLine]


def _sides(lines: Iterable[BookedLine | ReportLine], window: ReconciliationWindow) -> _Sides:
    groups: dict[_Name, list[BookedLine | ReportLine]] = defaultdict(list)
    for line in lines:
        groups[_Name(line.payment_key, line.kind, shown_refund_key(line.refund_key))].append(line)
    return {name: _side(name, group, window) for name, group in groups.items()}


def _side(name: _Name, group: Sequence[BookedLine | ReportLine], window: ReconciliationWindow) -> MoneyLine:
    # Of several lines one in the window decides that it is a matter of this window.
    first = min(group, key=lambda line: (not window.holds(line.occurred_at), line.occurred_at))
    # Money of another currency cannot be added; one currency less is a difference as well.
    same = [line.amount.amount for line in group if line.amount.currency == first.amount.currency]
    amount = Money(sum(same), first.amount.currency)
    return MoneyLine(name.kind, amount, first.occurred_at, name.refund_key)


def _unequal(mine: _Sides, yours: _Sides) -> Iterator[_Found]:
    for name in mine.keys() & yours.keys():
        if name.kind is not FactKind.CHARGED_BACK and mine[name].amount != yours[name].amount:
            yield Fault.AMOUNT_MISMATCH, name.payment_key, mine[name], yours[name]


def _unmatched(mine: _Sides, yours: _Sides) -> Iterator[_Found]:
    lost = {name: mine[name] for name in sorted(mine.keys() - yours.keys())}
    for name in sorted(yours.keys() - mine.keys()):
        partner = _told_otherwise(name, yours[name], lost)
        if partner is None:
            yield Fault.MISSING_HERE, name.payment_key, None, yours[name]
        else:
            yield Fault.STATE_MISMATCH, name.payment_key, lost.pop(partner), yours[name]
    for name, line in lost.items():
        yield Fault.MISSING_THERE, name.payment_key, line, None


def _told_otherwise(name: _Name, line: MoneyLine, lost: _Sides) -> _Name | None:
    """Our line of the same payment and amount that says that something else has happened."""
    for other, mine in lost.items():
        if other.payment_key == name.payment_key and other.kind != name.kind and mine.amount == line.amount:
            return other
    return None
