"""Ready HTTP answers from bytes. Nothing here validates: what is written was built by us."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.errors import PROBLEM_TYPE, FieldError, problem, rule_of
from api.opening import MARK, Opening, keeps_sealed
from domain.ports.intake import StoredAnswer

JSON_TYPE = "application/json"
_FIRST_ERROR = 400


class Answer(Response):
    """A JSON answer. What is sealed in it is opened while it is sent: nothing before that holds it open."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        if MARK in self.body:
            opening: Opening = scope["app"].state.services.opening
            self.body = await opening.answer(bytes(self.body), keep_sealed=keeps_sealed(scope))
            self.headers["content-length"] = str(len(self.body))
        await super().__call__(scope, receive, send)


def json_answer(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """`content` as JSON; bytes are taken as JSON already."""
    body = content if isinstance(content, bytes) else to_json(content)
    return Answer(body, status, headers, JSON_TYPE)


def no_content() -> Response:
    """204."""
    return Response(status_code=204)


def problem_answer(
    request: Request,
    code: str,
    facts: Mapping[str, object] | None = None,
    errors: Iterable[FieldError] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The problem document of a slug, with Retry-After where its rule has one."""
    rule = rule_of(code)
    extra = dict(headers or {})
    if rule.retry_after is not None:
        extra.setdefault("Retry-After", str(rule.retry_after))
    if rule.status == 401:  # noqa: PLR2004 - RFC 9110: a 401 names its scheme
        extra.setdefault("WWW-Authenticate", "Bearer")
    return Response(problem(code, request_id_of(request), facts, errors), rule.status, extra, PROBLEM_TYPE)


def stored_answer(answer: StoredAnswer, *, replayed: bool) -> Response:
    """An answer that was kept, as it was sent."""
    media = JSON_TYPE if answer.status < _FIRST_ERROR else PROBLEM_TYPE
    headers = {"Idempotent-Replayed": "true"} if replayed else None
    return Answer(answer.body, answer.status, headers, media)


def request_id_of(request: Request) -> str:
    """The id that the edge gave to this request."""
    identity: str = request.scope.get("request_id", "")
    return identity


def trace_id_of(request: Request) -> str:
    """The caller's own trace; empty without one."""
    trace_id: str = request.scope.get("trace_id", "")
    return trace_id
