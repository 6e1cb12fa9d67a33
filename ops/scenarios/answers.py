"""What every hand on the API needs: telling a good answer from a bad one, keys, and times."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import httpx


class ShopError(Exception):
    """The API answered with something that no scenario expects, or not in time."""


def expect(answer: httpx.Response, status: HTTPStatus) -> Any:
    """The body of an answer with that status, None when it has none. Raises `ShopError` for another one."""
    if answer.status_code != status:
        request, said = answer.request, f"{answer.status_code} {_slug(answer)}".strip()
        raise ShopError(f"{request.method} {request.url.path} answered {said} instead of {status:d}")
    return answer.json() if answer.content else None


def once() -> dict[str, str]:
    """The header that makes a POST safe to repeat."""
    return {"idempotency-key": str(uuid4())}


def in_time(later: timedelta = timedelta()) -> str:
    """Now, or so much later, as the API writes times."""
    moment = datetime.now(UTC) + later
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def code_of(answer: httpx.Response) -> str:
    """The slug of a problem; empty when the answer is none."""
    return _slug(answer).split(" ", 1)[0] if answer.is_error else ""


def _slug(answer: httpx.Response) -> str:
    """What kind of problem it was, where the answer says so."""
    if not answer.headers.get("content-type", "").startswith("application/problem+json"):
        return answer.text[:200]
    problem: dict[str, Any] = answer.json()
    return " ".join([problem["code"], *(error["pointer"] for error in problem.get("errors", ()))])
