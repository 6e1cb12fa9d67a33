"""Completes the OpenAPI document: request bodies, headers, the shape of refusals, credentials, webhooks."""

from __future__ import annotations

from collections.abc import Iterable
from types import UnionType
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api.errors import PROBLEM_TYPE, RULES
from api.schemas.problems import Problem

# A model, a choice of models, or a sentence when there is no body.
Answers = dict[int, type[BaseModel] | UnionType | str]
_REF = "#/components/schemas/{model}"
# Bodies and queries that routes described while they were imported; the document needs their schemas.
_models: set[type[BaseModel]] = {Problem}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "Names this request. The same key with the same body gets the first answer again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "examples": ["c0ffee-0001"]},
}
PREFER = {
    "name": "Prefer",
    "in": "header",
    "description": "`respond-async` answers 202 as soon as the request is safely written down.",
    "schema": {"type": "string", "enum": ["respond-async"]},
}
IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The ETag that you have. Unchanged: 304; with `wait`, held back until it changes.",
    "schema": {"type": "string", "examples": ['"3"']},
}


def described(
    *,
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    headers: Iterable[dict[str, Any]] = (),
    answers: Answers | None = None,
    refusals: Iterable[str] = (),
    example: object = None,
) -> dict[str, Any]:
    """Arguments for a route's decorator. Bodies and queries are read by us, so we describe them too.

    `answers` are models, or a sentence when there is no body; `refusals` are slugs of `api.errors`.
    """
    parameters = [*headers, *(_parameters(query) if query else ())]
    extra: dict[str, Any] = {"parameters": parameters} if parameters else {}
    if body is not None:
        media: dict[str, Any] = {"schema": {"$ref": _REF.format(model=body.__name__)}}
        if example is not None:
            media["example"] = example
        extra["requestBody"] = {"required": True, "content": {"application/json": media}}
        _models.add(body)
    return {"responses": _responses(answers or {}, refusals), "openapi_extra": extra}


def complete(app: FastAPI) -> dict[str, Any]:
    """The whole document, made once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            openapi_version=app.openapi_version,
            description=app.description,
            routes=app.routes,
            webhooks=app.webhooks.routes,
            tags=app.openapi_tags,
        )
        app.openapi_schema = _with_models(document)
    return app.openapi_schema


def _responses(answers: Answers, refusals: Iterable[str]) -> dict[int | str, Any]:
    found: dict[int | str, Any] = {}
    for status, answer in answers.items():
        found[status] = (
            {"description": answer}
            if isinstance(answer, str)
            else {
                "model": answer,
                "description": (answer.__doc__ or "").split("\n")[0],
            }
        )
    by_status: dict[int, list[str]] = {}
    for code in refusals:
        by_status.setdefault(RULES[code].status, []).append(code)
    for status, codes in by_status.items():
        found.setdefault(status, _problem(" · ".join(codes)))
    found["default"] = _problem("Any other refusal.")
    return found


def _problem(description: str) -> dict[str, Any]:
    schema = {"$ref": _REF.format(model=Problem.__name__)}
    return {"description": description, "content": {PROBLEM_TYPE: {"schema": schema}}}


def _parameters(query: type[BaseModel]) -> list[dict[str, Any]]:
    schema = query.model_json_schema()
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "schema": _inlined(part, schema),
        }
        for name, part in schema["properties"].items()
    ]


def _inlined(part: Any, schema: dict[str, Any]) -> Any:
    if isinstance(part, list):
        return [_inlined(item, schema) for item in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return schema["$defs"][part["$ref"].rpartition("/")[2]]
    return {name: _inlined(value, schema) for name, value in part.items()}


def _with_models(document: dict[str, Any]) -> dict[str, Any]:
    ordered = sorted(_models, key=lambda model: model.__name__)
    _, definitions = models_json_schema([(model, "validation") for model in ordered], ref_template=_REF)
    components = document.setdefault("components", {})
    components["schemas"] = {**definitions["$defs"], **components.get("schemas", {})}
    components["securitySchemes"] = {"apiKey": {"type": "http", "scheme": "bearer"}}
    document["security"] = [{"apiKey": []}]
    return document
