"""An order's events as they happen."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from sse_starlette import EventSourceResponse
from starlette.requests import Request
from starlette.responses import Response

from api.access import Scope, needs
from api.answers import no_content
from api.dependencies import services_of
from api.documentation import described
from api.errors import FieldError
from api.json_body import InvalidRequestError
from api.lists import read_query
from api.order.reach import see
from api.order.reading import PendingOrder
from api.order.refused import A_LOOK
from api.schemas.lists import StreamQuery

router = APIRouter(prefix="/v1/orders/{order_id}", tags=["orders"])
_LAST_EVENT_ID: dict[str, Any] = {
    "name": "Last-Event-ID",
    "in": "header",
    "description": "The id of the last event that you have; `after` counts without it.",
    "schema": {"type": "string", "pattern": "^[0-9]{1,9}$", "examples": ["3"]},
}
_DESCRIBED = described(
    query=StreamQuery,
    headers=(_LAST_EVENT_ID,),
    answers={
        200: "Server-sent events: `id` is the version, `event` the type, `data` as in the list of events.",
        204: "Nothing later will come of itself: do not connect again.",
    },
    refusals=("invalid_request", "too_many_streams", *A_LOOK),
)
_MESSAGE = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "examples": ["3"]},
        "event": {"type": "string", "examples": ["OrderCreated"]},
        "data": {"type": "string", "contentMediaType": "application/json"},
        "retry": {"type": "integer", "description": "milliseconds"},
    },
}
_DESCRIBED["responses"][200]["content"] = {"text/event-stream": {"schema": _MESSAGE}}


@router.get(
    "/events/stream",
    dependencies=[needs(Scope.CALLER, Scope.MERCHANT, Scope.OPERATOR)],
    **_DESCRIBED,
)
async def stream_events(request: Request, order_id: str) -> Response:
    """What happens to an order, as it happens. Ends when the order rests, and after ten minutes.

    Connect again with the last id; a comment every 15 seconds shows that the stream is alive.
    """
    after = _last_seen(request, read_query(request, StreamQuery).after)
    found = await see(request, order_id)
    streams = services_of(request).streams
    over = found.is_over if isinstance(found, PendingOrder) else await streams.is_over(order_id, after)
    if over:
        return no_content()
    return EventSourceResponse(streams.follow(order_id, after), ping=streams.limits.heartbeat_seconds)


def _last_seen(request: Request, after: int) -> int:
    text = request.headers.get("last-event-id", "")
    if not text:
        return after
    if not (text.isascii() and text.isdecimal() and len(text) < 10):  # noqa: PLR2004 - fits 32 bits
        raise InvalidRequestError((FieldError("Last-Event-ID", "not an id of this stream"),))
    return int(text)
