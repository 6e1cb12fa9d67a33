"""What no release would write, given to every store with the real encoder: kept whole or refused whole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.protobuf.codec import UnfitForMessageError
from adapters.protobuf.events import encode as encode_body
from domain.order.encoding import encode
from domain.order.events import OrderDrafted
from domain.ports.brokers import LARGEST_MESSAGE
from domain.ports.events import CommandKeyReusedError
from tests.contract.event_store.shelf import Shelf
from tests.support.golden import examples

DRAFTED = encode(examples()["OrderDrafted"])


@pytest.fixture(autouse=True)
def _real_bodies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.contract.event_store.shelf.body_of", encode_body)


@pytest.mark.parametrize(
    "strange", [replace(DRAFTED, event_type="OrderTeleported"), replace(DRAFTED, schema_version=9)]
)
async def test_an_event_of_another_release_is_kept_and_fed_as_it_is(shelf: Shelf, strange: object) -> None:
    assert isinstance(strange, type(DRAFTED))
    answer = await shelf.append(strange)

    (kept,) = await shelf.read()
    assert (kept.event_type, kept.schema_version) == (strange.event_type, strange.schema_version)
    assert (kept.data, kept.body) == (strange.data, None)
    assert (await shelf.feed_from(answer.positions[0] - 1))[0] == kept


@pytest.mark.parametrize("changed", [{"currency": 7}, {"lines": "two mugs"}, {"surprise": True}])
async def test_an_event_that_its_contract_cannot_say_is_refused_with_its_batch(
    shelf: Shelf, changed: dict[str, object]
) -> None:
    """So JSON and body of a stored event never contradict each other by our own hand."""
    with pytest.raises(UnfitForMessageError, match="OrderDrafted"):
        await shelf.append(DRAFTED, replace(DRAFTED, data={**DRAFTED.data, **changed}))

    assert await shelf.store.head(shelf.stream) == 0
    assert not (await shelf.append(DRAFTED)).repeated


async def test_an_event_too_large_for_any_message_is_kept_whole(shelf: Shelf) -> None:
    drafted = examples()["OrderDrafted"]
    assert isinstance(drafted, OrderDrafted)
    lines = tuple(replace(drafted.lines[0], line=number, title="茶" * 800) for number in range(1, 1_001))
    large = encode(replace(drafted, lines=lines))

    await shelf.append(large)

    (kept,) = await shelf.read()
    assert kept.data == large.data
    assert kept.body is not None
    assert len(kept.body) > LARGEST_MESSAGE


async def test_a_key_that_served_an_event_never_serves_another(shelf: Shelf) -> None:
    await shelf.append(DRAFTED)

    with pytest.raises(CommandKeyReusedError) as refused:
        await shelf.append(replace(DRAFTED, data={**DRAFTED.data, "buyer_id": "buyer-2"}))

    assert refused.value.facts["stream_id"] == shelf.stream
    assert [event.data for event in await shelf.read()] == [DRAFTED.data]
