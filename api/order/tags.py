"""Puts an order's version on answers as their ETag, also on those that were kept."""

from __future__ import annotations

import json

from starlette.responses import Response

_FIRST_ERROR = 400


def tagged(answer: Response, location: str = "") -> Response:
    """`answer` with the version that its body shows; a new thing is found at `location`.

    Nothing is added to refusals, nor where the body shows no version.
    """
    if answer.status_code >= _FIRST_ERROR:
        return answer
    version = _version_in(json.loads(bytes(answer.body)))
    if version is not None:
        answer.headers["ETag"] = f'"{version}"'
    if location:
        answer.headers["Location"] = location
    return answer


def _version_in(shown: dict[str, object]) -> object:
    order = shown.get("order")
    if isinstance(order, dict):
        return order["version"]
    return shown.get("order_version", shown.get("version"))
