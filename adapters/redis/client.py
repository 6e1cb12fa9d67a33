"""The client that every Redis adapter is given: short time-outs, one retry, no waiting for a dead server."""

from __future__ import annotations

from typing import Final

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

CONNECT_SECONDS: Final = 0.5
ANSWER_SECONDS: Final = 0.5
# What a server that is away raises; adapters turn it into "not there".
AWAY: Final = (RedisError, OSError, TimeoutError)


def open_client(redis_url: str, *, largest: int = 16) -> Redis:
    """A client with at most `largest` connections; connects when first used. Close it with `aclose`."""
    pool = BlockingConnectionPool.from_url(
        redis_url,
        max_connections=largest,
        timeout=ANSWER_SECONDS,  # how long a caller waits for a free connection
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        # One retry, at once: a connection that the server closed while idle is replaced.
        retry=Retry(NoBackoff(), 1),
        health_check_interval=30,
    )
    return Redis.from_pool(pool)
