"""Opens every payment provider that the settings name. Which one an order pays with is the order's matter."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from adapters.payments.sandbox import SandboxGateway
from adapters.payments.stripe import StripeGateway
from domain.ports.payments import PaymentGateway, PaymentReports

if TYPE_CHECKING:
    from pydantic import SecretStr

    from adapters.settings import Settings
    from domain.ports.clock import Clock
    from domain.ports.payments import PaymentReferences


class ConnectedProvider(PaymentGateway, PaymentReports, Protocol):
    """Takes payments and tells afterwards what it moved."""

    async def aclose(self) -> None:
        """Close the connections."""
        ...


@asynccontextmanager
async def open_providers(
    settings: Settings, references: PaymentReferences, clock: Clock
) -> AsyncIterator[Mapping[str, ConnectedProvider]]:
    """The connected providers by name. None is called at the start: each may be away."""
    async with AsyncExitStack() as opened:
        found: list[ConnectedProvider] = []
        if settings.sandbox_is_connected:
            found.append(_sandbox(settings))
        if settings.stripe_is_connected:
            found.append(_stripe(settings, references, clock))
        for gateway in found:
            opened.push_async_callback(gateway.aclose)
        yield {gateway.provider: gateway for gateway in found}


def _sandbox(settings: Settings) -> SandboxGateway:
    return SandboxGateway(
        settings.provider_url,
        f"{settings.public_url.rstrip('/')}/v1/payment-callbacks/sandbox",
        _secrets(settings.provider_secret, settings.provider_previous_secret),
    )


def _stripe(settings: Settings, references: PaymentReferences, clock: Clock) -> StripeGateway:
    return StripeGateway(
        api_key=_secrets(settings.stripe_api_key)[0],
        webhook_secrets=_secrets(settings.stripe_webhook_secret, settings.stripe_previous_webhook_secret),
        api_base=settings.stripe_api_base,
        pay_page=settings.stripe_pay_page,
        references=references,
        clock=clock,
    )


def _secrets(*given: SecretStr | None) -> list[str]:
    return [secret.get_secret_value() for secret in given if secret is not None and secret.get_secret_value()]
