"""Checks one stream while its events go by, each once: versions, links, bodies, and whether they fold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from adapters.postgres.event_audit import StreamHead
from adapters.protobuf.events import contract_of, contradicts
from domain.buyer import encoding as buyer_encoding
from domain.buyer.events import is_buyer_stream
from domain.event_chain import digest_of, first_link, next_link
from domain.events import StoredEvent, is_order_stream
from domain.order import encoding as order_encoding
from domain.order.order import fold as fold_order
from domain.review import encoding as review_encoding
from domain.review.proposal import fold as fold_proposal
from ops.verify.tally import UNREADABLE, Tally

_Fold = Callable[[StoredEvent, Any], Any]


@dataclass
class StreamTallies:
    """The checks that each event takes part in."""

    chain: Tally = field(
        default_factory=partial(Tally, "hash chain", "no event was changed, removed or put in", "events")
    )
    heads: Tally = field(
        default_factory=partial(Tally, "stream heads", "each stream is whole up to its head", "streams")
    )
    bodies: Tally = field(
        default_factory=partial(Tally, "bodies", "protobuf and JSON say the same", "bodies")
    )
    folds: Tally = field(default_factory=partial(Tally, "folds", "every stream can have happened", "streams"))

    @property
    def all(self) -> tuple[Tally, ...]:
        """As rows of the table."""
        return (self.chain, self.heads, self.bodies, self.folds)


class StreamCheck:
    """One stream. Of each kind of fault the first is told: what follows from it would say nothing new."""

    def __init__(self, head: StreamHead, tallies: StreamTallies) -> None:
        self._head = head
        self._tallies = tallies
        self._version = self._position = 0
        self.link = first_link(head.stream_id)
        self._state: Any = None
        self._fold: _Fold | None = _fold_of(head.stream_id)
        if self._fold is None:
            tallies.folds.find(head.stream_id, "nobody here knows what streams of this kind are")
        self._chained = self._numbered = True
        self._bodied = False

    def event(self, event: StoredEvent, *, says_more: bool = False) -> None:
        """The stream's next event. One that `says_more` has metadata in which nobody is bound by its link."""
        self._number(event)
        if says_more:
            self._tallies.chain.find(_place(event), "its metadata says more than its link")
        self._chain(event)
        self._compare(event)
        if self._fold is not None:
            try:
                self._state = self._fold(event, self._state)
            except UNREADABLE as error:
                self._fold = None
                self._tallies.folds.find(_place(event), f"{type(error).__name__}: {error}")

    def _compare(self, event: StoredEvent) -> None:
        if event.body is not None:
            self._bodied = True
            self._tallies.bodies.count()
            if problem := contradicts(event):
                self._tallies.bodies.find(_place(event), problem)
        elif self._bodied and contract_of(event.event_type, event.schema_version):
            # Releases that knew no bodies came first.
            self._tallies.bodies.find(_place(event), "has lost its body")

    def end(self) -> None:
        """There are no more."""
        head, heads = self._head, self._tallies.heads
        heads.count()
        self._tallies.folds.count()
        if self._numbered and self._version != head.version:
            heads.find(head.stream_id, f"ends at version {self._version}, its head says {head.version}")
        elif self._numbered and self.link != head.link:
            heads.find(head.stream_id, "its head has another link than its newest event")

    def _number(self, event: StoredEvent) -> None:
        expected, self._version = self._version + 1, event.version
        if self._numbered and event.version != expected:
            self._numbered = False
            self._tallies.heads.find(event.stream_id, f"version {event.version} where {expected} should be")
        elif self._numbered and event.position <= self._position:
            self._numbered = False
            self._tallies.heads.find(_place(event), "stands before its predecessor in the feed")
        self._position = event.position

    def _chain(self, event: StoredEvent) -> None:
        self._tallies.chain.count()
        try:
            expected = next_link(self.link, digest_of(event, event.command_key, event.metadata))
        except (TypeError, ValueError) as error:
            expected = b""
            self._tallies.chain.find(_place(event), f"cannot be digested: {error}")
        if expected and self._chained and event.link != expected:
            self._chained = False
            self._tallies.chain.find(_place(event), "does not fit to its link, or to the event before it")
        self.link = event.link


def _place(event: StoredEvent) -> str:
    return f"{event.stream_id} version {event.version}"


def _fold_of(stream_id: str) -> _Fold | None:
    if is_order_stream(stream_id):
        return lambda event, state: fold_order([order_encoding.decode(event)], state)
    if is_buyer_stream(stream_id):
        return lambda event, _state: buyer_encoding.decode(event)
    if stream_id.startswith("price:"):
        return lambda event, state: fold_proposal([review_encoding.decode(event)], state)
    return None
