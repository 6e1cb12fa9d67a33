"""Reads a request body strictly: media type, encoding, duplicate keys, then the model from the bytes."""

from __future__ import annotations

import json
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from api.errors import FieldError
from domain.errors import DomainError

_Model = TypeVar("_Model", bound=BaseModel)
_MOST_ERRORS = 20


class UnsupportedMediaTypeError(DomainError):
    """A body that does not say it is JSON."""

    code = "unsupported_media_type"


class MalformedJsonError(DomainError):
    """Bytes that are not one acceptable JSON document."""

    code = "malformed_json"


class InvalidRequestError(DomainError):
    """A document of another shape than documented; `errors` names the fields."""

    code = "invalid_request"

    def __init__(self, errors: tuple[FieldError, ...]) -> None:
        super().__init__()
        self.errors = errors


async def read_body(request: Request, model: type[_Model]) -> _Model:
    """The body as `model`. Raises `UnsupportedMediaTypeError`, `MalformedJsonError`, `InvalidRequestError`.

    The body is looked at twice: pydantic reads JSON in its strict mode from bytes, but of two equal keys it
    silently keeps the last, so that the document is first checked for those.
    """
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise UnsupportedMediaTypeError
    body = await request.body()
    _check_document(body)
    return body_from(body, model)


def body_from(document: bytes, model: type[_Model]) -> _Model:
    """A JSON document as `model`. Raises `MalformedJsonError`, `InvalidRequestError`."""
    try:
        return model.model_validate_json(document)
    except ValidationError as error:
        if any(item["type"] == "json_invalid" for item in error.errors(include_input=False)):
            raise MalformedJsonError from error  # a lone surrogate, or nested deeper than the parser goes
        raise InvalidRequestError(field_errors(error)) from error


def field_errors(error: ValidationError) -> tuple[FieldError, ...]:
    """What pydantic found, with JSON pointers and without the values that were sent."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return tuple(FieldError(_pointer(item["loc"]), item["msg"]) for item in found[:_MOST_ERRORS])


def _pointer(location: tuple[int | str, ...]) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1")[:100] for part in location)


def _check_document(body: bytes) -> None:
    try:
        # Decoded here, because `json.loads` would guess UTF-16 from bytes.
        json.loads(body.decode("utf-8"), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise MalformedJsonError from error


def _unique(pairs: list[tuple[str, object]]) -> None:
    if len(pairs) > 1 and len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("duplicate key")
