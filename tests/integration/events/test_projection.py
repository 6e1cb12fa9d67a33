"""Views follow the streams: newest version wins, one runner writes, a bad event stops its own stream only."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from adapters.postgres.events import PostgresEventStore
from adapters.postgres.feed import PostgresEventFeed
from adapters.postgres.projections import checkpoints
from adapters.postgres.projections.batch import resume
from adapters.postgres.projections.folding import Folded
from adapters.postgres.projections.health import projection_health
from adapters.postgres.projections.orders import ORDERS_PROJECTION
from adapters.postgres.projections.runner import Pace, ProjectionRunner
from adapters.postgres.projections.views import PostgresOrderViews
from adapters.postgres.projections.writing import write_states
from domain.events import EventMetadata, EventRecord
from domain.order.dated import DatedOrder
from domain.order.order import fold
from domain.order.status import OrderStatus
from domain.ports.notices import Alert
from tests.integration.events.stories import NOON, Story, tell
from tests.integration.events.waiting import until

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

NONSENSE = EventRecord("OrderTeleported", 1, {"where": "moon"}, NOON)


def a_runner(pool: Pool, owner: str = "one", **options: object) -> ProjectionRunner:
    return ProjectionRunner(pool, PostgresEventFeed(pool), owner, **options)  # type: ignore[arg-type]


async def project_all(runner: ProjectionRunner) -> None:
    while await runner.step():
        pass


async def is_shown(pool: Pool, order_id: str) -> bool:
    return await PostgresOrderViews(pool).get(order_id) is not None


async def are_paid(pool: Pool, number: int) -> bool:
    paid: int = await pool.fetchval("SELECT count(*) FROM order_summary WHERE status = 'paid'")
    return paid == number


class AlertLog:
    def __init__(self) -> None:
        self.alerts: list[Alert] = []

    async def raise_alert(self, alert: Alert) -> None:
        self.alerts.append(alert)


async def test_a_view_is_the_order_as_its_stream_folds_it(pool: Pool) -> None:
    story = Story("ord_1", quantities=(1, 2, 3))
    await tell(PostgresEventStore(pool), "ord_1", story.paid())

    await project_all(a_runner(pool))

    assert await PostgresOrderViews(pool).get("ord_1") == fold(story.paid())


async def test_a_view_row_shows_status_total_and_time_in_columns(pool: Pool) -> None:
    story = Story("ord_1")
    await tell(PostgresEventStore(pool), "ord_1", story.paid())

    await project_all(a_runner(pool))

    row = await pool.fetchrow("SELECT id, status, total, currency, updated_at, version FROM order_views")
    assert tuple(row or ()) == ("ord_1", "paid", 2_000, "CNY", NOON + timedelta(seconds=2), 4)


async def test_an_order_goes_on_where_an_earlier_batch_left_it(pool: Pool) -> None:
    store, runner, story = PostgresEventStore(pool), a_runner(pool), Story("ord_1")
    await tell(store, "ord_1", story.created())
    await project_all(runner)

    await tell(store, "ord_1", story.paid())
    await project_all(runner)

    assert await PostgresOrderViews(pool).get("ord_1") == fold(story.paid())


async def test_small_batches_give_the_same_views_as_large_ones(pool: Pool) -> None:
    store, views = PostgresEventStore(pool), PostgresOrderViews(pool)
    stories = [Story(f"ord_{number}") for number in range(7)]
    for story in stories:
        await tell(store, story.order_id, story.paid())

    await project_all(a_runner(pool, pace=Pace(batch=3)))

    assert [await views.get(story.order_id) for story in stories] == [fold(s.paid()) for s in stories]


async def test_an_older_version_never_overwrites_a_newer_one(pool: Pool) -> None:
    story = Story("ord_1")
    newer, older = fold(story.paid()), fold(story.created())
    async with pool.acquire() as session, session.transaction():
        await write_states(session, ORDERS_PROJECTION, Folded({"ord_1": DatedOrder(newer)}))

        await write_states(session, ORDERS_PROJECTION, Folded({"ord_1": DatedOrder(older)}))

    assert await PostgresOrderViews(pool).get("ord_1") == newer
    assert await pool.fetchval("SELECT status FROM order_summary") == "paid"


async def test_projecting_everything_again_changes_nothing(pool: Pool) -> None:
    await tell(PostgresEventStore(pool), "ord_1", Story("ord_1").paid())
    await project_all(a_runner(pool))
    before = await pool.fetch("SELECT *, xmin::text FROM order_summary")

    await pool.execute("UPDATE projection_checkpoints SET position = 0")
    await project_all(a_runner(pool))

    assert await pool.fetch("SELECT *, xmin::text FROM order_summary") == before


async def test_of_two_runners_one_writes_and_the_other_stands_by(pool: Pool) -> None:
    first, second = a_runner(pool, "first"), a_runner(pool, "second")
    await tell(PostgresEventStore(pool), "ord_1", Story("ord_1").created())

    written = (await first.step(), await second.step())

    assert written == (2, 0)
    assert (await projection_health(pool)).owner == "first"


async def test_a_runner_that_lost_its_claim_writes_nothing(pool: Pool) -> None:
    """It slept through its lease, and another one went on meanwhile."""
    store, story = PostgresEventStore(pool), Story("ord_1")
    sleeper = a_runner(pool, "sleeper")
    await tell(store, "ord_1", story.created())
    await project_all(sleeper)
    async with pool.acquire() as session:
        assert await checkpoints.claim(session, "orders", "other", timedelta(0))
    await tell(store, "ord_1", story.paid())

    assert await sleeper.step() == 0

    view = await PostgresOrderViews(pool).get("ord_1")
    assert view is not None
    assert view.status is OrderStatus.CREATED


async def test_a_checkpoint_moves_only_from_where_its_owner_left_it(pool: Pool) -> None:
    async with pool.acquire() as session:
        held = await checkpoints.claim(session, "orders", "one")
        assert held is not None
        await checkpoints.advance(session, held, 10)

        with pytest.raises(checkpoints.CheckpointMovedError):
            await checkpoints.advance(session, held, 20)

        assert await checkpoints.lock(session, "orders") == 10


async def test_a_runner_that_stops_cleanly_hands_over_at_once(pool: Pool) -> None:
    await tell(PostgresEventStore(pool), "ord_1", Story("ord_1").created())
    running = asyncio.create_task(a_runner(pool, "first").run())
    await until(lambda: is_shown(pool, "ord_1"))

    running.cancel()
    await asyncio.wait([running])

    await tell(PostgresEventStore(pool), "ord_2", Story("ord_2").created())
    assert await a_runner(pool, "second").step() == 2


async def test_two_runners_at_once_project_every_order_exactly(pool: Pool) -> None:
    """Leases so short that they keep taking the checkpoint from each other."""
    pace = Pace(batch=20, lease=timedelta(milliseconds=5))
    running = [asyncio.create_task(a_runner(pool, name, pace=pace).run()) for name in ("one", "two")]
    store = PostgresEventStore(pool)
    stories = [Story(f"ord_{number}") for number in range(150)]

    await asyncio.gather(*(tell(store, story.order_id, story.paid()) for story in stories))
    await until(lambda: are_paid(pool, len(stories)))

    for runner in running:
        runner.cancel()
    await asyncio.wait(running)
    assert await pool.fetchval("SELECT count(*) FROM order_views WHERE version = 4") == len(stories)
    assert await pool.fetchval("SELECT count(*) FROM projection_parked") == 0


async def test_a_bad_event_stops_its_stream_and_nothing_else(pool: Pool) -> None:
    store, alerts, views = PostgresEventStore(pool), AlertLog(), PostgresOrderViews(pool)
    runner = a_runner(pool, notices=alerts)
    bad, good = Story("ord_bad"), Story("ord_good")
    await tell(store, "ord_bad", bad.created())
    await store.append("ord_bad", 2, "nonsense", [NONSENSE], EventMetadata())
    await tell(store, "ord_good", good.paid())

    await project_all(runner)

    assert await views.get("ord_good") == fold(good.paid())
    assert await views.get("ord_bad") == fold(bad.created())
    (parked,) = (await projection_health(pool)).parked
    assert (parked.order_id, parked.version) == ("ord_bad", 3)
    assert "OrderTeleported" in parked.error
    assert [(alert.order_id, alert.code) for alert in alerts.alerts] == [("ord_bad", "projection_stopped")]


async def test_a_stopped_stream_stays_where_it_is_until_it_is_resumed(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, views, story = PostgresEventStore(pool), PostgresOrderViews(pool), Story("ord_1")
    runner = a_runner(pool)
    with monkeypatch.context() as broken:
        broken.setattr("adapters.postgres.projections.streams.decode", _cannot_read_payments)
        await tell(store, "ord_1", story.paid()[:3])
        await project_all(runner)
    await tell(store, "ord_1", story.paid())
    await project_all(runner)
    stopped = await views.get("ord_1")

    went_on = await resume(pool, "orders")

    assert stopped is not None
    assert stopped.version == 2
    assert went_on == ("ord_1",)
    assert await views.get("ord_1") == fold(story.paid())
    assert (await projection_health(pool)).parked == ()


async def test_a_stream_whose_event_is_still_bad_is_parked_again(pool: Pool) -> None:
    store = PostgresEventStore(pool)
    await store.append("ord_1", 0, "nonsense", [NONSENSE], EventMetadata())
    await project_all(a_runner(pool))

    went_on = await resume(pool, "orders", "ord_1")

    assert went_on == ()
    assert [stream.order_id for stream in (await projection_health(pool)).parked] == ["ord_1"]


async def test_an_order_that_cannot_be_written_stops_alone(pool: Pool) -> None:
    """Its events fold well, but the database refuses the row: here by a rule that this test adds."""
    store, views = PostgresEventStore(pool), PostgresOrderViews(pool)
    await pool.execute("ALTER TABLE order_summary ADD CHECK (total < 1000000)")
    await tell(store, "ord_huge", Story("ord_huge", price=2_000_000).created())
    await tell(store, "ord_1", Story("ord_1").created())

    await project_all(a_runner(pool))

    assert await views.get("ord_1") == fold(Story("ord_1").created())
    assert [stream.order_id for stream in (await projection_health(pool)).parked] == ["ord_huge"]


async def test_lag_is_the_age_of_the_oldest_unprocessed_event(pool: Pool) -> None:
    await tell(PostgresEventStore(pool), "ord_1", Story("ord_1").created())
    recorded = await pool.fetchval(
        "SELECT clock_timestamp() - recorded_at FROM order_events WHERE version = 1"
    )

    behind = await projection_health(pool)
    await project_all(a_runner(pool))
    level = await projection_health(pool)

    assert recorded <= behind.lag < recorded + timedelta(seconds=5)
    assert (level.lag, level.position) == (timedelta(0), 2)


def _cannot_read_payments(stored: EventRecord) -> object:
    from domain.order.encoding import decode

    if stored.event_type == "PaymentRequested":
        raise KeyError("payment_key")
    return decode(stored)
