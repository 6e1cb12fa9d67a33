"""Looks for words in everything that is kept: tables, caches, workflow histories and logs, as bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redis.asyncio import Redis
from temporalio.client import Client

from workflows.names import after_sale_workflow_id, order_workflow_id

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

_TABLES = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"


async def tables(pool: Pool) -> dict[str, bytes]:
    """Each table as text; bytes in it as they are, and not as digits."""
    found = {}
    for (name,) in await pool.fetch(_TABLES):
        rows = await pool.fetch(f"SELECT t.* FROM {name} t")
        found[f"table {name}"] = b"\n".join(_plain(value) for row in rows for value in row.values())
    return found


async def cache(redis: Redis) -> dict[str, bytes]:
    """Each kind of key, by what stands before its first colon."""
    found: dict[str, bytes] = {}
    async for key in redis.scan_iter(count=1_000):
        name = bytes(key)
        kind = f"valkey {name.decode().partition(':')[0]}"
        found[kind] = found.get(kind, b"") + name + b"\n" + await _value(redis, name)
    return found


async def histories(client: Client, order_ids: Iterable[str]) -> dict[str, bytes]:
    """Everything that Temporal keeps of these orders' workflows."""
    found = {}
    for order_id in order_ids:
        for name in (order_workflow_id(order_id), after_sale_workflow_id(order_id)):
            async for run in client.list_workflows(f"WorkflowId = '{name}'"):
                handle = client.get_workflow_handle(name, run_id=run.run_id)
                events = (await handle.fetch_history()).events
                described = (await handle.describe()).raw_description.SerializeToString()
                found[f"history {name}"] = b"".join(e.SerializeToString() for e in events) + described
    return found


def logs(folder: Path) -> dict[str, bytes]:
    """Every log file of the servers."""
    return {f"log {path.name}": path.read_bytes() for path in folder.rglob("*.log")}


def speaking_of(words: Iterable[str], kept: dict[str, bytes]) -> list[str]:
    """Where any of the words is readable."""
    return [f"{word!r} in {place}" for place, text in kept.items() for word in words if _is_in(word, text)]


def _is_in(word: str, text: bytes) -> bool:
    spelt = (word.encode(), word.encode("unicode_escape"), word.encode().hex().encode())
    return any(each in text for each in spelt)


def _plain(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


async def _value(redis: Any, key: bytes) -> bytes:  # the types of the library know too many answers
    kind = (await redis.type(key)).decode()
    parts: Iterator[Any] | list[Any]
    match kind:
        case "string":
            parts = [await redis.get(key)]
        case "hash":
            parts = [part for pair in (await redis.hgetall(key)).items() for part in pair]
        case "list":
            parts = await redis.lrange(key, 0, -1)
        case "set":
            parts = list(await redis.smembers(key))
        case "zset":
            parts = await redis.zrange(key, 0, -1)
        case "stream":
            entries = await redis.xrange(key)
            parts = [part for _, said in entries for pair in said.items() for part in pair]
        case _:
            parts = []
    return b"\n".join(part for part in parts if isinstance(part, bytes)) + b"\n"
