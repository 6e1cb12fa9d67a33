"""Who did what, when, why, and what caused it."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access import Scope, needs
from api.answers import json_answer
from api.dependencies import services_of
from api.documentation import described
from api.lists import read_query
from api.schemas.audit import AuditQuery, AuditTrailView
from api.schemas.values import instant
from api.views import Json
from domain.errors import DomainError
from domain.ports.audit import AuditEntry, AuditSubject

router = APIRouter(prefix="/v1/audit", tags=["figures"])


class NothingAuditedError(DomainError):
    """Nothing ever happened to what was asked about, as far as any event says."""

    code = "nothing_audited"


@router.get(
    "/{subject}/{subject_id}",
    dependencies=[needs(Scope.OPERATOR, Scope.FINANCE, Scope.OPS)],
    **described(
        query=AuditQuery,
        answers={200: AuditTrailView},
        refusals=("wrong_scope", "nothing_audited", "invalid_request"),
    ),
)
async def read_audit(request: Request, subject: AuditSubject, subject_id: str) -> Response:
    """What happened to an `order`, a `refund` by its key, or the `price` of a SKU, oldest first.

    `has_more` says that there is more; ask again `after` the last position.
    """
    query = read_query(request, AuditQuery)
    audit = services_of(request).ports.audit
    found = await audit.of(subject, subject_id, query.limit + 1, after=query.after)
    if not found and not query.after:
        raise NothingAuditedError
    shown = found[: query.limit]
    return json_answer({"items": [_view(entry) for entry in shown], "has_more": len(found) > len(shown)})


def _view(entry: AuditEntry) -> Json:
    times = {"occurred_at": instant(entry.occurred_at), "recorded_at": instant(entry.recorded_at)}
    return {**asdict(entry), **times}
