"""``orderkeep codec``: opens payloads for people who look at Temporal's pages. It keeps and logs none."""

from __future__ import annotations

import logging
import sys
from collections.abc import Awaitable, Callable, Sequence
from hmac import compare_digest
from typing import Final
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI
from google.protobuf.json_format import MessageToJson, Parse, ParseError
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from temporalio.api.common.v1 import Payload, Payloads
from temporalio.converter import PayloadCodec

from adapters.settings import LOCAL_CODEC_TOKEN, Environment, Settings
from adapters.temporal.connection import codec_for
from adapters.temporal.encryption import UnknownPayloadKeyError, UnreadablePayloadError

LARGEST_BODY: Final = 8 * 1024 * 1024
"""Bytes: a page of a history is at most 4 MiB, and grows by a third as base64."""
_HEADERS: Final = ("authorization", "content-type", "x-namespace")
_STOP_SECONDS: Final = 5
_log = logging.getLogger("orderkeep.codec")

_Convert = Callable[[Sequence[Payload]], Awaitable[list[Payload]]]


def create_app(codec: PayloadCodec, token: str, ui_url: str) -> FastAPI:
    """The codec server of Temporal's protocol: POST /encode and /decode, for bearers of `token` only.

    Browsers may call it from the page at `ui_url`; with an empty one from no page at all.
    """
    origin = _origin_of(ui_url)
    app = FastAPI(title="Orderkeep codec", openapi_url=None)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=[origin] if origin else [],
        allow_methods=["POST"],
        allow_headers=_HEADERS,
    )

    def route(path: str, convert: _Convert) -> None:
        async def answer(request: Request) -> Response:
            return _refusal(request, token, origin) or await _converted(request, convert)

        app.add_route(path, answer, methods=["POST"])

    route("/encode", codec.encode)
    route("/decode", codec.decode)
    app.add_route("/health", _health, methods=["GET"])
    return app


def main() -> None:
    """Run until SIGTERM. Exit code 2 for wrong settings, and in production for the published token."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        settings = Settings()
        app = app_for(settings)
    except ValueError as error:  # wrong settings are one, too
        sys.stderr.write(f"codec: {error}\n")
        raise SystemExit(2) from error
    uvicorn.run(
        app,
        host=settings.codec_host,
        port=settings.codec_port,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )


def app_for(settings: Settings) -> FastAPI:
    """The server as settings have it. Raises `ValueError` for a token that protects nothing."""
    token = settings.codec_token.get_secret_value()
    published = settings.environment is Environment.PRODUCTION and token == LOCAL_CODEC_TOKEN
    if not token or published:
        raise ValueError("ORDERKEEP_CODEC_TOKEN is not set: whoever calls could read every payload")
    if not settings.temporal_ui_url:
        _log.warning("ORDERKEEP_TEMPORAL_UI_URL is not set: no page may call, only programs")
    return create_app(codec_for(settings), token, settings.temporal_ui_url)


async def _health(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _refusal(request: Request, token: str, origin: str) -> Response | None:
    asked_from = request.headers.get("origin")
    if asked_from is not None and asked_from != origin:
        return _problem(403, "wrong_origin")
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not compare_digest(given.strip().encode(), token.encode()):
        return _problem(401, "unauthorised", {"WWW-Authenticate": "Bearer"})
    return None


async def _converted(request: Request, convert: _Convert) -> Response:
    body = await _body_of(request)
    if body is None:
        return _problem(413, "body_too_large")
    try:
        asked = Parse(body, Payloads())
    except (ParseError, ValueError, RecursionError):
        return _problem(400, "bad_payloads")
    try:
        converted = await convert(asked.payloads)
    except UnknownPayloadKeyError:
        return _problem(422, "unknown_payload_key")
    except UnreadablePayloadError:
        return _problem(422, "unreadable_payload")
    return Response(MessageToJson(Payloads(payloads=converted)), media_type="application/json")


async def _body_of(request: Request) -> bytes | None:
    """The body, None as soon as it is too large."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)


def _problem(status: int, code: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"code": code}, status, headers, "application/problem+json")


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
