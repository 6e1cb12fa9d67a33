"""Whoever changes, removes, inserts or reorders a stored event breaks the chain from there on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.event_chain import (
    LINK_BYTES,
    canonical,
    command_text,
    content_text,
    digest_of,
    digest_of_text,
    first_link,
    stated,
    who_and_why,
)
from domain.events import EventMetadata, EventRecord, StoredEvent
from tests.support.chains import links_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
STREAM = "ord_1"


def a_stream(length: int = 5) -> list[StoredEvent]:
    events = [
        StoredEvent(
            STREAM, n, 10 * n, "Noted", 1, {"n": n, "note": "订单"}, NOON, NOON, f"k{n}", EventMetadata()
        )
        for n in range(1, length + 1)
    ]
    return [replace(event, link=link) for event, link in zip(events, links_of(STREAM, events), strict=True)]


def holds(events: list[StoredEvent], stream: str = STREAM) -> bool:
    return [event.link for event in events] == links_of(stream, events)


def test_a_stream_that_nobody_touched_holds() -> None:
    assert holds(a_stream())
    assert {len(event.link) for event in a_stream()} == {LINK_BYTES} == {len(first_link(STREAM))}


def changed(**changes: object) -> Callable[[list[StoredEvent]], list[StoredEvent]]:
    def change(events: list[StoredEvent]) -> list[StoredEvent]:
        return [*events[:2], replace(events[2], **changes), *events[3:]]  # type: ignore[arg-type]

    return change


FORGERIES: dict[str, Callable[[list[StoredEvent]], list[StoredEvent]]] = {
    "other data": changed(data={"n": 3, "note": "订"}),
    "another type": changed(event_type="Forged"),
    "another schema version": changed(schema_version=2),
    "another time": changed(occurred_at=NOON + timedelta(microseconds=1)),
    "another command": changed(command_key="k0"),
    "another actor": changed(metadata=EventMetadata(actor="nobody")),
    "no actor": changed(metadata=EventMetadata(actor="")),
    "another cause": changed(metadata=EventMetadata(causation_id="c")),
    "one removed": lambda events: [*events[:2], *events[3:]],
    "one doubled": lambda events: [*events[:3], *events[2:]],
    "two exchanged": lambda events: [events[1], events[0], *events[2:]],
    "the first removed": lambda events: events[1:],
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_stream_does_not_hold(forge: Callable[[list[StoredEvent]], list[StoredEvent]]) -> None:
    assert not holds(forge(a_stream()))


def test_the_events_of_one_stream_do_not_hold_in_another() -> None:
    assert not holds(a_stream(), stream="ord_2")


def test_a_stream_that_was_moved_to_another_store_holds() -> None:
    """Positions and the time of recording belong to the store, not to what happened."""
    later = NOON + timedelta(days=1)
    assert holds([replace(event, position=event.version, recorded_at=later) for event in a_stream()])


def test_a_body_beside_the_data_takes_no_part() -> None:
    """It is the same event once more; that it says the same is checked by itself."""
    assert holds([replace(event, body=b"protobuf") for event in a_stream()])


def test_the_same_moment_in_another_zone_is_the_same() -> None:
    in_shanghai = NOON.astimezone(timezone(timedelta(hours=8)))
    assert holds([replace(event, occurred_at=in_shanghai) for event in a_stream()])


def test_a_digest_is_that_of_one_canonical_list() -> None:
    """How it is written down, for whoever checks it with other tools."""
    event = EventRecord("Noted", 1, {"b": [1, None], "a": "订"}, NOON)
    metadata = EventMetadata(correlation_id="req", actor="buyer")
    said = [
        "Noted",
        1,
        {"a": "订", "b": [1, None]},
        "2026-03-01T12:00:00+00:00",
        "place",
        {"actor": "buyer", "correlation_id": "req"},
    ]
    text = json.dumps(said, separators=(",", ":"))
    assert digest_of(event, "place", metadata) == sha256(text.encode()).digest()


@given(data=st.dictionaries(st.text(), st.integers() | st.text() | st.lists(st.integers())), key=st.text())
def test_a_digest_from_texts_is_the_digest_of_the_event(data: dict[str, object], key: str) -> None:
    event, metadata = EventRecord("Noted", 1, data, NOON), EventMetadata(trace_id="t")
    texts = content_text(event, canonical(data)), command_text(key, who_and_why(metadata))
    assert digest_of_text(*texts) == digest_of(event, key, metadata)


def test_only_what_is_known_is_stated() -> None:
    assert stated(EventMetadata(actor="buyer", run_id="r")) == {"actor": "buyer", "run_id": "r"}
    assert stated(EventMetadata(actor="")) == {}
