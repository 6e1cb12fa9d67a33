"""Whoever changes what is stored, however they do it, is found by the check that promises so."""

from __future__ import annotations

import asyncpg
import pytest

from domain.events import EventMetadata, EventRecord
from ops.verify.running import Wanted
from tests.integration.events.stories import NOON
from tests.integration.verify.conftest import Archive

NAMES = (
    "hash chain",
    "stream heads",
    "bodies",
    "folds",
    "snapshots",
    "projections",
    "erasures",
    "stock books",
    "settlements",
)


async def test_what_nobody_has_touched_is_right_in_every_check(archive: Archive) -> None:
    found = await archive.verified()

    assert tuple(found) == NAMES
    assert {name: tally.shown for name, tally in found.items() if tally.wrong} == {}
    assert min(tally.counted for tally in found.values()) > 0
    events = await archive.pool.fetchval("SELECT count(*) FROM order_events")
    assert found["hash chain"].counted == events
    assert found["bodies"].counted == await archive.pool.fetchval("SELECT count(body) FROM order_events")


@pytest.mark.parametrize(
    ("check", "told", "statements"),
    [
        (
            "hash chain",
            "ord_1 version 2: does not fit to its link, or to the event before it",
            [
                (
                    "UPDATE order_events SET data = jsonb_set(data, '{total,amount}', '1')"
                    " WHERE order_id = 'ord_1' AND version = 2"
                )
            ],
        ),
        (
            "hash chain",
            "ord_1 version 3: does not fit to its link, or to the event before it",
            [
                (
                    'UPDATE order_events SET metadata = \'{"actor": "somebody else"}\''
                    " WHERE order_id = 'ord_1' AND version = 3"
                )
            ],
        ),
        (
            "hash chain",
            "ord_1 version 1: does not fit to its link, or to the event before it",
            [
                (
                    "UPDATE order_events SET occurred_at = occurred_at - interval '1 day'"
                    " WHERE order_id = 'ord_1' AND version = 1"
                )
            ],
        ),
        (
            "hash chain",
            "price:prp_1 version 2: does not fit to its link, or to the event before it",
            ["UPDATE order_events SET link = sha256('x') WHERE order_id = 'price:prp_1' AND version = 2"],
        ),
        (
            "stream heads",
            "ord_2: version 3 where 2 should be",
            ["DELETE FROM order_events WHERE order_id = 'ord_2' AND version = 2"],
        ),
        (
            "stream heads",
            "ord_2: ends at version 3, its head says 4",
            ["DELETE FROM order_events WHERE order_id = 'ord_2' AND version = 4"],
        ),
        (
            "stream heads",
            "ord_3: its head has another link than its newest event",
            ["UPDATE order_streams SET link = sha256('x') WHERE order_id = 'ord_3'"],
        ),
        (
            "stream heads",
            "ord_3 version 2: stands before its predecessor in the feed",
            ["UPDATE order_events SET position = -1 WHERE order_id = 'ord_3' AND version = 2"],
        ),
        (
            "bodies",
            "ord_1 version 2: goods, line_goods, lines, total differ",
            [
                (
                    "UPDATE order_events e SET body = f.body FROM order_events f WHERE e.order_id = 'ord_1'"
                    " AND e.version = 2 AND f.order_id = 'ord_3' AND f.version = 2"
                )
            ],
        ),
        (
            "folds",
            "ord_1 version 3: UnknownEventTypeError",
            ["UPDATE order_events SET event_type = 'PaymentDreamt' WHERE order_id = 'ord_1' AND version = 3"],
        ),
        (
            "folds",
            "ord_4 version 3: ",
            [
                (
                    "UPDATE order_events e SET event_type = f.event_type, data = f.data FROM order_events f"
                    " WHERE e.order_id = 'ord_4' AND e.version = 3 AND f.order_id = 'ord_5' AND f.version = 6"
                )
            ],
        ),
        (
            "snapshots",
            "ord_1 version 4: another state than the events give",
            [
                (
                    "UPDATE aggregate_snapshots SET data = replace(convert_from(data, 'UTF8'),"
                    " 'buyer_1', 'buyer_9')::bytea WHERE stream_id = 'ord_1'"
                )
            ],
        ),
        (
            "projections",
            "orders: order_summary: ord_3: missing",
            ["DELETE FROM order_summary WHERE id = 'ord_3'"],
        ),
        (
            "erasures",
            "buyer_9: the key is destroyed, but no event says so",
            [
                (
                    "INSERT INTO buyer_keys (buyer_id, key_id, wrapped, wrapped_by, erased_by, erased_at)"
                    " VALUES ('buyer_9', 'k9', '', '', 'nobody', now())"
                )
            ],
        ),
        (
            "erasures",
            "buyer_4: erased by its events, but the key is there",
            [
                "ALTER TABLE buyer_keys DISABLE TRIGGER USER",
                "DELETE FROM buyer_keys WHERE buyer_id = 'buyer_4'",
            ],
        ),
        (
            "stock books",
            "held: goods tea: counted 3, holds say 2",
            ["UPDATE stock_items SET held = held + 1"],
        ),
        (
            "settlements",
            "divided: ",
            [
                "ALTER TABLE settlement_entries DISABLE TRIGGER USER",
                "UPDATE settlement_entries SET goods = goods + 1 WHERE party = 'merchant:tea'",
            ],
        ),
    ],
)
async def test_what_somebody_has_planted_is_named(
    archive: Archive, check: str, told: str, statements: list[str]
) -> None:
    await archive.plant(*statements)

    found = (await archive.faults())[check]

    assert any(line.startswith(told) for line in found), found


