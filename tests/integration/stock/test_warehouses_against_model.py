"""Shelves on PostgreSQL count as those in memory do, and the audit never finds fault with them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from adapters.postgres.stock_audit import contradictions
from domain.errors import DomainError
from domain.stock.allocation import AllocatedUnits, WantedUnits
from domain.stock.allowance import Allowance, Claim
from domain.stock.hold import StockLine
from tests.support.shelves import NOON, Shelf, an_order, memory_shelf, postgres_shelf

SKUS, PLACES = ("tea", "Cup"), ("main", "East", "west")
SPENT = (
    Claim(Allowance.of_points("ann"), 7),
    Claim(Allowance.of_voucher("SPRING"), 1),
    Claim(Allowance.of_promotion("flash", "tea"), 1),
)
references = st.sampled_from([f"ord_{number}" for number in range(4)])
keys = st.sampled_from(["k1", "k2", "k3"])
few = st.integers(1, 4)
units = st.lists(
    st.builds(AllocatedUnits, st.integers(1, 2), st.sampled_from(SKUS), few, st.sampled_from((*PLACES, ""))),
    max_size=3,
)
wanted = st.lists(st.builds(WantedUnits, st.integers(1, 3), st.sampled_from(SKUS), few), max_size=3)
lines = st.lists(st.builds(StockLine, st.sampled_from(SKUS), few), max_size=3)


class BothWarehouses(RuleBasedStateMachine):
    """Every call goes to both; answers and counts must be the same."""

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

    def both(self, call: Callable[[Shelf], Awaitable[object]]) -> None:
        expected = self.runner.run(answer_of(call(self.memory)))

        assert self.runner.run(answer_of(call(self.real))) == expected

    @rule(reference=references, tea=few, cup=few, sold=st.integers(0, 3))
    def order(self, reference: str, tea: int, cup: int, sold: int) -> None:
        request = an_order(reference, *SPENT, tea=tea, Cup=cup, until=NOON + timedelta(minutes=1))
        self.both(lambda shelf: shelf.ledger.take(request))
        if sold:
            self.both(lambda shelf: shelf.ledger.confirm_holds(reference, NOON))

    @rule(reference=references)
    def confirm_late(self, reference: str) -> None:
        self.both(lambda shelf: shelf.ledger.expire_holds(NOON + timedelta(minutes=2), 9))
        self.both(lambda shelf: shelf.ledger.confirm_holds(reference, NOON))

    @rule(reference=references, call=st.sampled_from(("restock", "release_holds")))
    def cancel(self, reference: str, call: str) -> None:
        self.both(lambda shelf: getattr(shelf.ledger, call)(reference))

    @rule(place=st.sampled_from(PLACES), sku=st.sampled_from(SKUS), count=st.integers(0, 9))
    def put_stock(self, place: str, sku: str, count: int) -> None:
        self.both(lambda shelf: shelf.warehouses.put_stock(place, sku, count))

    @rule(sku=st.sampled_from(SKUS), count=st.integers(0, 15))
    def put_free(self, sku: str, count: int) -> None:
        self.both(lambda shelf: put_free(shelf, sku, count))

    @rule(reference=references, wanted=wanted)
    def allocate(self, reference: str, wanted: list[WantedUnits]) -> None:
        self.both(lambda shelf: shelf.warehouses.allocate(reference, wanted))

    @rule(reference=references, key=keys, units=units, call=st.sampled_from(("hand_over", "cancel_units")))
    def move(self, reference: str, key: str, units: list[AllocatedUnits], call: str) -> None:
        self.both(lambda shelf: getattr(shelf.warehouses, call)(reference, key, units))

    @rule(reference=references, key=keys, lines=lines, place=st.sampled_from(PLACES))
    def take_back(self, reference: str, key: str, lines: list[StockLine], place: str) -> None:
        self.both(lambda shelf: shelf.warehouses.take_back(reference, key, lines, place))

    @rule(reference=references, key=keys, before=st.integers(0, 6), refunded=st.integers(0, 6))
    def give_back(self, reference: str, key: str, before: int, refunded: int) -> None:
        self.both(lambda shelf: shelf.ledger.give_back(reference, key, 6, before, refunded))

    @rule()
    def look(self) -> None:
        self.both(counts)
        assert self.real.pool is not None
        assert self.runner.run(contradictions(self.real.pool)) == ()


async def filled(shelf: Shelf) -> None:
    for claim in SPENT:
        await shelf.allow(claim.allowance, 4 * claim.quantity)
    for number, (place, sku) in enumerate((place, sku) for place in PLACES for sku in SKUS):
        await shelf.warehouses.put_stock(place, sku, number)


async def put_free(shelf: Shelf, sku: str, count: int) -> None:
    """What a catalogue does; in which words each refuses is its own affair."""
    level = await shelf.ledger.level(sku)
    assert level is not None
    main = (await shelf.lies(sku))["main"][0]
    if main + count - level.available >= 0:
        await shelf.put(**{sku: count})


async def answer_of(call: Awaitable[Any]) -> object:
    try:
        return await call
    except DomainError as error:
        return str(error)


async def counts(shelf: Shelf) -> object:
    goods = [await shelf.ledger.level(sku) for sku in SKUS]
    spent = [await shelf.ledger.allowance(claim.allowance) for claim in SPENT]
    return goods, spent, await shelf.warehouses.shelves(SKUS)


def test_any_sequence_of_calls_gets_the_same_answers_and_leaves_the_same_counts(stock_database: str) -> None:
    machine = type("BothWarehousesHere", (BothWarehouses,), {"database_url": stock_database})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking takes minutes on a server
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
