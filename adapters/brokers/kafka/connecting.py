"""How every client of ours is told to behave, and which errors pass by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
)

ID_HEADER: Final = "message-id"
AWAY: Final = (KafkaError, OSError, TimeoutError)
_LOST_RIGHT: Final = (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
)


@dataclass(frozen=True, slots=True)
class KafkaTimes:
    """How long one answer is waited for, and after which silence a member has lost its partitions."""

    answer: timedelta = timedelta(seconds=10)
    session: timedelta = timedelta(seconds=10)

    @property
    def client(self) -> dict[str, Any]:
        """Options of every client."""
        return {"request_timeout_ms": milliseconds(self.answer), "retry_backoff_ms": 100}


def milliseconds(length: timedelta) -> int:
    """A length of time as Kafka counts."""
    return round(length.total_seconds() * 1_000)


def passes(error: Exception) -> bool:
    """Whether another session may get on: false for a lost permission and for a defect of ours."""
    return isinstance(error, AWAY) and not isinstance(error, _LOST_RIGHT)
