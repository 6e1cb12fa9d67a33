"""A TCP proxy on loopback that can swallow answers, freeze, or cut: a network as it is on bad days."""

from __future__ import annotations

import asyncio
import contextlib
from types import TracebackType
from typing import Self


class Proxy:
    """Stands before a server at `port`; clients are given the proxy's own `port`."""

    def __init__(self, target_port: int, port: int = 0) -> None:
        self._target = target_port
        self.port = port
        self._server: asyncio.Server | None = None
        self._pairs: set[asyncio.Task[None]] = set()
        self._forward = asyncio.Event()  # from client to server
        self._backward = asyncio.Event()  # from server to client
        self.mend()

    def mend(self) -> None:
        """Let everything through, what was held back as well."""
        self._forward.set()
        self._backward.set()

    def hold_answers(self) -> None:
        """Let the server hear and do everything, and the client hear nothing."""
        self._backward.clear()

    def freeze(self) -> None:
        """Let nothing through; connections stay open."""
        self._forward.clear()
        self._backward.clear()

    def cut(self) -> None:
        """Break all connections; what was held back is lost."""
        for pair in self._pairs:
            pair.cancel()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        await asyncio.gather(*self._pairs, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._pairs.add(task)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            self._pairs.discard(task)
            return
        both = [
            asyncio.ensure_future(_pump(reader, far_writer, self._forward)),
            asyncio.ensure_future(_pump(far_reader, writer, self._backward)),
        ]
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in both:
                one.cancel()
            await asyncio.gather(*both, return_exceptions=True)
            writer.transport.abort()
            far_writer.transport.abort()
            self._pairs.discard(task)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, may_pass: asyncio.Event) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            await may_pass.wait()
            writer.write(data)
            await writer.drain()
