"""What lies where, and what is free of it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.schemas.values import AnswerBody, RequestBody

MOST_UNITS = 1_000_000_000


class OnShelfBody(RequestBody):
    """How many units lie on the shelf and may be sold; those that stand ready for orders do not count."""

    on_shelf: Annotated[int, Field(ge=0, le=MOST_UNITS, examples=[40])]


class ShelfView(AnswerBody):
    """One warehouse: units on its shelf, and `allocated` ones that stand ready for orders."""

    warehouse_id: str
    on_shelf: int
    allocated: int


class StockView(AnswerBody):
    """One SKU. What lies on all shelves is available, held, or sold and not allocated yet.

    `sold` units wait for their shipment.
    """

    sku: str
    available: int
    held: int
    sold: int
    shelves: list[ShelfView]
