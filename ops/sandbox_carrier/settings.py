"""What the carrier can be told from outside, read once at start. Faults are scripted over HTTP instead."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ops.sandbox.sending import Sending, port_of

# Repeated here and not imported from the order centre: the two share a wire, not code. A test compares them.
DEMO_SECRET: Final = "whsec_" + base64.b64encode(b"orderkeep demo carrier, not for production").decode()


@dataclass(frozen=True, slots=True)
class CarrierSettings:
    """Where the carrier lives and how it sends. `data` is the folder of the database; port 0 takes any."""

    data: Path
    port: int = 0
    host: str = "127.0.0.1"
    sending: Sending = field(default_factory=lambda: Sending(DEMO_SECRET))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> CarrierSettings:
        """Read `ORDERKEEP_CARRIER_*`. Raises `ValueError` with the name of the variable and the remedy."""
        folder = environment.get("ORDERKEEP_CARRIER_DATA", "")
        if not folder:
            message = "ORDERKEEP_CARRIER_DATA: name a folder for the carrier's database"
            raise ValueError(message)
        return cls(
            data=Path(folder),
            port=port_of(environment.get("ORDERKEEP_CARRIER_PORT", "0"), "ORDERKEEP_CARRIER_PORT"),
            host=environment.get("ORDERKEEP_CARRIER_HOST", "127.0.0.1"),
            sending=Sending(environment.get("ORDERKEEP_CARRIER_SECRET") or DEMO_SECRET),
        )
