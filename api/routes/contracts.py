"""The contract of messages as a document, beside that of HTTP at /openapi.json."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from api.answers import json_answer
from api.messaging.document import asyncapi

router = APIRouter()


# Of the contract itself, as /openapi.json is, and therefore not in it.
@router.get("/asyncapi.json", include_in_schema=False)
async def read_asyncapi() -> Response:
    """The AsyncAPI document: topics, messages and their payloads."""
    return json_answer(asyncapi())
