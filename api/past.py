"""The past of orders and proposals over HTTP: which moment a caller means, and what a past state may say.

A past state offers nothing to do: what is allowed is told by the state of now alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import TypeVar

from activities.histories import SHOWN_TO, Histories
from api.errors import FieldError
from api.json_body import InvalidRequestError
from api.order.parts import return_view
from api.order.paths import order_path
from api.order.views import order_view
from api.schemas.lists import EventsQuery, PastQuery
from api.views import Json
from domain.events import StoredEvent
from domain.history.aggregates import Told
from domain.history.errors import NotYetThereError, VersionNotReachedError
from domain.order.order import Order
from domain.ports.events import EventStore

S = TypeVar("S")


def means_the_past(query: PastQuery) -> bool:
    """True when a version or a moment was named. Raises `InvalidRequestError` for both at once."""
    if query.version is not None and query.at is not None:
        raise InvalidRequestError((FieldError("/at", "not together with version"),))
    return query.version is not None or query.at is not None


async def past_state(histories: Histories[S], stream_id: str, query: PastQuery) -> Told[S]:
    """The state that the query means, which `means_the_past`.

    Raises `VersionNotReachedError`, and `NotYetThereError` also for what is accepted and has no events.
    """
    if query.version is not None:
        told = await histories.at_version(stream_id, query.version)
        if told is None:
            raise VersionNotReachedError(version=query.version, head=0)
        return told
    assert query.at is not None
    told = await histories.at_time(stream_id, query.at)
    if told is None:
        raise NotYetThereError
    return told


async def past_events(store: EventStore, stream_id: str, query: EventsQuery) -> Sequence[StoredEvent]:
    """Events of a stream as far as the query says. Raises `VersionNotReachedError`, `NotYetThereError`."""
    if query.version is not None:
        head = await store.head(stream_id)
        if query.version > head:
            raise VersionNotReachedError(version=query.version, head=head)
    if query.at is not None:
        first = await store.read(stream_id, limit=1)
        if not first or not _is_until(first[0], query):
            raise NotYetThereError(began_at=first[0].recorded_at if first else None)
    events = await store.read(stream_id, after=query.after, limit=query.limit)
    return tuple(takewhile(lambda event: _is_until(event, query), events))


def past_order_view(order: Order) -> Json:
    """An order as it was. Its links lead to what it was made of, and to the order of now."""
    path = order_path(order.id)
    then = f"version={order.version}"
    return {
        **order_view(order),
        "returns": [{**return_view(order.id, case), "links": {}} for case in order.returns],
        "allowed_actions": [],
        "links": {"self": f"{path}?{then}", "events": f"{path}/events?{then}", "now": path},
    }


def _is_until(event: StoredEvent, query: PastQuery) -> bool:
    early = query.version is None or event.version <= query.version
    return early and (query.at is None or event.recorded_at - query.at < SHOWN_TO)
