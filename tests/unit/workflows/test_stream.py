"""An order's stream: nothing is stored that the order itself would refuse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from activities.contracts import EventsRecorded, RecordEvents
from domain.order.errors import RefundExceedsCapturedError
from domain.order.events import OrderEvent
from domain.order.pay import money_back
from tests.support.builders import an_order, cny
from workflows.calls import StoreCalls
from workflows.stream import OrderStream


@dataclass
class Store:
    """Takes whatever it is given."""

    asked: list[RecordEvents] = field(default_factory=list)

    async def record_events(self, asked: RecordEvents, _: str) -> EventsRecorded:
        self.asked.append(asked)
        return EventsRecorded(version=asked.expected_version + len(asked.events))


@pytest.fixture(autouse=True)
def _in_a_workflow(monkeypatch: pytest.MonkeyPatch) -> None:
    class Info:
        workflow_id = run_id = "order:ord_1"

    monkeypatch.setattr("workflows.stream.workflow.info", Info)


async def test_what_the_order_would_refuse_is_never_stored() -> None:
    story, store = an_order().paid(), Store()
    stream = a_stream(store)
    await stream.record("paid", lambda _: story.events)

    with pytest.raises(RefundExceedsCapturedError):
        await stream.record("too_much", lambda _: [money_back(story.attempt, cny(9_999), "odd", story.now)])

    assert len(store.asked) == 1
    assert stream.order == story.order


async def test_what_is_stored_is_told_once() -> None:
    story, store = an_order().paid(), Store()
    told: list[Any] = []
    stream = a_stream(store, told)

    stored = await stream.record("paid", lambda _: story.events)

    assert stored == tuple(story.events)
    assert told == [(story.order, stored)]


def a_stream(store: Store, told: list[Any] | None = None) -> OrderStream:
    heard = told if told is not None else []

    def hear(order: object, events: Sequence[OrderEvent]) -> None:
        heard.append((order, tuple(events)))

    return OrderStream("ord_1", cast("StoreCalls", store), hear)
