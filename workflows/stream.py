"""An order's stream as its workflow sees it: decide, store, believe what the store acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from activities.contracts import RecordEvents
from domain.events import EventMetadata
from domain.order.encoding import decode, encode
from domain.order.events import OrderEvent
from domain.order.order import Order, fold
from workflows import policies
from workflows.calls import StoreCalls
from workflows.causes import UNKNOWN, Cause, current_cause

Decision = Callable[[Order | None], Sequence[OrderEvent]]


class OrderStream:
    """The order, folded from acknowledged events. `order` is None before its first event."""

    def __init__(
        self,
        order_id: str,
        store: StoreCalls,
        on_stored: Callable[[Order, Sequence[OrderEvent]], None],
        cause: Cause = UNKNOWN,
    ) -> None:
        """`cause` is what everything is laid to that nobody else has asked for."""
        self.order: Order | None = None
        self._order_id = order_id
        self._store = store
        self._on_stored = on_stored
        self._cause = cause
        # Without it two writers would fold onto each other's state: one decides, both wait for the store, and
        # the second applies its events to an order that has moved on.
        self._writing = asyncio.Lock()

    async def record(self, step: str, decide: Decision, actor: str = "system") -> tuple[OrderEvent, ...]:
        """Store what `decide` makes of the order; returns what the store holds for it, which may be older.

        On a conflict the stream is read and the decision is taken again: a workflow task that was lost after
        it wrote has left events that this run knows nothing of. A failed order would be worse than a second
        thought. Raises what `decide` raises, and `ApplicationError("version_conflict")` after some rounds.
        """
        async with self._writing:
            for _ in range(policies.DECISION_ROUNDS):
                events = tuple(decide(self.order))
                if not events:
                    return ()
                # What the order itself would refuse is never stored: nobody could read such a stream again.
                after = fold(events, onto=self.order)
                stored = await self._append(step, events, actor)
                if stored is events:
                    self._take_over(after, events)
                elif stored:
                    self._take(stored)
                if stored:
                    return stored
                await self._read_again()
        raise ApplicationError(f"{step} met other writers again and again", type="version_conflict")

    async def load(self) -> tuple[OrderEvent, ...]:
        """Fold what is stored, for a workflow that joins a stream late; the events that were new to it."""
        async with self._writing:
            return await self._read_again()

    async def _append(
        self, step: str, events: tuple[OrderEvent, ...], actor: str
    ) -> tuple[OrderEvent, ...] | None:
        version = self.order.version if self.order else 0
        asked = RecordEvents(
            order_id=self._order_id,
            expected_version=version,
            # Step and version name the command: the same after a lost task and in every run.
            command_key=f"{step}@{version}",
            events=tuple(encode(event) for event in events),
            metadata=self._metadata(step, actor),
        )
        answer = await self._store.record_events(asked, step)
        if answer.conflict is not None:
            return None
        return tuple(decode(record) for record in answer.stored) or events

    async def _read_again(self) -> tuple[OrderEvent, ...]:
        known = self.order.version if self.order else 0
        history = await self._store.load_order(self._order_id, known)
        fresh = history.events[known - history.after :]  # a history of an older release holds them all
        events = tuple(decode(record) for record in fresh)
        self._take(events)
        return events

    def _take(self, events: tuple[OrderEvent, ...]) -> None:
        if events:
            self._take_over(fold(events, onto=self.order), events)

    def _take_over(self, order: Order, events: tuple[OrderEvent, ...]) -> None:
        self.order = order
        self._on_stored(order, events)

    def _metadata(self, step: str, actor: str) -> EventMetadata:
        info, cause = workflow.info(), current_cause() or self._cause
        return EventMetadata(
            correlation_id=cause.request_id,
            causation_id=step,
            actor=actor,
            workflow_id=info.workflow_id,
            run_id=info.run_id,
            trace_id=cause.trace_id,
        )
