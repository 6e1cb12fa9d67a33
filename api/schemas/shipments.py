"""What carriers and merchants report, and how the goods of an order reach its buyer."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from api.schemas.values import AnswerBody, Identifier, Instant, Quantity, RequestBody
from domain.catalogue.items import Category
from domain.order.lines import MOST_LINES
from domain.order.shipments import ShipmentEnd, ShipmentStatus
from domain.ports.carriers import CarrierFactKind


class ShipmentEventBody(RequestBody):
    """A carrier's word; `event_id` makes a repeat harmless."""

    event_id: Identifier
    kind: CarrierFactKind
    occurred_at: Annotated[AwareDatetime, Field(examples=["2026-01-31T08:15:00Z"])]


class AcceptBody(RequestBody):
    """A merchant's word on its services in an order. `merchant_id` is needed when several merchants serve."""

    accepted: bool
    merchant_id: Identifier | None = None


class UnitsBody(RequestBody):
    """How many units of which line; lines count from 1."""

    line: Annotated[int, Field(ge=1, le=MOST_LINES, examples=[1])]
    quantity: Annotated[Quantity, Field(examples=[1])]


class ShipmentView(AnswerBody):
    """What goes together: a parcel, a merchant's services, or all files of an order.

    A service must be accepted until `accept_by`; `end` says why a cancelled shipment was cancelled.
    """

    id: Annotated[str, Field(examples=["shp_ord_2vD3kq_1"])]
    category: Category
    status: ShipmentStatus
    lines: list[UnitsBody]
    warehouse_id: str | None
    merchant_id: str | None
    accept_by: Instant | None
    carrier: str | None
    tracking_number: str | None
    end: ShipmentEnd | None
