"""The client for streams, and which of its errors pass by themselves."""

from __future__ import annotations

from typing import Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    NoPermissionError,
    RedisError,
    ResponseError,
)

from adapters.brokers.valkey.scripts import FENCED

ANSWER_SECONDS: Final = 2.0
# A server that is away, or that refuses for now.
AWAY: Final = (RedisError, OSError, TimeoutError)
_LOST_RIGHT: Final = (AuthenticationError, AuthorizationError, NoPermissionError)
# The group or its stream was removed under us, a replica took over, or the disk is full: another try may do.
_PASSING_ANSWERS: Final = (
    "NOGROUP",
    "UNBLOCKED",
    "READONLY",
    "MISCONF",
    "OOM",
    "LOADING",
    "CLUSTERDOWN",
    "TRYAGAIN",
)


def open_connection(redis_url: str, *, largest: int = 16) -> Redis:
    """A client that connects when first used. One retry, at once, replaces a connection closed while idle."""
    return Redis.from_url(
        redis_url,
        max_connections=largest,
        socket_connect_timeout=ANSWER_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 1),
        health_check_interval=30,
    )


def passes(error: Exception) -> bool:
    """Whether another session may get on: false for a lost permission and for a defect of ours."""
    if isinstance(error, _LOST_RIGHT):
        return False
    if isinstance(error, ResponseError):
        return str(error).startswith(_PASSING_ANSWERS)
    return isinstance(error, AWAY)


def fenced(error: ResponseError) -> bool:
    """Whether a script refused because the partition has another owner by now."""
    return FENCED in str(error)
