"""A health page for a process that serves nothing else: GET /health, 200 or 503, on this machine only."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final

HOST: Final = "127.0.0.1"
_REQUEST_SECONDS: Final = 2.0
_LONGEST_REQUEST: Final = 8_192
_REASONS: Final = {200: "OK", 404: "Not Found", 503: "Service Unavailable"}

State = Callable[[], tuple[bool, Mapping[str, object]]]


@asynccontextmanager
async def health_page(port: int, state: State) -> AsyncIterator[int]:
    """Serve the page while the block runs; gives the port, which is chosen when `port` is 0.

    `state` says whether the process does its work, and what else the page should tell.
    Raises `OSError` when the port is taken.
    """

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_REQUEST_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(_answer(head, state))
                await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # a probe that went away or speaks no HTTP
        except asyncio.CancelledError:
            pass  # the process ends; raised, asyncio would log it as an error in nobody's task
        finally:
            writer.close()

    server = await asyncio.start_server(serve, HOST, port, limit=_LONGEST_REQUEST)
    async with server:
        yield server.sockets[0].getsockname()[1]


def _answer(head: bytes, state: State) -> bytes:
    method, _, rest = head.partition(b" ")
    if method not in {b"GET", b"HEAD"} or rest.split(b" ", 1)[0] != b"/health":
        return _response(404, {"status": "not_found"})
    well, details = state()
    return _response(200 if well else 503, details)


def _response(status: int, content: Mapping[str, object]) -> bytes:
    body = json.dumps(content).encode()
    head = (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
