"""Events of releases that knew no hash chain are chained when the schema is brought up to date."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from adapters.postgres.events import PostgresEventStore
from adapters.postgres.migrations import chaining, migrate
from adapters.postgres.pool import open_pool
from domain.events import EventMetadata, EventRecord
from tests.integration.events.former_releases import append_unchained, migrate_to
from tests.integration.events.stories import NOON
from tests.support.chains import links_of

BEFORE = "0014"


def noted(**data: object) -> EventRecord:
    return EventRecord("Noted", 1, data, NOON)


@pytest.mark.parametrize("page", [1, 3, chaining.PAGE])
async def test_stored_events_are_chained_and_go_on_in_one_chain(
    empty_database: str, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(chaining.chain_what_is_stored, "__defaults__", (page,))
    await asyncio.to_thread(migrate_to, BEFORE, empty_database)
    pool = await open_pool(empty_database, application="test")
    try:
        for stream in ("ord_1", "ord_2", "Ord_3"):
            await append_unchained(pool, stream, 0, "a", [noted(n=2**62), noted(note="订单")])
            await append_unchained(
                pool, stream, 2, "b", [noted()], metadata=EventMetadata(actor="", run_id="r")
            )

        await asyncio.to_thread(migrate, empty_database)

        store = PostgresEventStore(pool)
        repeat = await store.append("ord_1", 0, "a", [noted(n=2**62), noted(note="订单")], EventMetadata())
        await store.append("ord_1", 3, "c", [noted(last=True)], EventMetadata())
        for stream, length in (("ord_1", 4), ("ord_2", 3), ("Ord_3", 3)):
            events = await store.read(stream)
            assert len(events) == length
            assert [event.link for event in events] == links_of(stream, events)
    finally:
        await pool.close()
    assert repeat.repeated


async def test_an_owner_without_special_rights_can_bring_the_schema_up_to_date(owned_database: str) -> None:
    """And has no right to change events afterwards, nor before."""
    await asyncio.to_thread(migrate_to, BEFORE, owned_database)
    pool = await open_pool(owned_database, application="test")
    try:
        await append_unchained(pool, "ord_1", 0, "a", [noted()])

        await asyncio.to_thread(migrate, owned_database)

        events = await PostgresEventStore(pool).read("ord_1")
        assert [event.link for event in events] == links_of("ord_1", events)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute("UPDATE order_events SET link = ''")
    finally:
        await pool.close()


async def test_the_trigger_is_back_after_the_upgrade(empty_database: str) -> None:
    await asyncio.to_thread(migrate, empty_database)
    pool = await open_pool(empty_database, application="test")
    try:
        with pytest.raises(asyncpg.RestrictViolationError, match="only ever added"):
            await pool.execute("UPDATE order_events SET link = ''")
    finally:
        await pool.close()
