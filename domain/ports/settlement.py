"""Where settlements are kept: movements per order, terms, statements. Written once, never changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.errors import DomainError
from domain.reconciliation.ledger import BookedLine
from domain.settlement.case import HoldReason
from domain.settlement.movements import Movement
from domain.settlement.parties import Party
from domain.settlement.shares import Share
from domain.settlement.statement import Account, SettlementEntry, Statement
from domain.settlement.terms import Cycle, MerchantTerms


class StatementNotFoundError(DomainError):
    """No statement of this id, or not one that this caller may see."""

    code = "statement_not_found"


@dataclass(frozen=True, slots=True)
class OrderSettlement:
    """What is known of one order's settlement: its movements so far, and what holds them.

    `agreed` are the terms that they were worked out by, for good. Nothing of it is stated while it is held.
    """

    order_id: str
    order_number: str
    hold: HoldReason | None
    agreed: Mapping[str, MerchantTerms]
    movements: tuple[Movement, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedStretch:
    """What the feed brought from position `since` to `until`: orders to settle, money that moved."""

    since: int
    until: int
    orders: tuple[OrderSettlement, ...] = ()
    lines: tuple[BookedLine, ...] = ()


class SettlementBook(Protocol):
    """Settlements of orders, filled from the feed. What is written and how far the feed was read go together
    in one transaction, so that a reader that is killed goes on without loss and without doubling.
    """

    async def position(self) -> int:
        """How far the feed was read."""
        ...

    async def record(self, stretch: FeedStretch) -> int | None:
        """Write what is new; how many movements that was. None, and nothing is written, when `stretch.since`
        is not the position: somebody else was faster.
        """
        ...

    async def settled(self, order_ids: Collection[str]) -> Mapping[str, OrderSettlement]:
        """What was recorded of these orders, with their movements, oldest first."""
        ...

    async def terms(self, merchant_ids: Collection[str]) -> Mapping[str, MerchantTerms]:
        """What is agreed with these merchants now; those without an agreement are missing."""
        ...

    async def put_terms(self, terms: MerchantTerms, who: str, at: datetime) -> None:
        """Agree on something else from now on. Earlier terms stay on record."""
        ...


@dataclass(frozen=True, slots=True)
class StatementSummary:
    """A statement without its entries."""

    id: str
    number: int
    account: Account
    cycle: Cycle
    period: str
    drawn_at: datetime
    entries: int
    sums: Share


@dataclass(frozen=True, slots=True)
class StatementCursor:
    """Where a page ended: time and id of its last statement."""

    drawn_at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class StatementPage:
    """Newest statements first, ties by id. `next` is where to go on, None on the last page."""

    statements: tuple[StatementSummary, ...]
    next: StatementCursor | None


class Statements(Protocol):
    """Statements over the entries of the book. An entry is in one statement at most."""

    async def accounts(self, before: datetime) -> Sequence[Account]:
        """Those with entries older than `before` that no statement has and nothing holds, in order."""
        ...

    async def draw(self, account: Account, cycle: Cycle, now: datetime) -> Sequence[str]:
        """Draw the statements that are due; the ids of those that were drawn. Again: none."""
        ...

    async def open_entries(self, account: Account) -> Sequence[SettlementEntry]:
        """What the next statements will have, oldest first; what is held is not among it."""
        ...

    async def get(self, statement_id: str) -> Statement | None:
        """The statement with all its entries, or None."""
        ...

    async def list(
        self, party: Party | None = None, cursor: StatementCursor | None = None, limit: int = 20
    ) -> StatementPage:
        """A page of at most `limit` statements after `cursor`. Raises `InvalidValueError` outside 1..100."""
        ...
