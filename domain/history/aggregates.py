"""The kinds of streams whose past can be asked: how their events fold, and how their snapshots look."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from domain.events import StoredEvent
from domain.history.policies import Growth, changed_share
from domain.history.snapshots import SnapshotForm
from domain.order import encoding as order_encoding
from domain.order.document import order_document, order_from
from domain.order.order import Order
from domain.order.order import fold as fold_order
from domain.ports.aggregate_snapshots import AggregateSnapshot
from domain.review import encoding as review_encoding
from domain.review.encoding import proposal_document, proposal_from
from domain.review.proposal import PriceProposal
from domain.review.proposal import fold as fold_proposal
from domain.upcasting import Upcasters

S = TypeVar("S")


@dataclass(frozen=True)
class Kept(Generic[S]):
    """A state as a snapshot had it; `recorded_at` is when the store took in the newest event behind it."""

    state: S
    version: int
    recorded_at: datetime


@dataclass(frozen=True)
class Told(Generic[S]):
    """What a stream tells: a state, the newest event behind it, and the snapshot that it was begun with.

    `began_at` is the time of that snapshot, or of the stream's first event.
    """

    stream_id: str
    state: S
    version: int
    recorded_at: datetime
    began_at: datetime
    kept: Kept[S] | None = None

    @property
    def growth(self) -> Growth:
        """How far it has gone on since its snapshot."""
        share = changed_share(self.kept.state if self.kept else None, self.state)
        known = self.kept.version if self.kept else 0
        return Growth(self.version - known, self.recorded_at - self.began_at, share)


@dataclass(frozen=True)
class Aggregate(Generic[S]):
    """One kind of stream. `fold` gives the state after events, later than a state or from the start."""

    form: SnapshotForm[S]
    fold: Callable[[Iterable[StoredEvent], S | None], S]

    def opened(self, snapshot: AggregateSnapshot | None) -> Told[S] | None:
        """What a snapshot tells; None without one, or when this release cannot use it."""
        state = self.form.opened(snapshot) if snapshot else None
        if snapshot is None or state is None:
            return None
        at = snapshot.taken_at
        return Told(snapshot.stream_id, state, snapshot.version, at, at, Kept(state, snapshot.version, at))

    def after(self, told: Told[S] | None, events: Sequence[StoredEvent]) -> Told[S] | None:
        """What is told with these later events, or from the first one on. Raises what the fold raises."""
        if not events:
            return told
        first, newest = events[0], events[-1]
        return Told(
            stream_id=newest.stream_id,
            state=self.fold(events, told.state if told else None),
            version=newest.version,
            recorded_at=newest.recorded_at,
            began_at=told.began_at if told else first.recorded_at,
            kept=told.kept if told else None,
        )

    def snapshot(self, told: Told[S]) -> AggregateSnapshot:
        """A snapshot of what was told."""
        return self.form.taken(told.stream_id, told.version, told.state, told.recorded_at)


def _fold_order(events: Iterable[StoredEvent], onto: Order | None) -> Order:
    return fold_order(map(order_encoding.decode, events), onto=onto)


def _fold_proposal(events: Iterable[StoredEvent], onto: PriceProposal | None) -> PriceProposal:
    return fold_proposal(map(review_encoding.decode, events), onto=onto)


ORDER: Aggregate[Order] = Aggregate(
    SnapshotForm("order", order_document, order_from, Upcasters({})), _fold_order
)
PROPOSAL: Aggregate[PriceProposal] = Aggregate(
    SnapshotForm("proposal", proposal_document, proposal_from, Upcasters({})), _fold_proposal
)
