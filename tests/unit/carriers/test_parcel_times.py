"""Times of one parcel strictly increase, even when the carrier's clock stands still or goes back."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from ops.sandbox.database import Database
from ops.sandbox_carrier import journal, parcels
from ops.sandbox_carrier.database import SCHEMA
from ops.sandbox_carrier.parcels import Doing
from ops.sandbox_carrier.records import Booking, Event, Item, Place

NOON = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)
LEEDS = Place("1 High Street", "Leeds", "LS1 1AA", "GB")
BOOKING = Booking("shp_1_1", "N1", "main", LEEDS, (Item("tea", "Green tea", 2),), "http://us/callbacks")


@pytest.mark.parametrize("step", [timedelta(0), timedelta(seconds=-1), timedelta(microseconds=1)])
async def test_two_events_of_a_parcel_never_share_a_millisecond(tmp_path: Path, step: timedelta):
    database = Database(tmp_path, SCHEMA)

    def life(connection: sqlite3.Connection) -> list[Event]:
        parcels.book(connection, BOOKING, NOON)
        for number, doing in enumerate((Doing.HAND_OVER, Doing.LOSE, Doing.DELIVER)):
            parcels.act(connection, "shp_1_1", doing, NOON + number * step)
        return list(journal.events_of(connection, "shp_1_1"))

    events = await database.run(life)
    database.close()
    assert len(events) == 3
    assert all(one.occurred_at < following.occurred_at for one, following in pairwise(events))
