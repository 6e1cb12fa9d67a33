"""Price snapshots as JSON bytes and back, one form for every store: the same id, the same bytes.

Fields are only ever added, with a default: what was written years ago must still be read.
"""

from __future__ import annotations

from pydantic import TypeAdapter

from domain.errors import DomainError
from domain.pricing.snapshot import PriceSnapshot

_ADAPTER = TypeAdapter(PriceSnapshot)


def encode_snapshot(snapshot: PriceSnapshot) -> bytes:
    """Compact UTF-8 JSON, fields in the order of the class; equal snapshots give equal bytes."""
    return _ADAPTER.dump_json(snapshot)


def decode_snapshot(body: bytes | str) -> PriceSnapshot:
    """The snapshot back. Raises `ValueError` for bytes that are not one."""
    try:
        return _ADAPTER.validate_json(body, strict=True)
    except DomainError as error:
        raise ValueError("not a price snapshot") from error
