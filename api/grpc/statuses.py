"""The same slugs as over HTTP, told the way of gRPC: a status, and a `Problem` in the trailing metadata."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import grpc
from pydantic_core import to_json

from adapters.protobuf.v1.errors_pb2 import FieldProblem, Problem
from api.errors import plain, rule_of
from api.handlers import field_errors_of
from domain.errors import DomainError

CODE: Final = "orderkeep-code"
PROBLEM: Final = "orderkeep-problem-bin"
REQUEST_ID: Final = "x-request-id"
TRACE: Final = "traceparent"
_CONFLICT: Final = 409

Metadata = tuple[tuple[str, str | bytes], ...]

# What each HTTP status of the table of rules is here; see docs/context-map.md.
_STATUSES: Mapping[int, grpc.StatusCode] = MappingProxyType(
    {
        400: grpc.StatusCode.INVALID_ARGUMENT,
        401: grpc.StatusCode.UNAUTHENTICATED,
        403: grpc.StatusCode.PERMISSION_DENIED,
        404: grpc.StatusCode.NOT_FOUND,
        405: grpc.StatusCode.UNIMPLEMENTED,
        406: grpc.StatusCode.INVALID_ARGUMENT,
        408: grpc.StatusCode.DEADLINE_EXCEEDED,
        _CONFLICT: grpc.StatusCode.FAILED_PRECONDITION,
        410: grpc.StatusCode.NOT_FOUND,
        412: grpc.StatusCode.ABORTED,
        413: grpc.StatusCode.INVALID_ARGUMENT,
        415: grpc.StatusCode.INVALID_ARGUMENT,
        422: grpc.StatusCode.INVALID_ARGUMENT,
        428: grpc.StatusCode.FAILED_PRECONDITION,
        429: grpc.StatusCode.RESOURCE_EXHAUSTED,
        500: grpc.StatusCode.INTERNAL,
        502: grpc.StatusCode.UNAVAILABLE,
        503: grpc.StatusCode.UNAVAILABLE,
        504: grpc.StatusCode.DEADLINE_EXCEEDED,
    }
)


def status_of(code: str) -> grpc.StatusCode:
    """The status of a slug; one that asks to come back at once is ABORTED and not a broken precondition."""
    rule = rule_of(code)
    if rule.status == _CONFLICT and rule.retry_after is not None:
        return grpc.StatusCode.ABORTED
    return _STATUSES[rule.status]


def problem_metadata(code: str, request_id: str, error: Exception) -> Metadata:
    """What goes out with the status of a slug. An error of another slug says nothing of itself."""
    told = error if isinstance(error, DomainError) and error.code == code else DomainError()
    rule = rule_of(code)
    message = Problem(
        code=code,
        title=rule.title,
        detail=rule.detail,
        request_id=request_id,
        errors=[FieldProblem(pointer=wrong.pointer, detail=wrong.detail) for wrong in field_errors_of(told)],
        facts=to_json({name: plain(value) for name, value in told.facts.items()}).decode(),
        retry_after=rule.retry_after or 0,
    )
    return ((CODE, code), (PROBLEM, message.SerializeToString()), (REQUEST_ID, request_id))
