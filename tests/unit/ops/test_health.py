"""The health page of a process that ends."""

from __future__ import annotations

import asyncio
import socket
from contextlib import ExitStack

import pytest

from ops.health import health_page

BOUND = 5.0


def test_a_probe_in_mid_sentence_leaves_no_error_when_the_process_ends(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with ExitStack() as open_still:

        async def process() -> None:
            async with asyncio.timeout(BOUND), health_page(0, lambda: (True, {})) as port:
                probe = open_still.enter_context(socket.create_connection(("127.0.0.1", port), BOUND))
                probe.sendall(b"GET /health")
                while len(asyncio.all_tasks()) < 2:  # noqa: ASYNC110 - nobody tells of the server's own task
                    await asyncio.sleep(0.01)

        asyncio.run(process())

    assert [record.getMessage() for record in caplog.records] == []
