"""Read models as callers see them: cursors in, pages out. Pure translation."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import asdict
from typing import TypeVar

from api.errors import FieldError
from api.json_body import InvalidRequestError
from api.order.paths import order_path
from api.pricing.proposals import PATH
from api.schemas.values import instant
from api.views import Json, money
from domain.ports.projections import ProjectionHealth
from domain.ports.read_models import (
    Cursor,
    PriceStep,
    ReadPage,
    SalesDay,
    SearchHit,
    SettlementLine,
    StockPlace,
)

PROJECTIONS = "/v1/projections"
_T = TypeVar("_T")


def list_cursor(text: str | None) -> Cursor | None:
    """Where a page ended. Raises `InvalidRequestError` for what cannot be a cursor of ours."""
    if text is None:
        return None
    try:
        parts = json.loads(urlsafe_b64decode(text.encode("ascii")))
    except (ValueError, RecursionError) as error:
        raise InvalidRequestError((FieldError("/cursor", "not a cursor of this list"),)) from error
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise InvalidRequestError((FieldError("/cursor", "not a cursor of this list"),))
    return tuple(parts)


def page_view(page: ReadPage[_T], view: Callable[[_T], Json]) -> Json:
    """A page of anything."""
    text = urlsafe_b64encode(json.dumps(page.next).encode()).decode() if page.next is not None else None
    return {"items": [view(item) for item in page.items], "has_more": text is not None, "cursor": text}


def hit_view(hit: SearchHit) -> Json:
    """An order that was found."""
    return {
        "order_id": hit.order_id,
        "created_at": instant(hit.created_at),
        "found_by": [{"kind": kind.value, "term": term} for kind, term in hit.found_by],
        "links": {"order": order_path(hit.order_id)},
    }


def sales_day_view(day: SalesDay) -> Json:
    """A merchant's day."""
    return {
        "merchant_id": day.merchant_id,
        "day": day.day.isoformat(),
        "currency": day.goods.currency,
        "orders": day.orders,
        "units": day.units,
        "goods": money(day.goods),
        "refunds": money(day.refunds),
    }


def stock_place_view(place: StockPlace) -> Json:
    """Where the units of a SKU are."""
    return {"sku": place.sku, **asdict(place.units)}


def price_step_view(step: PriceStep) -> Json:
    """A step of a proposal."""
    return {
        "proposal_id": step.proposal_id,
        "step": step.step,
        "position": step.position,
        "what": step.what,
        "subject": step.subject.value,
        "merchant_id": step.merchant_id,
        "skus": None if step.skus is None else list(step.skus),
        "content": step.content,
        "starts_at": instant(step.starts_at),
        "ends_at": instant(step.ends_at) if step.ends_at else None,
        "by": step.by,
        "words": step.words,
        "occurred_at": instant(step.occurred_at),
        "links": {"proposal": f"{PATH}/{step.proposal_id}"},
    }


def settlement_line_view(line: SettlementLine) -> Json:
    """A sold line."""
    return {
        "order_id": line.order_id,
        "order_number": line.number,
        "line": line.line,
        "merchant_id": line.merchant_id,
        "sku": line.sku,
        "title": line.title,
        "unit_price": money(line.unit_price),
        "quantity": line.quantity,
        "goods": money(line.goods),
        "refunded_quantity": line.refunded_quantity,
        "refunded": money(line.refunded),
        "sold_at": instant(line.sold_at),
        "refunded_at": instant(line.refunded_at) if line.refunded_at else None,
    }


def projection_view(health: ProjectionHealth) -> Json:
    """How a read model is."""
    parked = [
        {
            "stream_id": stream.order_id,
            "version": stream.version,
            "position": stream.position,
            "error": stream.error,
            "parked_at": instant(stream.parked_at),
        }
        for stream in health.parked
    ]
    return {
        "name": health.name,
        "position": health.position,
        "lag_seconds": round(health.lag.total_seconds(), 3),
        "owner": health.owner,
        "parked": parked,
        "links": {"resume": f"{PROJECTIONS}/{health.name}/resume"} if parked else {},
    }
