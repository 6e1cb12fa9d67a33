"""Each event is chained to the one before it by what it says, in every store alike."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.event_chain import LINK_BYTES
from domain.events import EventMetadata
from tests.contract.event_store.shelf import Shelf, happened
from tests.support.chains import links_of

_TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=8,
)


async def test_the_chain_is_what_the_events_say(shelf: Shelf) -> None:
    await shelf.append(happened(), happened("OrderCreated"), metadata=EventMetadata(actor="buyer"))
    await shelf.append(happened("OrderCancelled"), after=2, key="cancel")

    events = await shelf.read()

    assert [event.link for event in events] == links_of(shelf.stream, events)
    assert len({event.link for event in events}) == 3
    assert {len(event.link) for event in events} == {LINK_BYTES}


async def test_the_chain_of_a_story_is_the_same_in_every_store(shelf: Shelf) -> None:
    """Or a stream could not be moved. The value pins the way links are made: it must never change."""
    told = replace(shelf, stream="ord_told_in_every_store")
    metadata = EventMetadata(correlation_id="req_1", actor="buyer")

    await told.append(happened(), happened("OrderCreated", lines=["é"]), metadata=metadata)

    assert (await told.read())[
        -1
    ].link.hex() == "cba39f3ab5f7a7fc2b9a1a97f647ca36afd65cc3ed964401508c5e384d92778e"


async def test_equal_events_in_two_streams_have_different_links(shelf: Shelf) -> None:
    other = shelf.another()
    await shelf.append(happened())
    await other.append(happened())

    assert (await shelf.read())[0].link != (await other.read())[0].link


async def test_a_repeat_or_a_conflict_adds_nothing_to_the_chain(shelf: Shelf) -> None:
    await shelf.append(happened())
    await shelf.append(happened())
    await shelf.append(happened("OrderCreated"), after=1, key="create")

    events = await shelf.read()

    assert [event.link for event in events] == links_of(shelf.stream, events)


async def test_who_and_why_are_part_of_the_chain(shelf: Shelf) -> None:
    await shelf.append(happened(), metadata=EventMetadata(actor=""))
    await shelf.append(happened(), after=1, key="next", metadata=EventMetadata(actor="buyer", trace_id="t"))

    events = await shelf.read()

    assert [event.metadata.actor for event in events] == ["", "buyer"]
    assert [event.link for event in events] == links_of(shelf.stream, events)
    forged = [events[0], replace(events[1], metadata=EventMetadata(actor="somebody else", trace_id="t"))]
    assert links_of(shelf.stream, forged)[1] != events[1].link


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.dictionaries(_TEXT, _JSON, min_size=1, max_size=4), key=_TEXT.filter(bool))
async def test_whatever_an_event_says_its_link_can_be_worked_out_again(
    shelf: Shelf, data: dict[str, object], key: str
) -> None:
    told = shelf.another()

    await told.append(replace(happened(), data=data), key=key)

    events = await told.read()
    assert events[0].data == data
    assert [event.link for event in events] == links_of(told.stream, events)
