"""The three prices of one thing: shown on a page, ordered by, and paid. One implementation behind all."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from activities.price_desk import Ask
from api.access import Scope, needs
from api.answers import json_answer
from api.asking import ask_of
from api.dependencies import services_of
from api.documentation import described
from api.json_body import read_body
from api.price_answers import payment_price_view, price_history_view, shown_prices_view
from api.routes.quotes import PRICED, quoted
from api.schemas.prices import (
    DisplayPricesBody,
    DisplayPricesView,
    OrderPriceBody,
    PaymentPriceBody,
    PaymentPriceView,
    PriceHistoryView,
)
from api.schemas.quotes import QuoteView
from domain.errors import InvalidValueError
from domain.money import Money
from domain.ports.prices import SnapshotNotFoundError
from domain.pricing.request import RequestedLine, Scene, Wishes
from workflows.amounts import minor_digits

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
    if len(set(body.skus)) != len(body.skus):
        raise InvalidValueError(field="skus", rule="each sku once")
    services = services_of(request)
    now = services.ports.clock.now()
    lines = tuple(RequestedLine(sku, 1) for sku in body.skus)
    ask = Ask(Scene.DISPLAY, body.currency, lines, body.buyer_id, Wishes(region=body.region or ""))
    snapshot = await services.desk.quote(ask, now)
    return json_answer(shown_prices_view(snapshot, now))


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
    return await quoted(request, ask_of(body, Scene.CHECKOUT if body.payment_method else Scene.ORDER))


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
    snapshot = await services.ports.snapshots.get(body.snapshot_id)
    if snapshot is None:
        raise SnapshotNotFoundError(snapshot_id=body.snapshot_id)
    tolerance = Money(10 ** minor_digits(snapshot.currency), snapshot.currency)
    now = services.ports.clock.now()
    checked = await services.desk.payment_price(body.snapshot_id, body.buyer_id, tolerance, now)
    return json_answer(payment_price_view(checked))


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
