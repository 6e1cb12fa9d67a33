"""Turns everything that a route or the framework raises into problem documents."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.answers import problem_answer
from api.errors import INTERNAL, RULES, FieldError
from api.json_body import InvalidRequestError
from domain.errors import DomainError

_BY_STATUS = {404: "not_found", 405: "method_not_allowed"}


def install(app: FastAPI) -> None:
    """Answer in one form whatever goes wrong; what nobody expects is left to the edge."""
    app.add_exception_handler(DomainError, _broken_rule)
    app.add_exception_handler(HTTPException, _framework)
    app.add_exception_handler(RequestValidationError, _parameters)


async def _broken_rule(request: Request, error: Exception) -> Response:
    assert isinstance(error, DomainError)
    if error.code in INTERNAL or error.code not in RULES:
        raise error  # a bug of ours: the edge logs it and answers 500
    return problem_answer(request, error.code, error.facts, field_errors_of(error))


async def _framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _BY_STATUS.get(error.status_code, "invalid_request")
    return problem_answer(request, code, headers=error.headers)


async def _parameters(request: Request, error: Exception) -> Response:
    # Only paths are read by the framework: what cannot be an id is not found.
    assert isinstance(error, RequestValidationError)
    return problem_answer(request, "not_found")


def field_errors_of(error: DomainError) -> tuple[FieldError, ...]:
    """Which fields of the request a broken rule is about, if it says so."""
    if isinstance(error, InvalidRequestError):
        return error.errors
    field, rule = error.facts.get("field"), error.facts.get("rule")
    return (FieldError(str(field), str(rule)),) if field and rule else ()
