"""Price snapshots as JSON bytes and back, one form for every store: the same id, the same bytes.

The form has a version, its first member. Fields are only ever added, with a default; any other change
is a new version, and old ones stay readable: what was written years ago is still a promise.
"""

from __future__ import annotations

import json
from typing import Any, Final

from pydantic import TypeAdapter

from domain.errors import DomainError
from domain.pricing.snapshot import PriceSnapshot

_ADAPTER: Final = TypeAdapter(PriceSnapshot)
_VERSION: Final = 2
_MARK: Final = b'{"v":2,'
# The first release had these two kinds of components, and told them apart by their labels.
_FIRST_KINDS: Final = {"goods": "daily_price", "delivery_fee": "delivery_fee"}


def encode_snapshot(snapshot: PriceSnapshot) -> bytes:
    """Compact UTF-8 JSON, fields in the order of the class; equal snapshots give equal bytes."""
    return _MARK + _ADAPTER.dump_json(snapshot)[1:]


def decode_snapshot(body: bytes | str) -> PriceSnapshot:
    """The snapshot back. Raises `ValueError` for bytes that are not one, or of a version to come."""
    raw = body.encode() if isinstance(body, str) else body
    try:
        return _ADAPTER.validate_json(raw if raw.startswith(_MARK) else _upgraded(raw), strict=True)
    except (DomainError, AttributeError, LookupError, TypeError) as error:
        raise ValueError("not a price snapshot") from error


def _upgraded(raw: bytes) -> bytes:
    document: dict[str, Any] = json.loads(raw)
    version = document.get("v", 1)
    if version not in {1, _VERSION}:
        message = f"a price snapshot of version {version}"
        raise ValueError(message)
    if version == 1:
        _to_second(document)
    return json.dumps(document).encode()


def _to_second(document: dict[str, Any]) -> None:
    """Components of version 1 carried a Money for each line, and had no kind."""
    breakdown = document["breakdown"]
    breakdown["line_count"] = len(document["lines"])
    for part in breakdown["components"]:
        part["kind"] = _FIRST_KINDS[part["label"]]
        amounts = [money["amount"] for money in part.pop("per_line")]
        part["shares"] = [[line, share] for line, share in enumerate(amounts, start=1) if share]
