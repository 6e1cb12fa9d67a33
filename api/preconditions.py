"""If-Match: which version of something a caller has decided on."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from domain.errors import DomainError

_NO_VERSION = -1
IF_MATCH: dict[str, Any] = {
    "name": "If-Match",
    "in": "header",
    "description": "The ETag of what you decided on; another version is not touched.",
    "schema": {"type": "string", "examples": ['"3"']},
}


class PreconditionRequiredError(DomainError):
    """A change without saying of what: If-Match is missing."""

    code = "precondition_required"


def seen_version(request: Request) -> int | None:
    """The version in If-Match; None without that header, and for `*`, which any version matches (RFC 9110).

    What we never gave out matches nothing.
    """
    tag = request.headers.get("if-match", "*").strip()
    if tag == "*":
        return None
    version = tag.removeprefix("W/").strip('"')
    fits = version.isascii() and version.isdecimal() and len(version) < 10  # noqa: PLR2004 - fits 32 bits
    return int(version) if fits else _NO_VERSION
