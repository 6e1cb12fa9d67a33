"""Whatever happens to holds, goods are neither made nor lost."""

from __future__ import annotations

from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from adapters.memory.stock import MemoryStockLedger
from domain.stock.hold import HoldStatus, StockLine, in_lock_order

T = TypeVar("T")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHELF = {"tea": 12, "cup": 7, "pot": 3}
REFERENCES = st.sampled_from([f"ord_{number}" for number in range(6)])
LINES = st.lists(
    st.builds(StockLine, st.sampled_from(list(SHELF)), st.integers(1, 5)), min_size=1, max_size=4
)

# What was resolved like this is never held again.
ENDED = frozenset({HoldStatus.RELEASED, HoldStatus.CONFIRMED, HoldStatus.RESTOCKED})


def done(call: Coroutine[object, object, T]) -> T:
    """The answer of a call that never waits."""
    try:
        call.send(None)
    except StopIteration as answer:
        found: T = answer.value
        return found
    raise AssertionError("an in-memory call has waited")


class GoodsAreConserved(RuleBasedStateMachine):
    """The model: what each hold should stand at, and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = MemoryStockLedger()
        for sku, count in SHELF.items():
            self.ledger.put(sku, count)
        self.lines: dict[str, tuple[StockLine, ...]] = {}
        self.status: dict[str, HoldStatus] = {}
        self.until: dict[str, datetime] = {}

    def count(self, sku: str, status: HoldStatus) -> int:
        holds = [self.lines[ref] for ref, found in self.status.items() if found is status]
        return sum(line.quantity for lines in holds for line in lines if line.sku == sku)

    def free(self, sku: str) -> int:
        return SHELF[sku] - self.count(sku, HoldStatus.ACTIVE) - self.count(sku, HoldStatus.CONFIRMED)

    def fits(self, lines: tuple[StockLine, ...], own: tuple[StockLine, ...] = ()) -> bool:
        """True when everything is free; `own` counts as free too."""
        mine = {line.sku: line.quantity for line in own}
        return all(line.quantity <= self.free(line.sku) + mine.get(line.sku, 0) for line in lines)

    @rule(reference=REFERENCES, lines=LINES, minutes=st.integers(1, 9))
    def take(self, reference: str, lines: list[StockLine], minutes: int) -> None:
        wanted = in_lock_order(lines)
        was = self.status.get(reference)
        stays = was in ENDED or (was is HoldStatus.ACTIVE and self.lines[reference] == wanted)
        own = self.lines[reference] if was is HoldStatus.ACTIVE else ()
        expected = not stays and not self.fits(wanted, own)
        until = NOON + timedelta(minutes=minutes)

        answer = done(self.ledger.take_holds(reference, lines, until))

        assert answer.refused == expected
        if not expected and not stays:
            self.lines[reference], self.until[reference] = wanted, until
            self.status[reference] = HoldStatus.ACTIVE

    @precondition(lambda self: self.status)
    @rule(data=st.data())
    def confirm(self, data: st.DataObject) -> None:
        reference = data.draw(st.sampled_from(sorted(self.status)))
        was = self.status[reference]
        let_go = was in (HoldStatus.RELEASED, HoldStatus.EXPIRED)
        expected = let_go and not self.fits(self.lines[reference])

        answer = done(self.ledger.confirm_holds(reference, NOON))

        assert answer.refused == expected
        if was is HoldStatus.ACTIVE or (let_go and not expected):
            self.status[reference] = HoldStatus.CONFIRMED

    @rule(reference=REFERENCES)
    def release(self, reference: str) -> None:
        if self.status.get(reference) is HoldStatus.ACTIVE:
            self.status[reference] = HoldStatus.RELEASED

        assert done(self.ledger.release_holds(reference)) is self.status.get(reference)

    @rule(reference=REFERENCES)
    def restock(self, reference: str) -> None:
        after = {HoldStatus.ACTIVE: HoldStatus.RELEASED, HoldStatus.CONFIRMED: HoldStatus.RESTOCKED}
        if (was := self.status.get(reference)) in after:
            self.status[reference] = after[was]

        assert done(self.ledger.restock(reference)) is self.status.get(reference)

    @rule(minutes=st.integers(0, 10))
    def expire(self, minutes: int) -> None:
        now = NOON + timedelta(minutes=minutes)
        active = [ref for ref, status in self.status.items() if status is HoldStatus.ACTIVE]
        overdue = [ref for ref in active if self.until[ref] <= now]

        assert done(self.ledger.expire_holds(now, 100)) == len(overdue)
        self.status |= dict.fromkeys(overdue, HoldStatus.EXPIRED)

    @invariant()
    def every_unit_is_where_the_holds_say(self) -> None:
        for sku in SHELF:
            level = done(self.ledger.level(sku))
            assert level is not None
            assert (level.held, level.sold) == (
                self.count(sku, HoldStatus.ACTIVE),
                self.count(sku, HoldStatus.CONFIRMED),
            )
            assert level.available == self.free(sku) >= 0


TestGoodsAreConserved = GoodsAreConserved.TestCase
TestGoodsAreConserved.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
