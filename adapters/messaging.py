"""The composition of what publishers and consumers need beside `adapters.wiring`: a broker, their books."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from adapters.brokers.connecting import open_broker
from adapters.postgres.consumption import PostgresConsumption
from adapters.postgres.event_notices import write_notices
from adapters.postgres.heard_stock import move_heard_stock
from adapters.postgres.parked_messages import PostgresParkedMessages
from adapters.postgres.publications import PostgresPublications
from adapters.protobuf.events import contradicts, decode, encode
from adapters.wiring import OUTAGES

if TYPE_CHECKING:
    from adapters.postgres.consumption import Effect, Hearing
    from adapters.postgres.pool import Pool

__all__ = [
    "CONSUMERS",
    "ConsumerName",
    "contradicts",
    "decode",
    "encode",
    "event_books",
    "open_broker",
    "parked_messages",
    "publications",
]


class ConsumerName(StrEnum):
    """Our consumers: groups of the broker, and names of their books. They never change."""

    STOCK = "stock"
    NOTIFICATION = "notification"
    COMMANDS = "commands"


CONSUMERS: Final[Mapping[ConsumerName, Effect]] = {
    ConsumerName.STOCK: move_heard_stock,
    ConsumerName.NOTIFICATION: write_notices,
}


def publications(pool: Pool) -> PostgresPublications:
    """The marks of what was published."""
    return PostgresPublications(pool)


def event_books(pool: Pool, name: ConsumerName, hear: Hearing) -> PostgresConsumption:
    """The books of a consumer of events. Raises `KeyError` for one of something else."""
    return PostgresConsumption(pool, name.value, CONSUMERS[name], hear, OUTAGES)


def parked_messages(pool: Pool, name: ConsumerName) -> PostgresParkedMessages:
    """What stands aside of any consumer."""
    return PostgresParkedMessages(pool, name.value)
