"""What every keeper of rights to virtual goods promises, over memory and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from adapters.clock import RandomIds
from adapters.memory.entitlements import MemoryEntitlements
from adapters.postgres.entitlements import PostgresEntitlements
from adapters.postgres.pool import open_pool
from domain.order.shipments import Units
from domain.ports.entitlements import EntitledLine, Entitlements

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(days=2)
SONG, FILM = EntitledLine(1, "song", 3), EntitledLine(4, "film", 1)


@pytest.fixture(params=["memory", "postgres"])
async def entitlements(request: pytest.FixtureRequest) -> AsyncIterator[Entitlements]:
    if request.param == "memory":
        yield MemoryEntitlements(RandomIds())
        return
    url = request.getfixturevalue("contract_database")
    pool = await open_pool(url, application="test", largest=8)
    await pool.execute("DELETE FROM entitlements")
    yield PostgresEntitlements(pool, RandomIds())
    await pool.close()


async def test_each_line_gets_a_right_with_a_code_of_its_own(entitlements: Entitlements) -> None:
    issued = await entitlements.issue("ord_1", [FILM, SONG], NOW)

    assert [(each.line, each.sku, each.quantity) for each in issued] == [(1, "song", 3), (4, "film", 1)]
    assert {(each.order_id, each.issued_at, each.revoked_at) for each in issued} == {("ord_1", NOW, None)}
    assert len({each.code for each in issued}) == 2
    assert min(len(each.code) for each in issued) > 20
    assert await entitlements.of_order("ord_1") == issued


async def test_issuing_again_gives_what_was_issued(entitlements: Entitlements) -> None:
    first = await entitlements.issue("ord_1", [SONG], NOW)

    assert await entitlements.issue("ord_1", [SONG], LATER) == first


async def test_ten_workers_at_once_issue_one_right(entitlements: Entitlements) -> None:
    answers = await asyncio.gather(*(entitlements.issue("ord_1", [SONG, FILM], NOW) for _ in range(10)))

    assert set(answers) == {await entitlements.of_order("ord_1")}


async def test_a_right_ends_with_its_last_unit(entitlements: Entitlements) -> None:
    await entitlements.issue("ord_1", [SONG, FILM], NOW)

    await entitlements.revoke("ord_1", [Units(1, 2)], LATER)
    song, film = await entitlements.of_order("ord_1")
    assert (song.quantity, song.revoked_at, film.quantity) == (1, None, 1)

    await entitlements.revoke("ord_1", [Units(1, 3), Units(4, 1)], LATER)
    song, film = await entitlements.of_order("ord_1")
    assert (song.quantity, song.revoked_at) == (0, LATER)
    assert (film.quantity, film.revoked_at) == (0, LATER)


async def test_repeated_and_late_words_change_nothing(entitlements: Entitlements) -> None:
    await entitlements.issue("ord_1", [SONG, FILM], NOW)
    await entitlements.revoke("ord_1", [Units(1, 2), Units(4, 1)], NOW)
    known = await entitlements.of_order("ord_1")

    await entitlements.revoke("ord_1", [Units(1, 1)], LATER)
    await entitlements.revoke("ord_1", [Units(1, 2), Units(4, 1)], LATER)

    assert await entitlements.of_order("ord_1") == known


async def test_more_than_there_is_ends_the_right_and_nothing_else(entitlements: Entitlements) -> None:
    await entitlements.issue("ord_1", [SONG], NOW)
    await entitlements.issue("ord_2", [SONG], NOW)

    await entitlements.revoke("ord_1", [Units(1, 9), Units(7, 1)], LATER)

    assert [each.revoked_at for each in await entitlements.of_order("ord_1")] == [LATER]
    assert [each.quantity for each in await entitlements.of_order("ord_2")] == [3]


async def test_what_was_revoked_is_not_issued_again(entitlements: Entitlements) -> None:
    await entitlements.issue("ord_1", [FILM], NOW)
    await entitlements.revoke("ord_1", [Units(4, 1)], NOW)

    again = await entitlements.issue("ord_1", [FILM], LATER)

    assert [each.revoked_at for each in again] == [NOW]


async def test_an_order_without_virtual_goods_has_no_rights(entitlements: Entitlements) -> None:
    assert list(await entitlements.of_order("ord_unknown")) == []
