"""Documents of the business inside requests, such as promotions: their faults get a place in the body."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from api.errors import FieldError
from api.json_body import InvalidRequestError
from domain.errors import InvalidValueError

_Read = TypeVar("_Read")


def read_document(reader: Callable[[Any], _Read], document: object, pointer: str) -> _Read:
    """What `reader` makes of it. Raises `InvalidRequestError` that points below `pointer`."""
    try:
        return reader(document)
    except InvalidValueError as error:
        place = f"{pointer}/{error.facts['field']}".replace(".", "/")
        raise InvalidRequestError((FieldError(place, str(error.facts["rule"])),)) from error
    except OverflowError as error:
        # A time at the end of the calendar has no equal in other zones.
        rule = "times within the calendar, in every zone"
        raise InvalidRequestError((FieldError(pointer, rule),)) from error
