"""The three prices of one thing: shown on a page, ordered by, and paid. One implementation behind all."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access import Scope, needs
from api.answers import json_answer
from api.dependencies import services_of
from api.documentation import described
from api.json_body import read_body
from api.pricing import three_prices
from api.pricing.answers import price_history_view
from api.pricing.views import quote_path
from api.routes.quotes import PRICED
from api.schemas.prices import (
    DisplayPricesBody,
    DisplayPricesView,
    OrderPriceBody,
    PaymentPriceBody,
    PaymentPriceView,
    PriceHistoryView,
)
from api.schemas.quotes import QuoteView

router = APIRouter(prefix="/v1", tags=["prices"])


@router.post(
    "/prices/display",
    dependencies=[needs(Scope.CALLER)],
    **described(
        body=DisplayPricesBody,
        answers={200: DisplayPricesView},
        refusals=("malformed_json", "unsupported_media_type", "invalid_request", "price_not_found"),
        example={"currency": "CNY", "skus": ["tea-01", "cup-01"], "region": "CN", "buyer_id": "buyer-7"},
    ),
)
async def display_prices(request: Request) -> Response:
    """What a product page shows: the price of one of each, with what is struck through and what ends soon."""
    body = await read_body(request, DisplayPricesBody)
    services = services_of(request)
    shown = await three_prices.display_prices(services.desk, body, services.ports.clock.now())
    return json_answer(shown)


@router.post(
    "/prices/order",
    status_code=201,
    dependencies=[needs(Scope.CALLER)],
    **described(
        body=OrderPriceBody,
        answers={201: QuoteView},
        refusals=PRICED,
        example={
            "currency": "CNY",
            "buyer_id": "buyer-7",
            "lines": [{"sku": "tea-01", "quantity": 2}],
            "payment_method": "card",
        },
    ),
)
async def order_price(request: Request) -> Response:
    """A quote to order by: with everything that is charged once the payment method is named."""
    body = await read_body(request, OrderPriceBody)
    services = services_of(request)
    quote = await three_prices.order_price(services.desk, body, services.ports.clock.now())
    return json_answer(quote, 201, {"Location": quote_path(str(quote["id"]))})


@router.post(
    "/prices/payment",
    dependencies=[needs(Scope.CALLER)],
    **described(
        body=PaymentPriceBody,
        answers={200: PaymentPriceView},
        refusals=(
            "malformed_json",
            "unsupported_media_type",
            "invalid_request",
            "snapshot_not_found",
            "not_a_final_price",
            "prices_temporarily_unavailable",
        ),
        example={"snapshot_id": "snap_5Jt0bW4m2Q", "buyer_id": "buyer-7"},
    ),
)
async def payment_price(request: Request) -> Response:
    """Whether a shown price still holds, and by which snapshot to order. It binds nobody."""
    body = await read_body(request, PaymentPriceBody)
    services = services_of(request)
    ports = services.ports
    price = await three_prices.payment_price(services.desk, ports.snapshots, body, ports.clock.now())
    return json_answer(price)


@router.get(
    "/orders/{order_id}/prices",
    dependencies=[needs(Scope.CALLER, Scope.FINANCE, Scope.OPERATOR)],
    **described(answers={200: PriceHistoryView}, refusals=("order_not_found",)),
)
async def read_price_history(request: Request, order_id: str) -> Response:
    """Every price of an order: what it was compared with, what came of it, and by which snapshots."""
    services = services_of(request)
    await services.orders.find(order_id)
    checks = await services.ports.price_checks.of_order(order_id)
    snapshots = await services.ports.snapshots.of_order(order_id)
    return json_answer(price_history_view(checks, snapshots))
