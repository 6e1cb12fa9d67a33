"""A statement: every entry of one party in one currency and cycle, numbered, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from domain.money import Money
from domain.settlement.cycles import Period
from domain.settlement.movements import Movement, MovementKind
from domain.settlement.parties import Party
from domain.settlement.shares import Share, sum_of
from domain.settlement.terms import Cycle

_LONGEST_ID = 24


@dataclass(frozen=True, slots=True, order=True)
class Account:
    """What statements are drawn of: one party's money of one currency."""

    party: Party
    currency: str


@dataclass(frozen=True, slots=True)
class SettlementEntry:
    """One party's share in one movement of an order: a line of a statement."""

    order_id: str
    order_number: str
    key: str
    kind: MovementKind
    occurred_at: datetime
    share: Share


@dataclass(frozen=True, slots=True)
class Statement:
    """What a party gets for one period, with late entries of earlier ones. `number` counts in its account.

    `entries` are oldest first. The id follows from account, cycle and period, so a period has one statement.
    """

    id: str
    number: int
    account: Account
    cycle: Cycle
    period: Period
    drawn_at: datetime
    entries: tuple[SettlementEntry, ...]

    @property
    def sums(self) -> Share:
        """All entries in one."""
        return sum_of((entry.share for entry in self.entries), self.account.party, self.account.currency)

    @property
    def amount(self) -> Money:
        """What the party gets; negative when it pays."""
        return self.sums.amount

    @property
    def orders(self) -> int:
        """How many orders are in it."""
        return len({entry.order_id for entry in self.entries})


def statement_id(account: Account, cycle: Cycle, period: Period) -> str:
    """The stable id of the statement of that account for that period."""
    named = f"{account.party.name}\n{account.currency}\n{cycle}\n{period.name}"
    return f"stm_{sha256(named.encode()).hexdigest()[:_LONGEST_ID]}"


def entries_of(movement: Movement) -> tuple[SettlementEntry, ...]:
    """The movement as each party sees it."""
    return tuple(
        SettlementEntry(
            movement.order_id,
            movement.order_number,
            movement.key,
            movement.kind,
            movement.occurred_at,
            share,
        )
        for share in movement.shares
    )


def in_order(entries: Sequence[SettlementEntry]) -> tuple[SettlementEntry, ...]:
    """Oldest first; of one moment by order, a sale before what went back of it."""
    ranks = list(MovementKind)
    return tuple(
        sorted(entries, key=lambda each: (each.occurred_at, each.order_id, ranks.index(each.kind), each.key))
    )
