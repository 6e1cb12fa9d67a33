"""Which payment providers are connected, by the settings."""

from adapters.clock import SystemClock
from adapters.memory.payments import MemoryPaymentReferences
from adapters.payments.providers import open_providers
from adapters.settings import Settings

STRIPE = {"stripe_api_key": "sk_test_1", "stripe_webhook_secret": "whsec_1", "stripe_pay_page": "https://s/p"}


async def connected(**values: str) -> list[str]:
    settings = Settings.model_validate(values)
    async with open_providers(settings, MemoryPaymentReferences(), SystemClock()) as providers:
        assert all(gateway.provider == name for name, gateway in providers.items())
        return sorted(providers)


async def test_the_sandbox_is_there_when_nothing_is_said():
    assert await connected() == ["sandbox"]


async def test_stripe_alone_takes_payments_when_it_is_chosen():
    assert await connected(payment_provider="stripe", **STRIPE) == ["stripe"]


async def test_payments_of_both_providers_are_looked_after():
    assert await connected(**STRIPE) == ["sandbox", "stripe"]
    chosen = {"payment_provider": "stripe", "provider_url": "http://pay", **STRIPE}
    assert await connected(**chosen) == ["sandbox", "stripe"]
