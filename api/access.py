"""Who may call: API keys as bearer tokens. Object-level rules belong to the routes."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from hmac import compare_digest

LOCAL_CALLER = "local"
_SCHEME = "bearer"


class ApiKeys:
    """The accepted keys, kept as SHA-256 only. Without any key everybody may call, as in the local demo."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._hashes = tuple(sha256(key.encode()).digest() for key in keys)

    @property
    def is_open(self) -> bool:
        """True when no key is needed."""
        return not self._hashes

    def caller_of(self, authorization: str) -> str | None:
        """A stable name for the caller of an `Authorization` header, or None when it may not call.

        All keys are compared, each in constant time, so that the answer's delay tells nothing.
        """
        if self.is_open:
            return LOCAL_CALLER
        scheme, _, token = authorization.partition(" ")
        given = sha256(token.strip().encode()).digest()
        matches = [compare_digest(given, known) for known in self._hashes]
        return given.hex()[:16] if any(matches) and scheme.lower() == _SCHEME else None
