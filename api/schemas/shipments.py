"""What carriers report."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field

from api.schemas.values import Identifier, RequestBody


class ShipmentEventKind(StrEnum):
    """What happened to a parcel."""

    HANDED_OVER = "handed_over"
    DELIVERED = "delivered"


class ShipmentEventBody(RequestBody):
    """A carrier's word; `event_id` makes a repeat harmless."""

    event_id: Identifier
    kind: ShipmentEventKind
    occurred_at: Annotated[AwareDatetime, Field(examples=["2026-01-31T08:15:00Z"])]
