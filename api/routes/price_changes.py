"""Who changed which price, and how often shown prices still held. For operators and people on duty."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access import Scope, needs
from api.answers import json_answer
from api.dependencies import services_of
from api.documentation import described
from api.lists import read_query
from api.pricing.figures import figures_view, last_hour
from api.schemas.price_changes import PriceChangesQuery, PriceChangesView, PricingFiguresView
from api.schemas.values import instant
from api.views import Json
from domain.ports.catalogue import PriceChange

router = APIRouter(prefix="/v1", tags=["figures"])


@router.get(
    "/price-changes",
    dependencies=[needs(Scope.OPERATOR, Scope.FINANCE)],
    **described(
        query=PriceChangesQuery,
        answers={200: PriceChangesView},
        refusals=("invalid_request", "wrong_scope"),
    ),
)
async def list_price_changes(request: Request) -> Response:
    """The audit log of prices, promotions, vouchers and fees, newest first."""
    query = read_query(request, PriceChangesQuery)
    # One more than asked for tells whether there are more.
    found = await services_of(request).ports.catalogue.changes(
        query.subject, query.subject_id, before=query.before, limit=query.limit + 1
    )
    shown, more = found[: query.limit], len(found) > query.limit
    return json_answer(
        {
            "items": [_change(change) for change in shown],
            "has_more": more,
            "before": shown[-1].number if more else None,
        }
    )


@router.get(
    "/pricing/figures",
    dependencies=[needs(Scope.OPERATOR, Scope.OPS, Scope.FINANCE)],
    **described(answers={200: PricingFiguresView}, refusals=("wrong_scope",)),
)
async def read_figures(request: Request) -> Response:
    """How many shown prices were checked in the last hour, and how many no longer held."""
    ports = services_of(request).ports
    return json_answer({"last_hour": figures_view(await last_hour(ports.price_checks, ports.clock))})


def _change(change: PriceChange) -> Json:
    return {
        "number": change.number,
        "changed_at": instant(change.changed_at),
        "who": change.who,
        "why": change.why,
        "subject": change.subject.value,
        "subject_id": change.subject_id,
        "old": change.old,
        "new": change.new,
    }
