"""Settlement book, statements and payment ledger in dictionaries. They forget at exit."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from adapters.memory.payments import MemoryPaymentAttempts
from domain.payment.facts import FactKind
from domain.ports.projections import check_limit
from domain.ports.settlement import (
    FeedStretch,
    OrderSettlement,
    StatementCursor,
    StatementPage,
    StatementSummary,
)
from domain.reconciliation.ledger import BookedLine
from domain.settlement.cycles import stated_in
from domain.settlement.parties import Party
from domain.settlement.statement import (
    Account,
    SettlementEntry,
    Statement,
    entries_of,
    in_order,
    statement_id,
)
from domain.settlement.terms import Cycle, MerchantTerms

_Name = tuple[str, str, Party]


class MemorySettlementBook:
    """`SettlementBook` and `Statements` in dictionaries."""

    def __init__(self) -> None:
        self.lines: dict[tuple[str, FactKind, str], BookedLine] = {}
        self._position = 0
        self._orders: dict[str, OrderSettlement] = {}
        self._terms: dict[str, MerchantTerms] = {}
        self._stated: set[_Name] = set()
        self._statements: dict[str, Statement] = {}

    async def position(self) -> int:
        """See the port."""
        return self._position

    async def record(self, stretch: FeedStretch) -> int | None:
        """See the port."""
        if stretch.since != self._position:
            return None
        new = sum(self._add(order) for order in stretch.orders)
        self.lines |= {(line.payment_key, line.kind, line.refund_key): line for line in stretch.lines}
        self._position = stretch.until
        return new

    async def settled(self, order_ids: Collection[str]) -> Mapping[str, OrderSettlement]:
        """See the port."""
        return {name: self._orders[name] for name in order_ids if name in self._orders}

    async def terms(self, merchant_ids: Collection[str]) -> Mapping[str, MerchantTerms]:
        """See the port."""
        return {name: self._terms[name] for name in merchant_ids if name in self._terms}

    async def put_terms(self, terms: MerchantTerms, who: str, at: datetime) -> None:  # noqa: ARG002 - port
        """See the port."""
        self._terms[terms.merchant_id] = terms

    async def accounts(self, before: datetime) -> Sequence[Account]:
        """See the port."""
        return tuple(
            sorted(
                {
                    Account(entry.share.party, entry.share.currency)
                    for entry in self._open()
                    if entry.occurred_at < before
                }
            )
        )

    async def draw(self, account: Account, cycle: Cycle, now: datetime) -> Sequence[str]:
        """See the port."""
        drawn: list[str] = []
        while entries := await self.open_entries(account):
            known = {made.period.name for made in self._statements.values() if made.account == account}
            period = stated_in(cycle, entries[0].occurred_at, known, now)
            if period is None:
                break
            stated = tuple(entry for entry in entries if entry.occurred_at < period.end)
            identity = statement_id(account, cycle, period)
            number = len(known) + 1
            self._statements[identity] = Statement(identity, number, account, cycle, period, now, stated)
            self._stated |= {_name(entry) for entry in stated}
            drawn.append(identity)
        return tuple(drawn)

    async def open_entries(self, account: Account) -> Sequence[SettlementEntry]:
        """See the port."""
        return in_order(
            [entry for entry in self._open() if Account(entry.share.party, entry.share.currency) == account]
        )

    async def get(self, statement_id: str) -> Statement | None:
        """See the port."""
        return self._statements.get(statement_id)

    async def list(
        self, party: Party | None = None, cursor: StatementCursor | None = None, limit: int = 20
    ) -> StatementPage:
        """See the port."""
        check_limit(limit)
        newest = sorted(self._statements.values(), key=lambda made: made.id)
        newest.sort(key=lambda made: made.drawn_at, reverse=True)
        found = [
            _summary(made)
            for made in newest
            if party in {None, made.account.party} and (cursor is None or _is_after(made, cursor))
        ]
        shown, more = tuple(found[:limit]), len(found) > limit
        return StatementPage(shown, StatementCursor(shown[-1].drawn_at, shown[-1].id) if more else None)

    def _add(self, order: OrderSettlement) -> int:
        known = self._orders.get(order.order_id)
        if known is None:
            self._orders[order.order_id] = order
            return len(order.movements)
        keys = {movement.key for movement in known.movements}
        new = tuple(movement for movement in order.movements if movement.key not in keys)
        self._orders[order.order_id] = replace(known, hold=order.hold, movements=known.movements + new)
        return len(new)

    def _open(self) -> Sequence[SettlementEntry]:
        return [
            entry
            for order in self._orders.values()
            if order.hold is None
            for movement in order.movements
            for entry in entries_of(movement)
            if _name(entry) not in self._stated
        ]


class MemoryPaymentLedger:
    """`PaymentLedger` over what a book was told; whose a payment is, `attempts` knows."""

    def __init__(self, book: MemorySettlementBook, attempts: MemoryPaymentAttempts) -> None:
        self._book = book
        self._attempts = attempts

    async def lines(self, provider: str, since: datetime, until: datetime) -> Sequence[BookedLine]:
        """See the port."""
        found = [
            line
            for line in self._book.lines.values()
            if since <= line.occurred_at < until and self._attempts.provider_of(line.payment_key) == provider
        ]
        return _by_time(found)

    async def of_payments(self, payment_keys: Collection[str]) -> Sequence[BookedLine]:
        """See the port."""
        return _by_time([line for line in self._book.lines.values() if line.payment_key in payment_keys])


def _by_time(lines: Sequence[BookedLine]) -> tuple[BookedLine, ...]:
    return tuple(
        sorted(lines, key=lambda line: (line.occurred_at, line.payment_key, line.kind, line.refund_key))
    )


def _name(entry: SettlementEntry) -> _Name:
    return entry.order_id, entry.key, entry.share.party


def _is_after(made: Statement, cursor: StatementCursor) -> bool:
    if made.drawn_at != cursor.drawn_at:
        return made.drawn_at < cursor.drawn_at
    return made.id > cursor.id


def _summary(made: Statement) -> StatementSummary:
    return StatementSummary(
        made.id,
        made.number,
        made.account,
        made.cycle,
        made.period.name,
        made.drawn_at,
        len(made.entries),
        made.sums,
    )
