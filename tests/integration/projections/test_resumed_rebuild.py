"""A rebuild that was killed goes on where it was; what it had done is neither lost nor done again."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from adapters.postgres.events import PostgresEventStore
from adapters.postgres.projections import checkpoints, crew, loading, rebuilds
from adapters.postgres.projections.checkpoints import CheckpointMovedError
from adapters.postgres.projections.health import projection_health
from adapters.postgres.projections.rebuild import RebuildRunningError, rebuild
from adapters.postgres.projections.registry import PROJECTIONS
from domain.events import EventMetadata, EventRecord
from tests.integration.projections.shop import a_cart, project, returned, rows, tell
from tests.support.builders import NOON

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

EVERY = pytest.mark.parametrize("name", [name for name in PROJECTIONS if name != "price_audit"])
HEARD = list[tuple[int, int]]
SOON = timedelta(seconds=10)


class KilledError(Exception):
    """What happens to the process in these tests."""


@pytest.fixture
def by_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two streams in every transaction."""
    monkeypatch.setattr(loading, "STREAMS", 2)


async def killed_after(pool: Pool, name: str, steps: int) -> HEARD:
    """Rebuild until progress was told `steps` times, then die without a word, as a killed process does."""
    heard: HEARD = []

    def told(reached: int, goal: int) -> None:
        heard.append((reached, goal))
        if len(heard) == steps:
            raise KilledError

    with pytest.raises(KilledError):
        await rebuild(pool, "killed", projection=PROJECTIONS[name], progress=told)
    await pool.execute("UPDATE projection_checkpoints SET seen_at = '-infinity'")  # its lease has passed
    return heard


async def ten_orders(pool: Pool) -> None:
    await tell(pool, *(returned(f"ord_{number}") for number in range(10)))


@EVERY
@pytest.mark.usefixtures("by_two")
async def test_a_killed_rebuild_goes_on_where_it_was(pool: Pool, name: str) -> None:
    await ten_orders(pool)
    await project(pool, name)
    before = await rows(pool, name)
    died_at = (await killed_after(pool, name, 3))[-1][0]
    heard: HEARD = []

    await rebuild(pool, "next", projection=PROJECTIONS[name], progress=lambda *told: heard.append(told))

    assert heard[0][0] > died_at > 0
    assert heard[-1][0] == heard[-1][1]
    assert await rows(pool, name) == before


