"""Requests by gRPC pass the very checks that they pass over HTTP: the same models read the same JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel
from pydantic_core import to_json

from api.json_body import body_from

_Model = TypeVar("_Model", bound=BaseModel)


def request_from(stated: Mapping[str, object], model: type[_Model]) -> _Model:
    """What a message says, as the request of HTTP. Raises `InvalidRequestError`."""
    return body_from(to_json(stated), model)
