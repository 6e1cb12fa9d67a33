"""Streams that are not orders' share the store: readers of orders pass over them, undisturbed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import asyncpg
import pytest

from adapters.postgres.events import PostgresEventStore
from adapters.postgres.feed import PostgresEventFeed
from adapters.postgres.projections.batch import resume
from adapters.postgres.projections.health import projection_health
from adapters.postgres.projections.rebuild import rebuild
from adapters.postgres.projections.runner import ProjectionRunner
from adapters.postgres.projections.views import PostgresOrderViews
from adapters.postgres.proposals import PostgresProposals
from domain.order.order import fold
from domain.ports.projections import OrderFilter
from tests.integration.events.stories import Story, tell
from tests.support.proposals import a_proposal, keep

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool


async def orders_and_reviews(pool: Pool) -> None:
    """Three orders and three proposals, event by event among each other."""
    store, proposals = PostgresEventStore(pool), PostgresProposals(pool)
    for number in range(3):
        await asyncio.gather(
            tell(store, f"ord_{number}", Story(f"ord_{number}").paid()),
            keep(proposals, a_proposal(proposal_id=f"prp_{number}").submitted().approved()),
        )


async def only_orders_are_shown(pool: Pool) -> bool:
    views = PostgresOrderViews(pool)
    shown = [await views.get(f"ord_{number}") for number in range(3)]
    listed = (await views.list(OrderFilter(), limit=100)).orders
    as_told = [fold(Story(f"ord_{number}").paid()) for number in range(3)]
    return shown == as_told and len(listed) == 3 and await views.get("price:prp_0") is None


async def newest(pool: Pool) -> int:
    position: int = await pool.fetchval("SELECT max(position) FROM order_events")
    return position


async def test_reviews_neither_stop_nor_disturb_the_projection_of_orders(pool: Pool) -> None:
    await orders_and_reviews(pool)
    runner = ProjectionRunner(pool, PostgresEventFeed(pool), "one")

    while await runner.step():
        pass

    health = await projection_health(pool)
    assert await only_orders_are_shown(pool)
    assert health.parked == ()
    assert health.position == await newest(pool)
    assert health.lag.total_seconds() == 0


async def test_the_checkpoint_goes_past_a_page_without_any_order(pool: Pool) -> None:
    await keep(PostgresProposals(pool), a_proposal().submitted())
    runner = ProjectionRunner(pool, PostgresEventFeed(pool), "one")

    while await runner.step():
        pass

    assert (await projection_health(pool)).position == await newest(pool) == 2
    assert await pool.fetchval("SELECT count(*) FROM order_views") == 0


async def test_a_rebuild_passes_over_reviews_too(pool: Pool) -> None:
    await orders_and_reviews(pool)

    reached = await rebuild(pool, "rebuilder")

    assert reached == await newest(pool)
    assert await only_orders_are_shown(pool)
    assert (await projection_health(pool)).parked == ()
    assert await resume(pool, "orders") == ()


async def test_one_feed_carries_what_happened_to_orders_and_to_prices(pool: Pool) -> None:
    await orders_and_reviews(pool)

    page = await PostgresEventFeed(pool).after(0, 100)

    assert {event.stream_id for event in page.events} == {
        *(f"ord_{number}" for number in range(3)),
        *(f"price:prp_{number}" for number in range(3)),
    }
    assert [event.position for event in page.events] == sorted(event.position for event in page.events)


async def test_the_row_and_the_event_of_a_proposal_are_one_transaction(pool: Pool) -> None:
    await pool.execute("ALTER TABLE price_proposals ADD CONSTRAINT refused CHECK (status <> 'approved')")
    story = a_proposal().submitted()
    proposals = PostgresProposals(pool)
    await keep(proposals, story)

    with pytest.raises(asyncpg.CheckViolationError):
        await keep(proposals, a_proposal().submitted().approved())

    assert await proposals.get("prp_1") == story.proposal
    assert len(await proposals.events("prp_1")) == 2
