"""The machine's clock and its source of chance, behind the ports of `domain.ports.clock`."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

ID_BYTES = 16  # 128 random bits
ENTROPY_BITS = 64


class SystemClock:
    """The server's clock."""

    def now(self) -> datetime:
        """The time in UTC."""
        return datetime.now(UTC)


class RandomIds:
    """Ids from the operating system's random source."""

    def new(self, prefix: str) -> str:
        """`prefix`, an underscore and 22 URL-safe characters: 128 random bits."""
        return f"{prefix}_{secrets.token_urlsafe(ID_BYTES)}"

    def entropy(self) -> int:
        """64 random bits."""
        return secrets.randbits(ENTROPY_BITS)
