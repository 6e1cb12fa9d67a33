"""What the stock consumer counts from messages is what the stock board reads from the store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from adapters import messaging
from adapters.messaging import ConsumerName
from adapters.postgres.events import PostgresEventStore
from adapters.postgres.heard_stock import heard_stock
from adapters.protobuf.events import decode, encode
from domain.cloud_event import EventFormat, message_of
from domain.events import StoredEvent
from domain.order.whereabouts import PLACES, Whereabouts
from ops.messaging.hearing import OrderHearing
from tests.integration.projections.shop import a_cart, project, returned, tell

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

hear = OrderHearing(decode)


async def a_busy_shop(pool: Pool) -> list[StoredEvent]:
    """Orders in all states, and their events in the order of the feed."""
    stories = [
        returned("ord_1"),
        a_cart("ord_2").created(),
        a_cart("ord_3").paid(),
        a_cart("ord_4").paid().cancelled(),
        a_cart("ord_5").paid().planned((1, 2, "north"), (2, 1, "south")).booked(1).handed_over(1),
        a_cart("ord_6").created().cancelled(),
    ]
    await tell(pool, *stories)
    store = PostgresEventStore(pool)
    events = [event for story in stories for event in await store.read(story.order_id)]
    return sorted(events, key=lambda event: event.position)


async def consume(pool: Pool, events: Sequence[StoredEvent], event_format: EventFormat, batch: int) -> None:
    books = messaging.event_books(pool, ConsumerName.STOCK, hear)
    left: Iterator[StoredEvent] = iter(events)
    while several := list(islice(left, batch)):
        json = event_format is EventFormat.JSON
        bodies = [None if json else encode(e.event_type, e.schema_version, e.data) for e in several]
        messages = [message_of(event, body) for event, body in zip(several, bodies, strict=True)]
        await books.take([hear(each) for each in messages], park=False)


async def board(pool: Pool) -> dict[str, Whereabouts]:
    rows = await pool.fetch(f"SELECT sku, {', '.join(PLACES)} FROM stock_board")
    found = {row["sku"]: Whereabouts(**{place: row[place] for place in PLACES}) for row in rows}
    return {sku: where for sku, where in found.items() if where != Whereabouts()}


async def test_stock_heard_in_any_format_and_batch_agrees_with_the_stock_board(pool: Pool) -> None:
    events = await a_busy_shop(pool)
    await project(pool, "stock_board")

    await consume(pool, events, EventFormat.PROTOBUF, batch=4)

    assert await heard_stock(pool) == await board(pool) != {}

    await consume(pool, events, EventFormat.JSON, batch=500)  # all of it again: nothing is counted twice
    assert await heard_stock(pool) == await board(pool)


async def test_an_order_whose_beginning_never_came_waits_and_changes_nothing(pool: Pool) -> None:
    events = [event for event in await a_busy_shop(pool) if event.stream_id == "ord_3"]
    books = messaging.event_books(pool, ConsumerName.STOCK, hear)

    taken = await books.take([hear(message_of(event, None)) for event in events[1:]], park=False)

    assert taken.applied == 0
    assert set(taken.errors.values()) == {"version 1 is missing"}
    assert await heard_stock(pool) == {}
