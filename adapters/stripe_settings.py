"""Which provider new orders pay with, and what Stripe needs. All other settings are in `settings`."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import SecretStr, model_validator
from pydantic_settings import BaseSettings

STRIPE_API = "https://api.stripe.com"
_TEST_KEYS = ("sk_test_", "rk_test_")


class PaymentProvider(StrEnum):
    """Whom new orders are paid with. Payments that another one took stay with that one."""

    SANDBOX = "sandbox"
    STRIPE = "stripe"


class StripeSettings(BaseSettings):
    """Stripe's part of the settings. Stripe is connected when its key is set, chosen or not.

    `stripe_pay_page` is the shop's page that shows Stripe's payment form; `stripe_previous_webhook_secret`
    still verifies while the endpoint's secret is being rolled.
    """

    payment_provider: PaymentProvider = PaymentProvider.SANDBOX
    stripe_api_key: SecretStr | None = None
    stripe_webhook_secret: SecretStr | None = None
    stripe_previous_webhook_secret: SecretStr | None = None
    stripe_api_base: str = STRIPE_API
    stripe_pay_page: str = ""

    @property
    def stripe_is_connected(self) -> bool:
        """Chosen for new orders or kept for old ones."""
        return bool(_given(self.stripe_api_key))

    @model_validator(mode="after")
    def _stripe_is_complete(self) -> Self:
        # Everywhere, not only in production: half of Stripe would fail at the first order.
        faults = stripe_missing(self)
        if faults:
            message = "refusing to start with Stripe: " + "; ".join(faults)
            raise ValueError(message)
        return self


def stripe_missing(settings: StripeSettings) -> list[str]:
    """What Stripe still needs, as sentences; empty when it is neither chosen nor begun."""
    needed = {
        "ORDERKEEP_STRIPE_API_KEY": _given(settings.stripe_api_key),
        "ORDERKEEP_STRIPE_WEBHOOK_SECRET": _given(settings.stripe_webhook_secret),
        "ORDERKEEP_STRIPE_PAY_PAGE": settings.stripe_pay_page,
    }
    if settings.payment_provider is not PaymentProvider.STRIPE and not any(needed.values()):
        return []
    return [f"{name} is not set" for name, value in needed.items() if not value]


def stripe_unfit_for_production(settings: StripeSettings) -> list[str]:
    """What would give goods away or show secrets: a key of Stripe's test mode, an address without TLS."""
    key = _given(settings.stripe_api_key)
    if not key:
        return []
    faults = []
    if key.startswith(_TEST_KEYS):
        faults.append("ORDERKEEP_STRIPE_API_KEY is a key of Stripe's test mode, which takes no money")
    addresses = {"API_BASE": settings.stripe_api_base, "PAY_PAGE": settings.stripe_pay_page}
    return faults + [
        f"ORDERKEEP_STRIPE_{name} must begin with https://"
        for name, address in addresses.items()
        if not address.startswith("https://")
    ]


def _given(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""
