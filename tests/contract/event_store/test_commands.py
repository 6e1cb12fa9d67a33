"""A command is carried out once, however often it comes, and its key never stands for another one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.events import EventMetadata, EventRecord
from domain.ports.events import CommandKeyReusedError, VersionConflictError
from tests.contract.event_store.shelf import NOON, Shelf, happened


async def test_a_repeated_command_writes_nothing_and_gets_the_first_answer(shelf: Shelf) -> None:
    """message-db: a message id is unique, so a repeated write has no effect."""
    first = await shelf.append(happened(), happened("OrderCreated"))

    again = await shelf.append(happened(), happened("OrderCreated"))

    assert again == replace(first, repeated=True)
    assert await shelf.store.head(shelf.stream) == 2


async def test_a_repeat_is_known_by_its_key_whatever_version_it_expects(shelf: Shelf) -> None:
    first = await shelf.append(happened())
    await shelf.append(happened("OrderCancelled"), after=1, key="cancel")

    again = await shelf.append(happened(), after=2)

    assert again == replace(first, repeated=True)
    assert await shelf.store.head(shelf.stream) == 2


async def test_a_repeat_in_the_middle_of_a_stream_gets_its_own_answer(shelf: Shelf) -> None:
    await shelf.append(happened())
    second = await shelf.append(happened("A"), happened("B"), after=1, key="pay")
    await shelf.append(happened("C"), after=3, key="cancel")

    again = await shelf.append(happened("A"), happened("B"), after=1, key="pay")

    assert again == replace(second, repeated=True)


async def test_a_repeat_by_another_run_of_the_workflow_is_still_a_repeat(shelf: Shelf) -> None:
    await shelf.append(happened(), metadata=EventMetadata(run_id="run-1"))

    again = await shelf.append(happened(), metadata=EventMetadata(run_id="run-2"))

    assert again.repeated
    assert [event.metadata.run_id for event in await shelf.read()] == ["run-1"]


async def test_the_order_of_json_keys_does_not_make_other_content(shelf: Shelf) -> None:
    await shelf.append(happened(a=1, b={"x": 1, "y": 2}))

    again = await shelf.append(happened(b={"y": 2, "x": 1}, a=1))

    assert again.repeated


@pytest.mark.parametrize(
    "other",
    [
        [happened(amount=2)],
        [happened("OrderCreated", amount=1)],
        [replace(happened(amount=1), occurred_at=NOON + timedelta(microseconds=1))],
        [replace(happened(amount=1), schema_version=2)],
        [happened(amount=1), happened(amount=1)],
    ],
    ids=["data", "type", "time", "schema", "number"],
)
async def test_the_same_key_with_other_content_is_refused(shelf: Shelf, other: list[EventRecord]) -> None:
    await shelf.append(happened(amount=1))

    with pytest.raises(CommandKeyReusedError):
        await shelf.append(*other)

    assert [event.data for event in await shelf.read()] == [{"amount": 1}]


async def test_the_same_key_in_another_stream_is_another_command(shelf: Shelf) -> None:
    await shelf.append(happened())

    assert not (await shelf.another().append(happened())).repeated


async def test_a_command_that_was_refused_may_come_again_under_its_key(shelf: Shelf) -> None:
    await shelf.append(happened())
    with pytest.raises(VersionConflictError):
        await shelf.append(happened("OrderCancelled"), key="cancel")

    answer = await shelf.append(happened("OrderCancelled"), after=1, key="cancel")

    assert not answer.repeated
