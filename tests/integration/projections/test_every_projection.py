"""What holds for each projection: one writer, repeats change nothing, a rebuild is what following made."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from adapters.postgres.events import PostgresEventStore
from adapters.postgres.feed import PostgresEventFeed
from adapters.postgres.projections import checkpoints
from adapters.postgres.projections.batch import resume
from adapters.postgres.projections.folding import KnownStates
from adapters.postgres.projections.health import PostgresProjections, projection_health
from adapters.postgres.projections.rebuild import rebuild
from adapters.postgres.projections.registry import PROJECTIONS, projection_named
from adapters.postgres.projections.runner import ProjectionRunner
from adapters.postgres.projections.shared_feed import SharedFeed
from adapters.postgres.proposals import PostgresProposals
from domain.events import EventMetadata, EventRecord
from domain.ports.read_models import UnknownProjectionError
from tests.integration.projections.shop import DAY, a_cart, project, returned, rows, tell
from tests.support.builders import NOON
from tests.support.proposals import a_proposal, keep

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

EVERY = pytest.mark.parametrize("name", PROJECTIONS)
INDEXES = """
SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY($1::text[]) ORDER BY indexname
"""


async def a_busy_shop(pool: Pool) -> None:
    """Orders in many states, among each other, and a proposal."""
    await tell(
        pool,
        returned("ord_1"),
        returned("ord_2", at=NOON + DAY),
        a_cart("ord_3").created(),
        a_cart("ord_4").created().cancelled(),
        a_cart("ord_5", buyer="buyer-2").paid().cancelled(),
        a_cart("ord_6").paid().planned((1, 2, "north"), (2, 1, "south")).booked(1).handed_over(1),
        a_cart("ord_7").drafted(),
    )
    await keep(PostgresProposals(pool), a_proposal().submitted().approved())


@EVERY
async def test_small_batches_make_the_same_rows_as_one_large_one(pool: Pool, name: str) -> None:
    await a_busy_shop(pool)
    await project(pool, name, batch=3)
    small = await rows(pool, name)

    tables = ", ".join(table.name for table in PROJECTIONS[name].tables)
    await pool.execute(f"TRUNCATE {tables}; DELETE FROM projection_checkpoints")
    await project(pool, name)

    assert await rows(pool, name) == small
    assert all(small.values())


@EVERY
async def test_projecting_everything_again_changes_nothing(pool: Pool, name: str) -> None:
    await a_busy_shop(pool)
    await project(pool, name)
    before = await rows(pool, name)

    await pool.execute("UPDATE projection_checkpoints SET position = 0")
    await project(pool, name, batch=3)

    assert await rows(pool, name) == before


@EVERY
async def test_a_rebuild_makes_what_following_made_indexes_included(pool: Pool, name: str) -> None:
    await a_busy_shop(pool)
    await project(pool, name, batch=3)
    tables = [table.name for table in PROJECTIONS[name].tables]
    before, indexes = await rows(pool, name), await pool.fetch(INDEXES, tables)

    await rebuild(pool, "rebuilder", projection=PROJECTIONS[name])

    assert await rows(pool, name) == before
    assert await pool.fetch(INDEXES, tables) == indexes
    newest = await pool.fetchval("SELECT max(position) FROM order_events")
    assert (await projection_health(pool, name)).position == newest


@EVERY
async def test_a_runner_that_lost_its_claim_writes_nothing(pool: Pool, name: str) -> None:
    sleeper = ProjectionRunner(pool, PostgresEventFeed(pool), "sleeper", projection=PROJECTIONS[name])
    await a_busy_shop(pool)
    await sleeper.step()
    async with pool.acquire() as session:
        taken = await checkpoints.claim(session, name, "other", timedelta(0))
        before = await rows(pool, name)
    await tell(pool, a_cart("ord_9").paid())

    assert await sleeper.step() == 0

    assert taken is not None
    assert await rows(pool, name) == before


@EVERY
async def test_of_two_runners_at_once_one_moves_the_checkpoint(pool: Pool, name: str) -> None:
    await a_busy_shop(pool)
    runners = [
        ProjectionRunner(pool, PostgresEventFeed(pool), owner, projection=PROJECTIONS[name])
        for owner in ("first", "second")
    ]

    worked = await asyncio.gather(*(runner.step() for runner in runners))

    assert sorted(map(bool, worked)) == [False, True]
    assert await pool.fetchval("SELECT epoch FROM projection_checkpoints WHERE name = $1", name) == 1


@EVERY
async def test_a_bad_event_stops_its_stream_in_every_projection_over_it(pool: Pool, name: str) -> None:
    stream = "price:prp_bad" if name == "price_audit" else "ord_bad"
    nonsense = EventRecord("OrderTeleported", 1, {"where": "moon"}, NOON)
    await PostgresEventStore(pool).append(stream, 0, "nonsense", [nonsense], EventMetadata())
    await a_busy_shop(pool)

    await project(pool, name)

    (parked,) = (await projection_health(pool, name)).parked
    assert (parked.order_id, parked.version) == (stream, 1)
    assert "OrderTeleported" in parked.error
    assert await resume(pool, name, stream) == ()
    assert [bad.order_id for bad in (await projection_health(pool, name)).parked] == [stream]


async def test_runners_that_share_what_they_know_make_the_same_rows(pool: Pool) -> None:
    """One is ahead of the other, so that the other meets states that are newer than its own batch."""
    known: KnownStates[object] = KnownStates()
    feed = SharedFeed(pool)
    names = ("orders", "stock_board")
    ahead, behind = (
        ProjectionRunner(pool, feed, name, projection=PROJECTIONS[name], known=known) for name in names
    )
    story = returned("ord_1")
    for upto in range(1, len(story.events) + 1):
        cut = a_cart("ord_1")
        cut.events = story.events[:upto]
        await tell(pool, cut)
        await ahead.step()
        if upto % 3 == 0:
            await behind.step()
    await behind.step()
    shared = await rows(pool, "stock_board")

    await rebuild(pool, "rebuilder", projection=PROJECTIONS["stock_board"])

    assert await rows(pool, "stock_board") == shared


async def test_a_shared_feed_gives_each_reader_everything_in_order(pool: Pool) -> None:
    feed, alone = SharedFeed(pool, most=5), PostgresEventFeed(pool)
    seen: dict[str, list[int]] = {"quick": [], "slow": []}
    at = dict.fromkeys(seen, 0)

    async def read(reader: str, limit: int) -> None:
        page = await feed.after(at[reader], limit)
        seen[reader] += [event.position for event in page.events]
        at[reader] = page.frontier

    for number in range(6):
        await tell(pool, a_cart(f"ord_{number}").created())
        await asyncio.sleep(0.005)  # an answer of nothing new is kept that long
        await read("quick", 100)
        await read("slow", 1)
    while at["slow"] < at["quick"]:
        await read("slow", 1)

    everything = [event.position for event in (await alone.after(0, 100)).events]
    assert seen == {"quick": everything, "slow": everything}


async def test_a_projection_that_does_not_exist_is_told_of_with_those_that_do(pool: Pool) -> None:
    with pytest.raises(UnknownProjectionError, match="stock_board"):
        projection_named("dreams")

    health = await PostgresProjections(pool).health()
    assert [projection.name for projection in health] == list(PROJECTIONS)


async def test_a_page_that_was_read_ahead_is_left_alone_by_who_asks_for_another(pool: Pool) -> None:
    """Pages of three are read ahead; in between somebody asks for two, and the server fails once."""
    feed, alone = SharedFeed(pool, most=4), PostgresEventFeed(pool)
    await tell(pool, *(returned(f"ord_{number}") for number in range(3)))
    everything = [event.position for event in (await alone.after(0, 100)).events]
    seen: list[int] = []
    at, limits = 0, [3, 2, 3, 3, 1, 100, 3]
    while at < everything[-1]:
        limits.append(limits.pop(0))
        if len(seen) == 12 and feed._ahead:
            feed._ahead[1].cancel()
        try:
            page = await feed.after(at, limits[0])
        except asyncio.CancelledError:
            continue
        seen += [event.position for event in page.events]
        at = page.frontier

    assert seen == everything
