"""Lists made from events: search, sales by day, the stock board, the price audit, settlement lines."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access import Scope, merchant_of, must_own, needs
from api.answers import json_answer
from api.dependencies import services_of
from api.documentation import described
from api.lists import read_query
from api.read_models import (
    hit_view,
    list_cursor,
    page_view,
    price_step_view,
    sales_day_view,
    settlement_line_view,
    stock_place_view,
)
from api.schemas.read_models import (
    DailySalesQuery,
    PriceAuditQuery,
    PriceAuditView,
    SalesDaysView,
    SearchPageView,
    SearchQuery,
    SettlementLinesQuery,
    SettlementLinesView,
    StockBoardQuery,
    StockBoardView,
)
from domain.ports.read_models import Narrowed, ReadModels

router = APIRouter(prefix="/v1", tags=["read models"])
_REFUSALS = ("invalid_request", "invalid_value", "wrong_scope")
_STAR = "*"


@router.get(
    "/search",
    dependencies=[needs(Scope.OPERATOR, Scope.FINANCE, Scope.OPS)],
    **described(query=SearchQuery, answers={200: SearchPageView}, refusals=_REFUSALS),
)
async def search_orders(request: Request) -> Response:
    """Orders by their id or number, buyer, SKU, or the key of a payment, refund, shipment, parcel or return.

    `q=5PQPV*` finds what begins so: at least three characters, and the first fifty terms.
    """
    query = read_query(request, SearchQuery)
    page = await _models(request).search(
        query.q.rstrip(_STAR),
        beginning=query.q.endswith(_STAR),
        cursor=list_cursor(query.cursor),
        limit=query.limit,
    )
    return json_answer(page_view(page, hit_view))


@router.get(
    "/sales/daily",
    dependencies=[needs(Scope.MERCHANT, Scope.OPERATOR, Scope.FINANCE)],
    **described(
        query=DailySalesQuery, answers={200: SalesDaysView}, refusals=(*_REFUSALS, "merchant_not_found")
    ),
)
async def read_daily_sales(request: Request) -> Response:
    """Orders, units, goods and refunds of each merchant's day, newest day first."""
    query = read_query(request, DailySalesQuery)
    narrowed = Narrowed(
        merchant_id=_merchant(request, query.merchant_id), day_from=query.day_from, day_until=query.day_to
    )
    page = await _models(request).sales_daily(narrowed, list_cursor(query.cursor), query.limit)
    return json_answer(page_view(page, sales_day_view))


@router.get(
    "/stock-board",
    dependencies=[needs(Scope.OPERATOR, Scope.OPS)],
    **described(query=StockBoardQuery, answers={200: StockBoardView}, refusals=_REFUSALS),
)
async def read_stock_board(request: Request) -> Response:
    """How many units of each SKU are promised, to send, on the way, with buyers, and back."""
    query = read_query(request, StockBoardQuery)
    page = await _models(request).stock_board(Narrowed(sku=query.sku), list_cursor(query.cursor), query.limit)
    return json_answer(page_view(page, stock_place_view))


@router.get(
    "/price-audit",
    dependencies=[needs(Scope.MERCHANT, Scope.OPERATOR, Scope.FINANCE)],
    **described(
        query=PriceAuditQuery, answers={200: PriceAuditView}, refusals=(*_REFUSALS, "merchant_not_found")
    ),
)
async def read_price_audit(request: Request) -> Response:
    """Who wanted and set which price or promotion when; a merchant's key sees its own."""
    query = read_query(request, PriceAuditQuery)
    narrowed = Narrowed(merchant_id=_merchant(request, query.merchant_id), sku=query.sku)
    page = await _models(request).price_audit(narrowed, list_cursor(query.cursor), query.limit)
    return json_answer(page_view(page, price_step_view))


@router.get(
    "/settlement-lines",
    dependencies=[needs(Scope.FINANCE, Scope.MERCHANT)],
    **described(
        query=SettlementLinesQuery,
        answers={200: SettlementLinesView},
        refusals=(*_REFUSALS, "merchant_not_found"),
    ),
)
async def read_settlement_lines(request: Request) -> Response:
    """Sold lines and what of them was paid back, newest sale first; a merchant's key sees its own."""
    query = read_query(request, SettlementLinesQuery)
    narrowed = Narrowed(
        merchant_id=_merchant(request, query.merchant_id),
        order_id=query.order_id,
        sku=query.sku,
        day_from=query.day_from,
        day_until=query.day_to,
    )
    page = await _models(request).settlement_lines(narrowed, list_cursor(query.cursor), query.limit)
    return json_answer(page_view(page, settlement_line_view))


def _models(request: Request) -> ReadModels:
    return services_of(request).ports.read_models


def _merchant(request: Request, asked: str | None) -> str | None:
    if asked is not None:
        must_own(request, asked)
    return asked or merchant_of(request)
