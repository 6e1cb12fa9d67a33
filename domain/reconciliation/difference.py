"""Where our word and the provider's differ, and what became of it. Repairing is somebody else's work."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from domain.errors import DomainError
from domain.money import Money
from domain.payment.facts import FactKind

_LONGEST_ID = 24


class DifferenceNotFoundError(DomainError):
    """No reconciliation has found such a difference."""

    code = "difference_not_found"


class DifferenceClosedError(DomainError):
    """The difference is not open any more; `status` says what became of it."""

    code = "difference_closed"


class Fault(StrEnum):
    """How a line can differ: we lack it, they lack it, another amount, another thing that happened."""

    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"
    AMOUNT_MISMATCH = "amount_mismatch"
    STATE_MISMATCH = "state_mismatch"


class DifferenceStatus(StrEnum):
    """Open until it is repaired, put aside with a note, or a later run finds it no more."""

    OPEN = "open"
    REPAIRED = "repaired"
    PARKED = "parked"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class MoneyLine:
    """One side's word: what happened, how much, when; of several of one kind their sum and one time."""

    kind: FactKind
    amount: Money
    occurred_at: datetime
    refund_key: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. `ours` or `theirs` is None for a side without the line; `order_id` may be unknown."""

    provider: str
    fault: Fault
    payment_key: str
    order_id: str | None
    ours: MoneyLine | None
    theirs: MoneyLine | None

    @property
    def line(self) -> MoneyLine:
        """The line that it is about: the provider's where there is one."""
        found = self.theirs or self.ours
        assert found is not None  # a difference is about something
        return found

    @property
    def id(self) -> str:
        """Stable: the same line found again is the same difference."""
        named = f"{self.provider}\n{self.payment_key}\n{self.line.kind}\n{self.line.refund_key}"
        return f"dif_{sha256(named.encode()).hexdigest()[:_LONGEST_ID]}"


@dataclass(frozen=True, slots=True)
class DifferenceCase:
    """A difference and what became of it. `note` says what was done or why it was put aside, `by` by whom."""

    difference: Difference
    status: DifferenceStatus = DifferenceStatus.OPEN
    note: str = ""
    by: str = ""
    decided_at: datetime | None = None

    def found_again(self, difference: Difference) -> DifferenceCase:
        """A later run has met it. What was put aside stays so while nothing about it has changed; what was
        thought to be over is open again.
        """
        same = difference == self.difference
        if self.status is DifferenceStatus.OPEN or (same and self.status is DifferenceStatus.PARKED):
            return replace(self, difference=difference)
        return DifferenceCase(difference)

    def closed(self, status: DifferenceStatus, note: str, by: str, at: datetime) -> DifferenceCase:
        """The case after a decision. Raises `DifferenceClosedError` when it was decided otherwise."""
        if self.status is not DifferenceStatus.OPEN:
            if self.status is status:
                return self
            raise DifferenceClosedError(status=self.status.value)
        return replace(self, status=status, note=note, by=by, decided_at=at)