# In the transaction of each of these, and right before or after what it does there.
STEPS = {
    "making the tables": "beside.create",
    "beginning": "rebuilds.begin",
    "writing rows": "loading._write",
    "remembering a chunk": "rebuilds.keep",
    "making indexes": "beside.index",
    "catching up": "rebuild.write_page",
    "changing places": "beside.swap",
    "parking": "parking.rename",
    "moving the checkpoint": "checkpoints.move",
    "forgetting": "rebuilds.forget",
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.usefixtures("by_two")
async def test_killed_at_any_step_the_next_start_makes_the_same_rows(
    pool: Pool, step: str, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tell(pool, *(returned(f"ord_{number}") for number in range(5)))
    await project(pool, "sales_daily")
    before = await rows(pool, "sales_daily")
    module, name = STEPS[step].split(".")
    target = import_module(f"adapters.postgres.projections.{module}")
    whole = getattr(target, name)

    async def killed(*arguments: Any, **options: Any) -> None:
        if when == "after":
            await whole(*arguments, **options)
        raise KilledError

    with monkeypatch.context() as dying:
        dying.setattr(target, name, killed)
        with pytest.raises(KilledError):
            await rebuild(pool, "killed", projection=PROJECTIONS["sales_daily"])
    assert await rows(pool, "sales_daily") == before
    await pool.execute("UPDATE projection_checkpoints SET seen_at = '-infinity'")

    await rebuild(pool, "next", projection=PROJECTIONS["sales_daily"])

    assert await rows(pool, "sales_daily") == before
    assert await pool.fetchval("SELECT count(*) FROM projection_rebuilds") == 0
    assert await pool.fetchval("SELECT array_agg(name) FROM projection_checkpoints") == ["sales_daily"]


@pytest.mark.usefixtures("by_two")
async def test_what_happened_while_nobody_rebuilt_is_in_the_new_tables_too(pool: Pool) -> None:
    await ten_orders(pool)
    await project(pool, "sales_daily")
    await killed_after(pool, "sales_daily", 2)
    await tell(pool, a_cart("ord_0_later").paid(), a_cart("ord_z").paid())
    await project(pool, "sales_daily")
    followed = await rows(pool, "sales_daily")

    await rebuild(pool, "next", projection=PROJECTIONS["sales_daily"])

    assert await rows(pool, "sales_daily") == followed


@pytest.mark.usefixtures("by_two")
async def test_killed_while_catching_up_it_does_not_load_again(pool: Pool) -> None:
    await ten_orders(pool)
    heard = await killed_after(pool, "orders", 6)  # five times two streams, then the first page
    again: HEARD = []

    await rebuild(pool, "next", progress=lambda *told: again.append(told))

    assert heard[-1][0] == again[0][0]
    assert await pool.fetchval("SELECT count(*) FROM order_views") == 10


@pytest.mark.usefixtures("by_two")
async def test_anew_begins_from_the_first_stream(pool: Pool) -> None:
    await ten_orders(pool)
    died_at = (await killed_after(pool, "orders", 3))[-1][0]
    heard: HEARD = []

    await rebuild(pool, "next", anew=True, progress=lambda *told: heard.append(told))

    assert heard[0][0] < died_at
    assert await pool.fetchval("SELECT count(*) FROM order_views") == 10


@pytest.mark.usefixtures("by_two")
async def test_another_release_does_not_go_on_with_rows_of_its_own_shape(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ten_orders(pool)
    died_at = (await killed_after(pool, "orders", 3))[-1][0]
    monkeypatch.setattr(rebuilds, "this_release", lambda: "another")
    heard: HEARD = []

    await rebuild(pool, "next", progress=lambda *told: heard.append(told))

    assert heard[0][0] < died_at


@pytest.mark.usefixtures("by_two")
async def test_a_rebuild_that_was_taken_over_writes_no_more(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It hung for longer than its lease, and somebody else goes on with it."""
    await ten_orders(pool)
    read = loading._next

    async def hanging(*arguments: Any) -> object:
        if arguments[2] == "ord_3":  # the third chunk; the second one is made by now, and not yet written
            async with pool.acquire() as session:
                assert await checkpoints.claim(session, "orders:rebuild", "other", timedelta(0))
        return await read(*arguments)

    with monkeypatch.context() as slow:
        slow.setattr(loading, "_next", hanging)
        with pytest.raises(CheckpointMovedError):
            await rebuild(pool, "hanging")
    written = await pool.fetchval("SELECT count(*) FROM order_views_next")

    await rebuild(pool, "other")

    assert written == 2
    assert await pool.fetchval("SELECT count(*) FROM order_views") == 10
    assert await pool.fetchval("SELECT count(*) FROM projection_rebuilds") == 0


async def test_a_start_right_after_a_kill_waits_until_the_dead_one_is_known_to_be(pool: Pool) -> None:
    await ten_orders(pool)
    with pytest.raises(KilledError):
        await rebuild(pool, "killed", progress=_dies)

    with pytest.raises(RebuildRunningError):
        await rebuild(pool, "impatient")
    await rebuild(pool, "patient", patience=SOON)

    assert await pool.fetchval("SELECT count(*) FROM order_views") == 10


def _dies(_reached: int, _goal: int) -> None:
    raise KilledError


@pytest.mark.parametrize("name", ["orders", "sales_daily"])
@pytest.mark.usefixtures("by_two")
async def test_several_processes_make_the_same_rows_as_one(
    pool: Pool, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ten_orders(pool)
    nonsense = EventRecord("OrderTeleported", 1, {"where": "moon"}, NOON)
    await PostgresEventStore(pool).append("ord_bad", 0, "nonsense", [nonsense], EventMetadata())
    await project(pool, name)
    before = await rows(pool, name)
    monkeypatch.setattr(crew, "MANY_EVENTS", 1)

    await rebuild(pool, "crew", projection=PROJECTIONS[name])

    assert await rows(pool, name) == before
    assert [stream.order_id for stream in (await projection_health(pool, name)).parked] == ["ord_bad"]


async def test_a_row_that_the_database_refuses_stops_its_stream_alone(pool: Pool) -> None:
    await ten_orders(pool)
    await pool.execute("ALTER TABLE order_summary ADD CHECK (id <> 'ord_3')")

    await rebuild(pool, "rebuilder")

    assert [stream.order_id for stream in (await projection_health(pool)).parked] == ["ord_3"]
    assert await pool.fetchval("SELECT count(*) FROM order_summary") == 9
