"""Refuses request bodies that no honest caller sends. Pure ASGI, because it sits before every route."""

from __future__ import annotations

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY: Final = 64 * 1024
"""Bytes."""

_REFUSAL: Final = b'{"code":"body_too_large","detail":"send at most 64 KiB"}'


class BodyLimit:
    """Answers 413 beyond `LARGEST_BODY`, whether the length was announced or not."""

    def __init__(self, app: ASGIApp) -> None:
        """`app` gets only requests whose whole body was small enough."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body, then hand it on in one piece."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = await _body(receive)
        if body is None:
            await _refuse(send)
            return
        await self._app(scope, _replay(body, receive), send)


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None as soon as it is too large."""
    collected = bytearray()
    more = True
    while more:
        message = await receive()
        collected += message.get("body", b"")
        more = message.get("more_body", False)
        if len(collected) > LARGEST_BODY:
            return None
    return bytes(collected)


def _replay(body: bytes, receive: Receive) -> Receive:
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return pending.pop() if pending else await receive()

    return replayed


async def _refuse(send: Send) -> None:
    # Closed, because the rest of the body was not read.
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": _REFUSAL})
