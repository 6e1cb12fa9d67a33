"""The shelf of every store in turn; a new store adds its name in `shelf.py` and a branch here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.sqlite.connection import Synchronous
from tests.contract.event_store.shelf import STORES, Shelf, memory_shelf, postgres_shelf, sqlite_shelf


@pytest.fixture(params=STORES)
async def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shelf]:
    """An event store, empty or used by others before, and a stream of its own."""
    match request.param:
        case "memory":
            opened = memory_shelf()
        case "sqlite":
            opened = sqlite_shelf(tmp_path / "events.db")
        case "sqlite-full":
            opened = sqlite_shelf(tmp_path / "events.db", Synchronous.FULL)
        case store:
            url = request.getfixturevalue("database_url")
            opened = postgres_shelf(url, grouped=store == "postgres-grouped")
    async with opened as found:
        yield found
