"""Stores what an order's workflow decided, and tells what the store holds. It decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from temporalio import activity

from activities.contracts import EventsRecorded, LoadOrder, OrderHistory, RecordEvents
from domain.events import EventRecord, StoredEvent
from domain.ports.events import CommandKeyReusedError, EventStore, VersionConflictError


@dataclass(frozen=True, slots=True)
class OrderEventActivities:
    """The event store, as workflows use it."""

    events: EventStore

    @activity.defn(name="record_events")
    async def record_events(self, asked: RecordEvents) -> EventsRecorded:
        """Append a batch once per command key.

        A lost workflow task runs again at a later time, so the same command may come with other times in its
        events: then what was stored first is the answer.
        """
        try:
            appended = await self.events.append(
                asked.order_id, asked.expected_version, asked.command_key, asked.events, asked.metadata
            )
        except (VersionConflictError, CommandKeyReusedError):
            return await self._what_counts(asked)
        return EventsRecorded(version=appended.version, repeated=appended.repeated)

    @activity.defn(name="load_order")
    async def load_order(self, asked: LoadOrder) -> OrderHistory:
        """The stream of an order, later than a version; empty when there is nothing."""
        later = await self.events.read(asked.order_id, after=asked.after)
        return OrderHistory(_records(later), asked.after)

    async def _what_counts(self, asked: RecordEvents) -> EventsRecorded:
        later = await self.events.read(asked.order_id, after=asked.expected_version)
        own = [event for event in later if event.command_key == asked.command_key]
        if own and own[0].version == asked.expected_version + 1:
            return EventsRecorded(version=own[-1].version, repeated=True, stored=_records(own))
        head = await self.events.head(asked.order_id)
        return EventsRecorded(version=head, conflict=head)


def _records(events: Sequence[StoredEvent]) -> tuple[EventRecord, ...]:
    return tuple(
        EventRecord(event.event_type, event.schema_version, event.data, event.occurred_at) for event in events
    )
