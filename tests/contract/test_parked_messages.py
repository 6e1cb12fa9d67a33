"""What is promised of messages that stand aside, over memory and PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from domain.ports.brokers import Message
from tests.support.heard_events import Books, a_message, books_over, heard

ODD = Message("order-events", "", "x:1", b"\x00\xff no json", {"ce-type": "nobody's"})


@pytest.fixture(params=["memory", "postgres"])
async def books(request: pytest.FixtureRequest) -> AsyncIterator[Books]:
    url = request.getfixturevalue("fresh_database") if request.param == "postgres" else ""
    async with books_over(request.param, url) as made:
        yield made


async def test_a_message_of_no_stream_is_kept_whole_and_once(books: Books) -> None:
    await books.consumption.set_aside(ODD, "no CloudEvent")
    await books.consumption.set_aside(ODD, "no CloudEvent")

    (kept,) = await books.consumption.parked()
    assert (kept.message, kept.error, kept.stream_id) == (ODD, "no CloudEvent", "")


async def test_two_messages_under_one_id_are_both_kept(books: Books) -> None:
    await books.consumption.set_aside(ODD, "no CloudEvent")
    await books.consumption.set_aside(replace(ODD, body=b"other"), "no CloudEvent")
    await books.consumption.set_aside(replace(ODD, headers={}), "no CloudEvent")

    assert len(await books.consumption.parked()) == 3


async def test_a_message_aside_holds_up_nobody_whose_id_it_bears(books: Books) -> None:
    await books.consumption.set_aside(a_message("ord_1", 1), "forged")

    taken = await books.consumption.take(heard("ord_1", 1, 2), park=False)

    assert taken.applied == 2


async def test_each_is_forwarded_until_somebody_says_that_it_was(books: Books) -> None:
    await books.consumption.set_aside(ODD, "no CloudEvent")
    books.bad = {"ord_1:1"}
    await books.consumption.take(heard("ord_1", 1, 2), park=True)

    first = await books.consumption.to_forward(limit=2)
    assert [each.message.id for each in first] == ["x:1", "ord_1:1"]
    await books.consumption.forwarded([each.number for each in first])

    assert [each.message.id for each in await books.consumption.to_forward()] == ["ord_1:2"]
    assert len(await books.consumption.parked()) == 3


async def test_no_text_is_too_odd_to_be_kept(books: Books) -> None:
    await books.consumption.set_aside(
        Message("order-events", "k\x00", "i\x00d", b"", {"a\x00": "\ud800"}), "x\x00"
    )

    assert len(await books.consumption.parked()) == 1