async def test_events_without_a_head_are_found(archive: Archive) -> None:
    await archive.plant(
        "SET LOCAL session_replication_role = replica", "DELETE FROM order_streams WHERE order_id = 'ord_2'"
    )

    assert "ord_2: has events and no head" in (await archive.faults())["stream heads"]


@pytest.mark.parametrize(
    ("column", "planted"),
    [
        ("metadata", """metadata || '{"mood": "bad"}'"""),
        ("metadata", """'{"actor": 7}'"""),
        ("data", "'{}'"),
        ("data", """'{"order_id": null, "total": "much", "provider": 7}'"""),
        ("body", "'\\x00ff'"),
        ("body", "NULL"),
        ("schema_version", "99"),
    ],
)
async def test_whatever_an_event_was_made_into_it_is_named_and_the_rest_is_checked(
    archive: Archive, column: str, planted: str
) -> None:
    untouched = await archive.verified()
    await archive.plant(
        f"UPDATE order_events SET {column} = {planted} WHERE order_id = 'ord_2' AND version = 3"
    )

    found = await archive.verified()

    assert [line for tally in found.values() for line in tally.shown if line.startswith("ord_2 version 3: ")]
    assert found["hash chain"].counted == untouched["hash chain"].counted
    assert found["stream heads"].counted == untouched["stream heads"].counted


async def test_a_stream_that_is_not_there_is_not_called_right(archive: Archive) -> None:
    assert await archive.faults(Wanted(stream="ord_nowhere")) == {
        "stream heads": ["ord_nowhere: there is no such stream"]
    }


async def test_one_stream_without_its_head_is_found_when_it_is_verified_alone(archive: Archive) -> None:
    await archive.plant(
        "SET LOCAL session_replication_role = replica", "DELETE FROM order_streams WHERE order_id = 'ord_2'"
    )

    assert await archive.faults(Wanted(stream="ord_2")) == {"stream heads": ["ord_2: has events and no head"]}


async def test_a_stream_of_a_kind_that_nobody_knows_is_named(archive: Archive) -> None:
    event = EventRecord("CupWashed", 1, {}, NOON)
    await archive.store.append("cup:1", 0, "wash", [event], EventMetadata())

    assert (await archive.faults())["folds"] == ["cup:1: nobody here knows what streams of this kind are"]


async def test_a_snapshot_that_cannot_be_read_is_named(archive: Archive) -> None:
    await archive.plant("UPDATE aggregate_snapshots SET data = '{' WHERE stream_id = 'ord_1'")

    assert (await archive.faults())["snapshots"] == ["ord_1 version 4: cannot be read"]


async def test_one_stream_can_be_verified_alone(archive: Archive) -> None:
    await archive.plant("UPDATE order_events SET link = sha256('x') WHERE order_id = 'ord_1' AND version = 1")

    assert "hash chain" in await archive.faults(Wanted(stream="ord_1"))
    other = await archive.verified(Wanted(stream="ord_2"))
    assert tuple(other) == NAMES[:4]
    assert (other["hash chain"].counted, other["hash chain"].wrong) == (4, 0)


async def test_verifying_can_write_nothing(archive: Archive) -> None:
    from adapters.postgres.pool import open_reading_pool

    pool = await open_reading_pool(archive.url, application="test")
    try:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await pool.execute("UPDATE stock_items SET held = 0")
    finally:
        await pool.close()
