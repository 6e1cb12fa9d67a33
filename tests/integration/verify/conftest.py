"""A database with a bit of everything, and the hand of somebody who may do all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from activities.erasure_desk import ErasureDesk
from activities.histories import Histories
from adapters.memory.order_cache import MemoryOrderCache
from adapters.postgres.aggregate_snapshots import PostgresAggregateSnapshots
from adapters.postgres.buyer_keys import PostgresBuyerKeys
from adapters.postgres.events import PostgresEventStore
from adapters.postgres.feed import PostgresEventFeed
from adapters.postgres.intake import PostgresOrderIntake
from adapters.postgres.pool import open_pool
from adapters.postgres.projections.registry import PROJECTIONS
from adapters.postgres.projections.runner import ProjectionRunner
from adapters.postgres.projections.views import PostgresOrderViews
from adapters.postgres.snapshots import PostgresPriceSnapshots
from adapters.postgres.stock import PostgresStockLedger
from adapters.protobuf.events import encode as encode_body
from domain.events import EventMetadata
from domain.history.aggregates import ORDER
from domain.order.fulfilment_events import AddressChanged
from domain.ports.proposals import stream_of
from domain.review.encoding import encode as encode_proposal
from ops.verify.running import Wanted
from ops.verify.running import verify as run
from ops.verify.tally import Tally
from tests.integration.events.stories import NOON, Story, tell
from tests.integration.settlement.shop import SNAPSHOT, Shop
from tests.support.builders import HOME
from tests.support.personal import sealing
from tests.support.proposals import a_proposal
from tests.support.shelves import Shelf, an_order

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

_OPEN = "ALTER TABLE order_events DISABLE TRIGGER order_events_are_only_added"
_CLOSE = "ALTER TABLE order_events ENABLE TRIGGER order_events_are_only_added"


@dataclass
class Archive:
    """Everything that is stored, and who may change it."""

    url: str
    pool: Pool
    store: PostgresEventStore

    async def plant(self, *statements: str) -> None:
        """What a superuser does who has taken the guard away."""
        async with self.pool.acquire() as session, session.transaction():
            for statement in (_OPEN, *statements, _CLOSE):
                await session.execute(statement)

    async def verified(self, wanted: Wanted | None = None) -> dict[str, Tally]:
        """All checks by name."""
        return {tally.name: tally for tally in await run(self.url, wanted)}

    async def faults(self, wanted: Wanted | None = None) -> dict[str, list[str]]:
        """What is wrong, by check."""
        return {name: tally.shown for name, tally in (await self.verified(wanted)).items() if tally.wrong}

    async def project(self) -> None:
        """Every read model is up to date."""
        for name, projection in PROJECTIONS.items():
            runner = ProjectionRunner(self.pool, PostgresEventFeed(self.pool), name, projection=projection)
            while await runner.step():
                pass


@pytest.fixture
async def archive(fresh_database: str) -> AsyncIterator[Archive]:
    pool = await open_pool(fresh_database, application="test")
    try:
        made = Archive(fresh_database, pool, PostgresEventStore(pool, encode_body))
        await _filled(made)
        yield made
    finally:
        await pool.close()


async def _filled(made: Archive) -> None:
    pool, store = made.pool, made.store
    for number in range(1, 4):
        await tell(
            store, f"ord_{number}", Story(f"ord_{number}", buyer=f"buyer_{number}", price=number).paid()
        )
    await tell(store, "ord_4", Story("ord_4", buyer="buyer_4").cancelled())
    story = a_proposal().submitted().approved()
    records = [encode_proposal(event) for event in story.events]
    await store.append(stream_of("prp_1"), 0, "story", records, EventMetadata(actor="ann"))
    await PostgresPriceSnapshots(pool).save(SNAPSHOT)
    shop = Shop(pool)
    await shop.completes("ord_5")
    await shop.chores.settle_orders(NOON)
    shelf = Shelf(PostgresStockLedger(pool), pool)
    await shelf.put(tea=20)
    await shelf.ledger.take(an_order("active", tea=2))
    await made.project()
    await _snapshot(made, "ord_1")
    await _erase(made, "buyer_4")
    await made.project()


async def _snapshot(made: Archive, order_id: str) -> None:
    histories = Histories(ORDER, made.store, PostgresAggregateSnapshots(made.pool))
    told = await histories.current(order_id)
    assert told is not None
    await histories.keep(told)


async def _erase(made: Archive, buyer_id: str) -> None:
    personal = sealing(PostgresBuyerKeys(made.pool))
    histories = Histories(ORDER, made.store, PostgresAggregateSnapshots(made.pool))
    views, intake = PostgresOrderViews(made.pool), PostgresOrderIntake(made.pool)
    desk = ErasureDesk(personal, histories, intake, views, MemoryOrderCache())
    await desk.erase(buyer_id, by="operator", at=NOON)


async def moved(made: Archive, order_id: str) -> None:
    """An order's address was changed by a release that sealed nothing."""
    order = await made.store.head(order_id)
    await tell(made.store, order_id, [*[None] * order, AddressChanged(HOME, "buyer", NOON)])  # type: ignore[list-item]
