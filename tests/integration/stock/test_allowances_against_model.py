"""The SQL ledger answers as the in-memory one does: carts, orders, claims and limits in whatever order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from adapters.postgres.stock_audit import LedgerFault, contradictions
from domain.errors import DomainError
from domain.ports.stock import HoldRequest, StockLedger
from tests.support.ledger_calls import BUYERS, PUT_ALLOWANCES, SHELF, claims_of, references, requests
from tests.support.shelves import NOON, Shelf, memory_shelf, postgres_shelf

COUNTED = sorted({claim.allowance for buyer in BUYERS for claim in claims_of(buyer)})


class BothLedgers(RuleBasedStateMachine):
    """Every call goes to both; answers, counts and holds must be the same."""

    database_url = ""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.memory = memory_shelf()
        self.real_world = postgres_shelf(self.database_url)
        self.real = self.runner.run(self.real_world.__aenter__())
        for shelf in (self.memory, self.real):
            self.runner.run(filled(shelf))

    def teardown(self) -> None:
        try:
            self.look()
        finally:
            self.runner.run(self.real_world.__aexit__(None, None, None))
            self.runner.close()

    def both(self, call: Callable[[StockLedger], Awaitable[object]]) -> None:
        expected = self.runner.run(answer_of(call(self.memory.ledger)))

        assert self.runner.run(answer_of(call(self.real.ledger))) == expected

    @rule(request=requests())
    def take(self, request: HoldRequest) -> None:
        self.both(lambda ledger: ledger.take(request))

    @rule(reference=references(), minutes=st.integers(0, 10))
    def confirm(self, reference: str, minutes: int) -> None:
        self.both(lambda ledger: ledger.confirm_holds(reference, NOON + timedelta(minutes=minutes)))

    @rule(reference=references())
    def release(self, reference: str) -> None:
        self.both(lambda ledger: ledger.release_holds(reference))

    @rule(reference=references())
    def restock(self, reference: str) -> None:
        self.both(lambda ledger: ledger.restock(reference))

    @rule(minutes=st.integers(0, 10))
    def expire(self, minutes: int) -> None:
        self.both(lambda ledger: ledger.expire_holds(NOON + timedelta(minutes=minutes), 2))

    @rule(reference=references())
    def find(self, reference: str) -> None:
        self.both(lambda ledger: ledger.find(reference))

    @rule()
    def look(self) -> None:
        self.both(counts)
        assert self.real.pool is not None
        found = self.runner.run(contradictions(self.real.pool))
        # These random orders claim quota for goods that they do not order; the ledger does not mind.
        assert [each for each in found if each.fault is not LedgerFault.WITHOUT_GOODS] == []


async def filled(shelf: Shelf) -> None:
    await shelf.put(**SHELF)
    for allowance, count in PUT_ALLOWANCES.items():
        await shelf.allow(allowance, count)


async def answer_of(call: Awaitable[object]) -> object:
    try:
        return await call
    except DomainError as error:
        return str(error)


async def counts(ledger: StockLedger) -> object:
    goods = [await ledger.level(sku) for sku in SHELF]
    return goods, [await ledger.allowance(allowance) for allowance in COUNTED]


def test_any_sequence_of_calls_gets_the_same_answers_and_leaves_the_same_counts(stock_database: str) -> None:
    machine = type("BothLedgersHere", (BothLedgers,), {"database_url": stock_database})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking takes minutes on a server
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
