"""What is appended is there, whole and unchanged; what is refused leaves nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain.errors import InvalidValueError
from domain.events import EventMetadata, EventRecord
from domain.ports.events import Appended, VersionConflictError
from tests.contract.event_store.shelf import NOON, Shelf, happened


async def test_what_was_appended_is_read_back_in_order_and_unchanged(shelf: Shelf) -> None:
    """pyeventsourcing, aggregate recorder: insert and select."""
    metadata = EventMetadata(correlation_id="req_1", actor="buyer", workflow_id="order:1", run_id="run-1")

    await shelf.append(happened(), happened("OrderCreated", lines=[1, None, "é"]), metadata=metadata)

    first, second = await shelf.read()
    assert (first.version, second.version) == (1, 2)
    assert second.position > first.position
    assert first.data == {"note": "订单", "amount": {"amount": 2**62, "currency": "CNY"}}
    assert (second.event_type, second.schema_version) == ("OrderCreated", 1)
    assert second.data == {"lines": [1, None, "é"]}
    assert (second.occurred_at, second.command_key, second.metadata) == (NOON, "place", metadata)
    assert second.recorded_at.tzinfo is not None


async def test_an_append_answers_the_new_version_and_the_positions(shelf: Shelf) -> None:
    """pyeventsourcing, application recorder: an insert returns the notification ids."""
    await shelf.append(happened())

    answer = await shelf.append(happened("PaymentRequested"), happened("PaymentFailed"), after=1, key="pay")

    assert answer == Appended(3, tuple(event.position for event in await shelf.read(1)), repeated=False)


async def test_the_head_is_the_newest_version_and_zero_without_a_stream(shelf: Shelf) -> None:
    """message-db: the version of a stream, and none of one that is not there."""
    assert await shelf.store.head(shelf.stream) == 0

    await shelf.append(happened(), happened("OrderCreated"))

    assert await shelf.store.head(shelf.stream) == 2


async def test_a_read_starts_after_a_version_and_stops_at_its_limit(shelf: Shelf) -> None:
    """pyeventsourcing, aggregate recorder: events between two versions."""
    await shelf.append(*(happened(n=number) for number in range(1, 6)))

    found = await shelf.store.read(shelf.stream, after=1, limit=2)

    assert [event.version for event in found] == [2, 3]
    assert list(await shelf.store.read(shelf.stream, after=5)) == []


async def test_a_stream_that_nobody_wrote_to_is_empty(shelf: Shelf) -> None:
    """pyeventsourcing, aggregate recorder: select before any insert."""
    assert await shelf.read() == []


async def test_streams_whose_names_begin_alike_are_different_streams(shelf: Shelf) -> None:
    """message-db: a stream's messages, not those of its category or of a longer name."""
    longer = replace(shelf, stream=f"{shelf.stream}0")
    await shelf.append(happened(n=1))
    await longer.append(happened(n=2), happened(n=3))

    assert [event.data for event in await shelf.read()] == [{"n": 1}]
    assert [event.data for event in await longer.read()] == [{"n": 2}, {"n": 3}]


async def test_a_large_batch_is_one_append(shelf: Shelf) -> None:
    answer = await shelf.append(*(happened(n=number) for number in range(1_000)))

    assert (answer.version, len(answer.positions)) == (1_000, 1_000)
    assert [event.data["n"] for event in await shelf.read()] == list(range(1_000))


async def test_what_the_caller_changes_afterwards_does_not_change_the_event(shelf: Shelf) -> None:
    lines = [1, 2]
    await shelf.append(EventRecord("OrderDrafted", 1, {"lines": lines}, NOON))

    lines.append(3)

    assert [event.data for event in await shelf.read()] == [{"lines": [1, 2]}]


