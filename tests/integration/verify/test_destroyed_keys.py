"""The database itself brings no destroyed key back, whoever asks."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import pytest

from adapters.postgres.buyer_keys import PostgresBuyerKeys
from domain.ports.buyer_keys import BuyerKey
from tests.integration.verify.conftest import Archive
from tests.support.builders import NOON


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE buyer_keys SET wrapped = 'x', erased_at = NULL, erased_by = NULL WHERE buyer_id = 'b'",
        "UPDATE buyer_keys SET buyer_id = 'c' WHERE buyer_id = 'b'",
        "DELETE FROM buyer_keys WHERE buyer_id = 'b'",
    ],
)
async def test_a_destroyed_key_stays_destroyed(archive: Archive, statement: str) -> None:
    keys = PostgresBuyerKeys(archive.pool)
    await keys.destroy("b", "key-b", "operator", NOON + timedelta(days=1))

    with pytest.raises(asyncpg.RestrictViolationError):
        await archive.pool.execute(statement)

    assert (await keys.get_or_add(BuyerKey("x", "b", b"new", "m"))).is_destroyed


async def test_a_key_that_is_in_use_is_not_removed_either(archive: Archive) -> None:
    keys = PostgresBuyerKeys(archive.pool)
    await keys.get_or_add(BuyerKey("key-d", "d", b"wrapped", "m"))

    with pytest.raises(asyncpg.RestrictViolationError):
        await archive.pool.execute("DELETE FROM buyer_keys WHERE buyer_id = 'd'")
