"""Opens the carrier that the settings name. It is not called at the start: it may be away."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from adapters.carriers.sandbox import SandboxCarrier

if TYPE_CHECKING:
    from adapters.settings import Settings
    from domain.ports.carriers import Carrier


@asynccontextmanager
async def open_carrier(settings: Settings) -> AsyncIterator[Carrier]:
    """The connected carrier, closed at the end of the block."""
    secrets = (settings.carrier_secret, settings.carrier_previous_secret)
    carrier = SandboxCarrier(
        settings.carrier_url,
        f"{settings.public_url.rstrip('/')}/v1/carrier-callbacks/sandbox",
        [secret.get_secret_value() for secret in secrets if secret is not None],
    )
    try:
        yield carrier
    finally:
        await carrier.aclose()
