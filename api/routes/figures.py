"""Sums and alerts: what merchants and people on duty look at."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access import Scope, merchant_of, must_own, needs
from api.answers import json_answer
from api.dependencies import services_of
from api.documentation import described
from api.lists import alert_view, read_query, sales_view
from api.schemas.lists import AlertPageView, AlertsQuery, SalesQuery, SalesView

router = APIRouter(prefix="/v1", tags=["figures"])


@router.get(
    "/sales",
    dependencies=[needs(Scope.MERCHANT, Scope.OPERATOR, Scope.FINANCE)],
    **described(query=SalesQuery, answers={200: SalesView}, refusals=("invalid_request",)),
)
async def read_sales(request: Request) -> Response:
    """Sums from the projection, apart by status and currency; all of them, or those of one merchant."""
    query = read_query(request, SalesQuery)
    merchant = query.merchant_id or merchant_of(request)
    if merchant is not None:
        must_own(request, merchant)
    totals = await services_of(request).ports.views.totals(
        merchant, created_from=query.created_from, created_until=query.created_to
    )
    return json_answer(sales_view(totals))


@router.get(
    "/alerts",
    dependencies=[needs(Scope.OPERATOR, Scope.OPS)],
    **described(query=AlertsQuery, answers={200: AlertPageView}, refusals=("invalid_request",)),
)
async def list_alerts(request: Request) -> Response:
    """What needs a person, newest first."""
    query = read_query(request, AlertsQuery)
    alerts = await services_of(request).ports.notices.alerts(query.limit)
    return json_answer({"items": [alert_view(alert) for alert in alerts]})