async def test_a_time_of_another_zone_is_the_same_moment(shelf: Shelf) -> None:
    in_shanghai = datetime(2026, 3, 1, 20, 0, 0, 1, tzinfo=timezone(timedelta(hours=8)))

    await shelf.append(replace(happened(), occurred_at=in_shanghai))

    (event,) = await shelf.read()
    assert event.occurred_at == datetime(2026, 3, 1, 12, 0, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize("expected", [0, 2, 99])
async def test_who_expects_another_version_is_told_the_actual_one(shelf: Shelf, expected: int) -> None:
    """message-db: write with an expected version that the stream does not have."""
    await shelf.append(happened())

    with pytest.raises(VersionConflictError) as caught:
        await shelf.append(happened("OrderCreated"), happened(), after=expected, key="create")

    assert caught.value.facts == {"stream_id": shelf.stream, "expected": expected, "actual": 1}
    assert [event.version for event in await shelf.read()] == [1]


async def test_a_stream_cannot_begin_in_the_middle(shelf: Shelf) -> None:
    """message-db: an expected version of a stream that is not there."""
    with pytest.raises(VersionConflictError) as caught:
        await shelf.append(happened(), after=3)

    assert caught.value.facts["actual"] == 0
    assert await shelf.store.head(shelf.stream) == 0


async def test_a_stream_goes_on_after_a_refused_append(shelf: Shelf) -> None:
    """pyeventsourcing, aggregate recorder: after a conflict the next version is still free."""
    await shelf.append(happened())
    with pytest.raises(VersionConflictError):
        await shelf.append(happened("OrderCreated"), key="create")

    answer = await shelf.append(happened("OrderCreated"), after=1, key="create")

    assert (answer.version, answer.repeated) == (2, False)


BAD = {
    "no key": ("", [happened()]),
    "no events": ("place", []),
    "no type": ("place", [happened(), replace(happened(), event_type="")]),
    "schema version 0": ("place", [happened(), replace(happened(), schema_version=0)]),
    "a time without zone": ("place", [happened(), replace(happened(), occurred_at=datetime(2026, 3, 1))]),  # noqa: DTZ001 - the fault
    "NUL in the data": ("place", [happened(), happened(note="\x00")]),
    "NUL in a name": ("place", [happened(), happened(lines=[{"\x00": 1}])]),
    "NUL in the key": ("pl\x00ce", [happened()]),
    "half a character in the data": ("place", [happened(), happened(note="\ud83d")]),
    "half a character in a name": ("place", [happened(lines=[{"\ude00\ud83d": 1}])]),
    "half a character in the key": ("pl\ud800ce", [happened()]),
}


@pytest.mark.parametrize(("key", "events"), BAD.values(), ids=BAD)
async def test_what_cannot_be_an_event_is_refused_with_all_of_its_batch(
    shelf: Shelf, key: str, events: list[EventRecord]
) -> None:
    """pyeventsourcing, aggregate recorder: writing is atomic."""
    with pytest.raises(InvalidValueError):
        await shelf.append(*events, key=key)

    assert await shelf.store.head(shelf.stream) == 0
    assert not (await shelf.append(happened())).repeated


@pytest.mark.parametrize("stream", ["", "ord\x00", "ord\ud800"])
async def test_what_cannot_be_the_name_of_a_stream_is_refused(shelf: Shelf, stream: str) -> None:
    with pytest.raises(InvalidValueError):
        await replace(shelf, stream=stream).append(happened())


async def test_characters_of_two_halves_are_kept(shelf: Shelf) -> None:
    await shelf.append(happened(note="🍵\\ud83d"))

    assert [event.data for event in await shelf.read()] == [{"note": "🍵\\ud83d"}]


async def test_numbers_that_are_no_json_are_refused(shelf: Shelf) -> None:
    with pytest.raises(ValueError, match="JSON"):
        await shelf.append(happened(share=float("nan")))

    assert await shelf.store.head(shelf.stream) == 0


async def test_a_backslash_before_u0000_is_only_text(shelf: Shelf) -> None:
    await shelf.append(happened(note="\\u0000"))

    assert [event.data for event in await shelf.read()] == [{"note": "\\u0000"}]
