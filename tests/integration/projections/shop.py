"""Orders in the store, told event by event, and projections that are brought up to them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from adapters.postgres.events import PostgresEventStore
from adapters.postgres.feed import PostgresEventFeed
from adapters.postgres.projections.registry import PROJECTIONS
from adapters.postgres.projections.runner import Pace, ProjectionRunner
from domain.events import EventMetadata
from domain.order.encoding import encode
from tests.support.builders import NOON, OrderBuilder, an_order, cny

if TYPE_CHECKING:
    import asyncpg

    from adapters.postgres.pool import Pool
    from domain.order.events import OrderEvent

DAY = timedelta(days=1)


def a_cart(order_id: str = "ord_1", at: datetime = NOON, buyer: str = "buyer-1") -> OrderBuilder:
    """Two mugs at 10.00 of shop-7 and a tea at 20.00 of shop-9; 5.00 for delivery."""
    story = an_order(order_id, buyer)
    story.now = at
    story.with_line("mug", 2, cny(1_000)).with_line("tea", 1, cny(2_000), merchant="shop-9")
    return story.with_delivery_fee(cny(500))


def returned(order_id: str = "ord_1", at: datetime = NOON, after: timedelta = 3 * DAY) -> OrderBuilder:
    """A delivered cart of which one mug came back, and was paid back some days later."""
    story = a_cart(order_id, at).paid().planned((1, 2, "north"), (2, 1, "south"))
    story.booked(1).booked(2).handed_over(1).handed_over(2).arrived(1).arrived(2)
    story.asked_to_return((1, 1)).return_agreed().goods_returned((1, 1))
    story.now += after
    (refund,) = story.order.refunds
    return story.refunded(refund.amount, refund.key)


async def tell(pool: Pool, *stories: OrderBuilder) -> None:
    """Append what is not in the streams yet, one event of each story after the other, in turn."""
    store = PostgresEventStore(pool)
    heads = [await store.head(story.order_id) for story in stories]
    longest = max(len(story.events) for story in stories)
    for version in range(longest):
        for story, head in zip(stories, heads, strict=True):
            if head <= version < len(story.events):
                await append(store, story.order_id, version, story.events[version])


async def append(store: PostgresEventStore, order_id: str, version: int, event: OrderEvent) -> None:
    await store.append(order_id, version, f"step-{version}", [encode(event)], EventMetadata())


async def project(pool: Pool, *names: str, batch: int = 2_000) -> None:
    """Bring projections to the end of the feed, all of them when none is named."""
    for name in names or PROJECTIONS:
        runner = ProjectionRunner(
            pool,
            PostgresEventFeed(pool),
            f"test-{name}",
            projection=PROJECTIONS[name],
            pace=Pace(batch=batch),
        )
        while await runner.step():
            pass


async def rows(pool: Pool, name: str) -> dict[str, list[tuple[Any, ...]]]:
    """Everything in the tables of a projection, sorted."""
    found = {}
    for table in PROJECTIONS[name].tables:
        records: list[asyncpg.Record] = await pool.fetch(f"SELECT * FROM {table.name} ORDER BY 1, 2, 3")
        found[table.name] = [tuple(map(str, record)) for record in records]
    return found
