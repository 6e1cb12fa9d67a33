"""What the provider can be told from outside, read once at start. Faults are scripted over HTTP instead."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

# Repeated here and not imported from the order centre: the two share a wire, not code. A test compares them.
DEMO_SECRET: Final = "whsec_" + base64.b64encode(b"orderkeep demo secret, not for production").decode()

_LARGEST_PORT: Final = 65_535
_LONGEST_DOUBLING: Final = 30


@dataclass(frozen=True, slots=True)
class BackOff:
    """Waits between tries of a callback: `first`, doubled each time up to `cap`, at most `tries` tries."""

    first: timedelta = timedelta(milliseconds=200)
    cap: timedelta = timedelta(seconds=10)
    tries: int = 20

    def after(self, tries: int) -> timedelta | None:
        """The wait after that many failed tries; None when the callback is given up."""
        if tries >= self.tries:
            return None
        doubled: timedelta = self.first * (1 << min(tries - 1, _LONGEST_DOUBLING))
        return min(doubled, self.cap)


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """Where the provider lives and how patiently it sends.

    `data` is the folder of the database; `public_url` is where buyers reach the pay page, None for the
    address that the payment was requested at; port 0 takes a free one.
    """

    data: Path
    port: int = 0
    host: str = "127.0.0.1"
    secret: str = field(default=DEMO_SECRET, repr=False)
    public_url: str | None = None
    back_off: BackOff = BackOff()
    callback_timeout: timedelta = timedelta(seconds=5)
    callbacks_at_once: int = 16

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> ProviderSettings:
        """Read `ORDERKEEP_PROVIDER_*`. Raises `ValueError` with the name of the variable and the remedy."""
        folder = environment.get("ORDERKEEP_PROVIDER_DATA", "")
        if not folder:
            message = "ORDERKEEP_PROVIDER_DATA: name a folder for the provider's database"
            raise ValueError(message)
        return cls(
            data=Path(folder),
            port=_port(environment.get("ORDERKEEP_PROVIDER_PORT", "0")),
            host=environment.get("ORDERKEEP_PROVIDER_HOST", "127.0.0.1"),
            secret=environment.get("ORDERKEEP_PROVIDER_SECRET") or DEMO_SECRET,
            public_url=environment.get("ORDERKEEP_PROVIDER_PUBLIC_URL") or None,
        )


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) <= _LARGEST_PORT:
        return int(text)
    message = f"ORDERKEEP_PROVIDER_PORT: a port from 0 to {_LARGEST_PORT}, not {text!r}"
    raise ValueError(message)
