"""Each event is kept with its protobuf, when its type has one, as whoever composes says it is made."""

from __future__ import annotations

from tests.contract.event_store.shelf import UNENCODED, Shelf, happened


async def test_each_event_has_the_body_that_the_encoder_made(shelf: Shelf) -> None:
    await shelf.append(happened("OrderCreated", a=1), happened("OrderCreated", a=1, b=2))

    assert [event.body for event in await shelf.read()] == [b"OrderCreated 1 1", b"OrderCreated 1 2"]


async def test_an_event_whose_type_has_no_message_has_no_body(shelf: Shelf) -> None:
    await shelf.append(happened(UNENCODED), happened("OrderCreated", a=1))

    assert [event.body for event in await shelf.read()] == [None, b"OrderCreated 1 1"]


async def test_the_feed_brings_bodies_and_links_too(shelf: Shelf) -> None:
    start = (await shelf.append(happened("OrderCreated", a=1))).positions[0]

    found = await shelf.feed_from(start - 1)

    assert found[0] == (await shelf.read())[0]
