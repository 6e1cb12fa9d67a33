"""Counting stock: what lies on which shelf, and what is free of a SKU. Idempotent by nature."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from api.access import Scope, must_own, needs
from api.answers import json_answer, no_content
from api.dependencies import services_of
from api.documentation import described
from api.json_body import read_body
from api.schemas.values import IDENTIFIER, VISIBLE
from api.schemas.warehouses import OnShelfBody, StockView
from domain.catalogue.items import LONGEST_ID
from domain.ports.catalogue import ItemNotFoundError
from domain.ports.stock import StockLevel

router = APIRouter(prefix="/v1", tags=["stock"])
_WAREHOUSE = Path(min_length=1, max_length=LONGEST_ID, pattern=IDENTIFIER, examples=["east"])
_SKU = Path(min_length=1, max_length=LONGEST_ID, pattern=VISIBLE, examples=["tea-01"])
_REFUSED = ("wrong_scope", "merchant_not_found", "item_not_found")


@router.put(
    "/warehouses/{warehouse_id}/stock/{sku:path}",
    status_code=204,
    dependencies=[needs(Scope.MERCHANT, Scope.OPERATOR)],
    **described(
        body=OnShelfBody,
        answers={204: "Done; what is available has changed by the difference."},
        refusals=(
            *_REFUSED,
            "malformed_json",
            "unsupported_media_type",
            "body_too_large",
            "invalid_request",
            "invalid_value",
        ),
        example={"on_shelf": 40},
    ),
)
async def put_stock(
    request: Request, warehouse_id: Annotated[str, _WAREHOUSE], sku: Annotated[str, _SKU]
) -> Response:
    """Tell what lies on a shelf. It cannot be less than what buyers have been promised."""
    body = await read_body(request, OnShelfBody)
    await _reach(request, sku)
    await services_of(request).ports.warehouses.put_stock(warehouse_id, sku, body.on_shelf)
    return no_content()


@router.get(
    "/stock/{sku:path}",
    dependencies=[needs(Scope.CALLER, Scope.MERCHANT, Scope.OPERATOR)],
    **described(answers={200: StockView}, refusals=_REFUSED),
)
async def read_stock(request: Request, sku: Annotated[str, _SKU]) -> Response:
    """What is available, held and sold of a SKU, and what lies where."""
    await _reach(request, sku)
    ports = services_of(request).ports
    level = await ports.stock.level(sku) or StockLevel(sku, 0, 0, 0)
    shelves = await ports.warehouses.shelves([sku])
    return json_answer(
        {
            "sku": sku,
            "available": level.available,
            "held": level.held,
            "sold": level.sold,
            "shelves": [
                {
                    "warehouse_id": shelf.warehouse_id,
                    "on_shelf": shelf.on_shelf,
                    "allocated": shelf.allocated,
                }
                for shelf in shelves
            ],
        }
    )


async def _reach(request: Request, sku: str) -> None:
    """Raise `ItemNotFoundError`, or `MerchantNotFoundError` when another merchant sells it."""
    owners = await services_of(request).ports.catalogue.owners([sku])
    if sku not in owners:
        raise ItemNotFoundError(sku=sku)
    must_own(request, owners[sku])
