"""Query strings and cursors in, pages out. Pure translation."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import TypeVar

from pydantic import ValidationError
from starlette.requests import Request

from api.errors import FieldError
from api.json_body import InvalidRequestError, field_errors
from api.opening import event_data_view
from api.order.paths import order_path
from api.schemas.lists import OrdersQuery, Query
from api.schemas.values import instant
from api.views import Json, money
from domain.events import StoredEvent, is_order_stream
from domain.ports.notices import Alert
from domain.ports.projections import OrderCursor, OrderFilter, OrderPage, OrderSummary, OrderTotals
from domain.ports.proposals import ProposalCursor

_Query = TypeVar("_Query", bound=Query)


def read_query(request: Request, model: type[_Query]) -> _Query:
    """The query string as `model`. Raises `InvalidRequestError`, for repeated names too."""
    pairs = request.query_params.multi_items()
    repeated = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
    if repeated:
        raise InvalidRequestError(tuple(FieldError(name[:100], "given more than once") for name in repeated))
    try:
        return model.model_validate(dict(pairs))
    except ValidationError as error:
        raise InvalidRequestError(field_errors(error)) from error


def order_filter(query: OrdersQuery) -> OrderFilter:
    """What the list is narrowed to."""
    return OrderFilter(
        status=query.status,
        buyer_id=query.buyer_id,
        merchant_id=query.merchant_id,
        number=query.number,
        created_from=query.created_from,
        created_until=query.created_to,
    )


def read_cursor(text: str | None) -> OrderCursor | None:
    """Where a page ended. Raises `InvalidRequestError` for anything that we did not give out."""
    if text is None:
        return None
    try:
        moment, _, order_id = urlsafe_b64decode(text.encode("ascii")).decode("ascii").partition(" ")
        created_at = datetime.fromisoformat(moment)
    except ValueError as error:
        raise InvalidRequestError((FieldError("/cursor", "not a cursor of this list"),)) from error
    if created_at.tzinfo is None or not order_id or not order_id.isprintable():
        raise InvalidRequestError((FieldError("/cursor", "not a cursor of this list"),))
    return OrderCursor(created_at, order_id)


def cursor_text(cursor: OrderCursor | ProposalCursor | None) -> str | None:
    """What `read_cursor` reads again; None after the last page."""
    if cursor is None:
        return None
    return urlsafe_b64encode(f"{cursor.created_at.isoformat()} {cursor.id}".encode()).decode()


def order_page_view(page: OrderPage) -> Json:
    """A page of orders."""
    return {
        "items": [_summary(order) for order in page.orders],
        "has_more": page.next is not None,
        "cursor": cursor_text(page.next),
    }


def event_view(event: StoredEvent) -> Json:
    """One event as the store has it, but that seals are opened when it is sent."""
    metadata = event.metadata
    return {
        "version": event.version,
        "position": event.position,
        "type": event.event_type,
        "schema_version": event.schema_version,
        "data": event_data_view(event.data) if is_order_stream(event.stream_id) else event.data,
        "occurred_at": instant(event.occurred_at),
        "recorded_at": instant(event.recorded_at),
        "command_key": event.command_key,
        "metadata": {field.name: getattr(metadata, field.name) for field in fields(metadata)},
    }


def sales_view(totals: Sequence[OrderTotals]) -> Json:
    """Sums, apart by status and currency."""
    return {
        "orders": sum(part.orders for part in totals),
        "lines": sum(part.lines for part in totals),
        "by": [
            {
                "status": part.status.value,
                "currency": part.total.currency,
                "orders": part.orders,
                "lines": part.lines,
                "goods": money(part.goods),
                "total": money(part.total),
                "captured": money(part.captured),
                "refunded": money(part.refunded),
            }
            for part in totals
        ],
    }


def alert_view(alert: Alert) -> Json:
    """Something that needs a person."""
    return {
        "key": alert.key,
        "level": alert.level.value,
        "code": alert.code,
        "order_id": alert.order_id,
        "facts": dict(alert.facts),
    }


def _summary(order: OrderSummary) -> Json:
    return {
        "id": order.id,
        "number": order.number,
        "status": order.status.value,
        "payment_status": order.payment_status.value,
        "buyer_id": order.buyer_id,
        "merchants": list(order.merchants),
        "lines": order.lines,
        "goods": money(order.goods),
        "total": money(order.total),
        "captured": money(order.captured),
        "refunded": money(order.refunded),
        "created_at": instant(order.created_at),
        "updated_at": instant(order.updated_at),
        "version": order.version,
        "links": {"self": order_path(order.id)},
    }
