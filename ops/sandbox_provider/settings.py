"""What the provider can be told from outside, read once at start. Faults are scripted over HTTP instead."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ops.sandbox.sending import Sending, port_of

# Repeated here and not imported from the order centre: the two share a wire, not code. A test compares them.
DEMO_SECRET: Final = "whsec_" + base64.b64encode(b"orderkeep demo secret, not for production").decode()


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """Where the provider lives and how it sends.

    `data` is the folder of the database; `public_url` is where buyers reach the pay page, None for the
    address that the payment was requested at; port 0 takes a free one.
    """

    data: Path
    port: int = 0
    host: str = "127.0.0.1"
    sending: Sending = field(default_factory=lambda: Sending(DEMO_SECRET))
    public_url: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> ProviderSettings:
        """Read `ORDERKEEP_PROVIDER_*`. Raises `ValueError` with the name of the variable and the remedy."""
        folder = environment.get("ORDERKEEP_PROVIDER_DATA", "")
        if not folder:
            message = "ORDERKEEP_PROVIDER_DATA: name a folder for the provider's database"
            raise ValueError(message)
        return cls(
            data=Path(folder),
            port=port_of(environment.get("ORDERKEEP_PROVIDER_PORT", "0"), "ORDERKEEP_PROVIDER_PORT"),
            host=environment.get("ORDERKEEP_PROVIDER_HOST", "127.0.0.1"),
            sending=Sending(environment.get("ORDERKEEP_PROVIDER_SECRET") or DEMO_SECRET),
            public_url=environment.get("ORDERKEEP_PROVIDER_PUBLIC_URL") or None,
        )
