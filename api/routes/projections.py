"""How read models are doing, for people on duty, and letting streams on that a bad event has stopped."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from api.access import Scope, needs
from api.answers import json_answer
from api.dependencies import services_of
from api.documentation import described
from api.json_body import read_body
from api.read_models import PROJECTIONS, projection_view
from api.schemas.read_models import ProjectionsView, ResumeBody, ResumedView

router = APIRouter(prefix=PROJECTIONS, tags=["projections"], dependencies=[needs(Scope.OPS, Scope.OPERATOR)])
_NAME = Path(max_length=64, pattern=r"^[a-z_]+$", examples=["stock_board"])


@router.get("", **described(answers={200: ProjectionsView}, refusals=("wrong_scope",)))
async def list_projections(request: Request) -> Response:
    """Every read model: its position, its owner, and its lag: the age of the oldest event it has not seen."""
    healths = await services_of(request).ports.projections.health()
    return json_answer({"items": [projection_view(health) for health in healths]})


@router.post(
    "/{name}/resume",
    **described(
        body=ResumeBody,
        answers={200: ResumedView},
        refusals=("invalid_request", "projection_not_found", "wrong_scope"),
        example={"stream_id": "ord_5Jt0bW4m2Q"},
    ),
)
async def resume_streams(request: Request, name: Annotated[str, _NAME]) -> Response:
    """Let parked streams on, one or all. Safe to repeat: what is not parked is left alone."""
    body = await read_body(request, ResumeBody)
    resumed = await services_of(request).ports.projections.resume(name, body.stream_id)
    return json_answer({"resumed": list(resumed)})
