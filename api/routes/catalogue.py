"""The merchant's calls: items with prices and stock, delivery fees. Idempotent by nature."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from api.access import Scope, actor_of, must_own, needs
from api.answers import no_content
from api.dependencies import services_of
from api.documentation import described
from api.json_body import read_body
from api.schemas.catalogue import BasePriceBody, DeliveryFeeBody, ItemBody, ItemsBody
from api.schemas.values import PriceBody
from domain.catalogue.items import LONGEST_ID, BasePrice, CatalogueItem
from domain.errors import CurrencyMismatchError, InvalidValueError
from domain.money import Money
from domain.ports.catalogue import Author
from domain.pricing.book import DeliveryFee

router = APIRouter(
    prefix="/v1/catalogue", tags=["catalogue"], dependencies=[needs(Scope.MERCHANT, Scope.OPERATOR)]
)
_MERCHANT = Path(min_length=1, max_length=LONGEST_ID, pattern=r"^[\x21-\x7e]+$", examples=["shop-7"])


@router.put(
    "/items",
    status_code=204,
    **described(
        body=ItemsBody,
        answers={204: "Done, all items."},
        refusals=(
            "malformed_json",
            "unsupported_media_type",
            "body_too_large",
            "invalid_request",
            "invalid_value",
            "merchant_not_found",
        ),
        example={
            "items": [
                {
                    "sku": "tea-01",
                    "merchant_id": "shop-7",
                    "title": "Oolong, 100 g",
                    "category": "physical",
                    "prices": [
                        {
                            "market_price": {"amount": 25900, "currency": "CNY"},
                            "discount_price": {"amount": 19900, "currency": "CNY"},
                            "region": "CN",
                        }
                    ],
                    "stock": 100,
                }
            ]
        },
    ),
)
async def put_items(request: Request) -> Response:
    """Create or replace SKUs with their prices, all or none."""
    body = await read_body(request, ItemsBody)
    must_own(request, *(item.merchant_id for item in body.items))
    items = [_item(item) for item in body.items]
    if len({item.sku for item in items}) != len(items):
        raise InvalidValueError(field="items", rule="each sku once")
    catalogue = services_of(request).ports.catalogue
    # What somebody else sells is theirs, whatever merchant the item names now.
    must_own(request, *(await catalogue.owners([item.sku for item in items])).values())
    await catalogue.put_items(items, Author(actor_of(request)))
    return no_content()


@router.put(
    "/merchants/{merchant_id}/delivery-fee",
    status_code=204,
    **described(
        body=DeliveryFeeBody,
        answers={204: "Done."},
        refusals=("malformed_json", "unsupported_media_type", "invalid_request", "currency_mismatch"),
        example={
            "fee": {"amount": 1200, "currency": "CNY"},
            "free_from": {"amount": 9900, "currency": "CNY"},
        },
    ),
)
async def put_delivery_fee(request: Request, merchant_id: Annotated[str, _MERCHANT]) -> Response:
    """What a merchant charges per order for carrying goods; zero removes it."""
    must_own(request, merchant_id)
    body = await read_body(request, DeliveryFeeBody)
    fee = DeliveryFee(_money(body.fee), _free_from(body))
    await services_of(request).ports.catalogue.put_delivery_fee(merchant_id, fee, Author(actor_of(request)))
    return no_content()


def _item(body: ItemBody) -> CatalogueItem:
    prices = tuple(_price(price) for price in body.prices)
    return CatalogueItem(body.sku, body.merchant_id, body.title, body.category, prices, body.stock)


def _price(body: BasePriceBody) -> BasePrice:
    listed = _money(body.listed_price) if body.listed_price else None
    return BasePrice(_money(body.market_price), _money(body.discount_price), listed, body.region or "")


def _free_from(body: DeliveryFeeBody) -> int | None:
    if body.free_from is None:
        return None
    if body.free_from.currency != body.fee.currency:
        raise CurrencyMismatchError(expected=body.fee.currency, actual=body.free_from.currency)
    return body.free_from.amount


def _money(body: PriceBody) -> Money:
    return Money(body.amount, body.currency)
