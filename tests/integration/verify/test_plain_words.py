"""What earlier releases left readable of somebody who was erased is named by `erasures`."""

from __future__ import annotations

import pytest

from tests.integration.verify.conftest import Archive, moved


async def test_an_address_that_an_earlier_release_left_plain_is_named_when_its_buyer_is_erased(
    archive: Archive,
) -> None:
    await moved(archive, "ord_2")
    await archive.project()
    assert "erasures" not in await archive.faults()

    await archive.plant(
        "UPDATE order_summary SET buyer_id = 'buyer_4' WHERE id = 'ord_2'",
    )

    assert (await archive.faults())["erasures"] == [
        "buyer_4: erased, but an address is plain in ord_2 at version 5"
    ]


@pytest.mark.parametrize(
    ("told", "statement"),
    [
        (
            "buyer_4: erased, but words are plain in ord_4 at version 2",
            """UPDATE order_events SET data = data || '{"comment": "call Ann"}'
               WHERE order_id = 'ord_4' AND version = 2""",
        ),
        (
            "buyer_4: erased, but a note is plain at ord_4",
            """INSERT INTO order_notes (id, order_id, text, written_by, written_at)
               VALUES ('note_1', 'ord_4', 'call Ann', 'ann', now())""",
        ),
        (
            "buyer_4: erased, but the request for ord_8 has a plain address",
            """INSERT INTO order_intake (order_id, number, caller, key, digest, command, total, currency,
                                         merchants, accepted_at, due_at)
               VALUES ('ord_8', 'N8', 'api', 'k8', 'd', '{"buyer_id": "buyer_4", "address": {"street": "1"}}',
                       1, 'GBP', '{}', now(), now())""",
        ),
    ],
)
async def test_whatever_else_is_plain_of_an_erased_buyer_is_named(
    archive: Archive, told: str, statement: str
) -> None:
    await archive.plant(statement)

    assert (await archive.faults())["erasures"] == [told]
