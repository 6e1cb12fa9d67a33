"""Providers' reports against our ledger: run on demand, look at differences, repair or park them."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from fastapi import APIRouter
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from api.access import Scope, actor_of, needs
from api.answers import json_answer
from api.callbacks import UnknownProviderError
from api.dependencies import services_of
from api.documentation import IDEMPOTENCY_KEY, described
from api.json_body import read_body
from api.lists import read_query
from api.schemas.orders import EmptyBody
from api.schemas.reconciliations import (
    DifferenceView,
    ParkBody,
    ReconcileBody,
    ReconciliationsQuery,
    ReconciliationsView,
    ReconciliationView,
)
from api.settlements import RECONCILIATIONS, case_view, found_run_view, run_view
from domain.errors import InvalidValueError
from domain.ports.intake import StoredAnswer
from domain.reconciliation.compare import ReconciliationWindow

router = APIRouter(
    prefix=RECONCILIATIONS, tags=["settlement"], dependencies=[needs(Scope.FINANCE, Scope.OPERATOR)]
)
_LONGEST: Final = timedelta(days=31)
_ONCE = ("wrong_scope", "idempotency_key_missing", "idempotency_key_reused", "request_still_running")
_ABOUT = (*_ONCE, "reconciliation_not_found", "difference_not_found", "difference_closed")


@router.post(
    "",
    status_code=201,
    **described(
        body=ReconcileBody,
        headers=(IDEMPOTENCY_KEY,),
        answers={201: ReconciliationView},
        refusals=("invalid_request", "invalid_value", "unknown_provider", "payment_outcome_unknown", *_ONCE),
        example={"since": "2026-01-30T00:00:00Z", "until": "2026-01-31T00:00:00Z", "provider": "sandbox"},
    ),
)
async def reconcile(request: Request) -> Response:
    """Compare a provider's report with our ledger. Nothing is changed but the list of differences."""
    body = await read_body(request, ReconcileBody)
    services = services_of(request)
    now = services.ports.clock.now()
    window = ReconciliationWindow(body.since, body.until)
    if body.until - body.since > _LONGEST:
        raise InvalidValueError(field="until", rule="at most 31 days after since")
    if body.until > now:
        raise InvalidValueError(field="until", rule="not to come")
    if body.provider not in services.ports.reports:
        raise UnknownProviderError

    async def run(_: str) -> StoredAnswer:
        found = await services.reconciling.reconcile(body.provider, window, now, actor_of(request))
        return StoredAnswer(201, to_json(found_run_view(found)).decode())

    return await services.once.answer(request, body, run)


@router.get(
    "",
    **described(
        query=ReconciliationsQuery, answers={200: ReconciliationsView}, refusals=("invalid_request",)
    ),
)
async def list_reconciliations(request: Request) -> Response:
    """The newest runs first."""
    query = read_query(request, ReconciliationsQuery)
    runs = await services_of(request).ports.reconciliations.runs(query.limit)
    return json_answer({"items": [run_view(run) for run in runs]})


@router.get(
    "/{reconciliation_id}",
    **described(answers={200: ReconciliationView}, refusals=("reconciliation_not_found",)),
)
async def read_reconciliation(request: Request, reconciliation_id: str) -> Response:
    """A run with its differences as they stand now."""
    found = await services_of(request).reconciling.find(reconciliation_id)
    return json_answer(found_run_view(found))


@router.post(
    "/{reconciliation_id}/differences/{difference_id}/repair",
    **described(
        body=EmptyBody,
        headers=(IDEMPOTENCY_KEY,),
        answers={200: DifferenceView},
        refusals=(
            "nothing_to_repair",
            "payment_outcome_unknown",
            "payment_refused_by_provider",
            "order_process_unavailable",
            *_ABOUT,
        ),
        example={},
    ),
)
async def repair_difference(request: Request, reconciliation_id: str, difference_id: str) -> Response:
    """Have the order hear what the provider says now, or send a refund again by its key.

    The next run tells whether that has helped: a difference that is still there is open again.
    """
    body = await read_body(request, EmptyBody)
    services = services_of(request)

    async def repair(_: str) -> StoredAnswer:
        case = await services.reconciling.repair(
            reconciliation_id,
            difference_id,
            services.repairs,
            actor_of(request),
            services.ports.clock.now(),
        )
        return StoredAnswer(200, to_json(case_view(reconciliation_id, case)).decode())

    return await services.once.answer(request, body, repair)


@router.post(
    "/{reconciliation_id}/differences/{difference_id}/park",
    **described(
        body=ParkBody,
        headers=(IDEMPOTENCY_KEY,),
        answers={200: DifferenceView},
        refusals=("invalid_request", *_ABOUT),
        example={"note": "Their report lacks the line; confirmed by telephone."},
    ),
)
async def park_difference(request: Request, reconciliation_id: str, difference_id: str) -> Response:
    """Put a difference aside, with the reason. It stays so while nothing about it changes."""
    body = await read_body(request, ParkBody)
    services = services_of(request)

    async def park(_: str) -> StoredAnswer:
        now = services.ports.clock.now()
        case = await services.reconciling.park(
            reconciliation_id, difference_id, body.note, actor_of(request), now
        )
        return StoredAnswer(200, to_json(case_view(reconciliation_id, case)).decode())

    return await services.once.answer(request, body, park)
