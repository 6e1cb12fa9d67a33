"""Asks a database about the past, for the command line. Reads, and drops snapshots when it is told to."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from ops.errors import OperatorError
from ops.folder import default_folder
from ops.stack import running_database_url

if TYPE_CHECKING:
    from datetime import datetime

    from activities.histories import Histories
    from adapters.postgres.pool import Pool
    from domain.events import StoredEvent
    from domain.history.aggregates import Told
    from domain.order.order import Order

_CONNECTIONS: Final = 2
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Past:
    """An order as it was, and the events that made it so."""

    order: Order
    recorded_at: datetime
    events: Sequence[StoredEvent]


def past_of(pool: Pool) -> Histories[Order]:
    """The past of orders in that database."""
    from activities.histories import Histories
    from adapters.postgres.aggregate_snapshots import PostgresAggregateSnapshots
    from adapters.postgres.events import PostgresEventStore
    from domain.history.aggregates import ORDER

    return Histories(ORDER, PostgresEventStore(pool), PostgresAggregateSnapshots(pool))


async def order_as_it_was(
    histories: Histories[Order], order_id: str, version: int | None, at: datetime | None
) -> Past:
    """The order at a version, at a moment, or now. Raises `OperatorError` when there is no such thing."""
    from domain.history.errors import NotYetThereError, VersionNotReachedError

    try:
        told = await _told(histories, order_id, version, at)
    except VersionNotReachedError as error:
        raise OperatorError(f"{order_id} is at version {error.facts['head']}, not {version} yet") from None
    except NotYetThereError as error:
        began = error.facts["began_at"]
        raise OperatorError(f"nothing of {order_id} was known then; its first event is of {began}") from None
    if told is None:
        raise OperatorError(f"there is no order {order_id} with events")
    events = await histories.events.read(order_id, limit=told.version)
    return Past(told.state, told.recorded_at, events)


def with_pool(work: Callable[[Pool], Awaitable[_Result]]) -> _Result:
    """Do `work` on the configured database, or on that of the stack that runs here."""
    url = os.environ.get("DATABASE_URL") or running_database_url(default_folder(os.environ))
    if not url:
        raise OperatorError("no database: set DATABASE_URL, or start one with `orderkeep up`")

    async def run() -> _Result:
        from adapters.postgres.pool import open_pool

        pool = await open_pool(url, application="orderkeep history", largest=_CONNECTIONS)
        try:
            return await work(pool)
        finally:
            await pool.close()

    return asyncio.run(run())


async def _told(
    histories: Histories[Order], order_id: str, version: int | None, at: datetime | None
) -> Told[Order] | None:
    from domain.events import is_order_stream

    if not is_order_stream(order_id):
        return None
    if version is not None:
        return await histories.at_version(order_id, version)
    return await histories.at_time(order_id, at) if at is not None else await histories.current(order_id)
