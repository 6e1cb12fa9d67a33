"""A start with half of Stripe is refused, and in production also one that takes no money."""

import pytest
from pydantic import ValidationError

from adapters.settings import Settings
from adapters.stripe_settings import PaymentProvider
from tests.unit.adapters.test_settings import COMPLETE

STRIPE = {
    "ORDERKEEP_PAYMENT_PROVIDER": "stripe",
    "ORDERKEEP_STRIPE_API_KEY": "sk_live_key",
    "ORDERKEEP_STRIPE_WEBHOOK_SECRET": "whsec_secret",
    "ORDERKEEP_STRIPE_PAY_PAGE": "https://shop.example/pay",
}
NEEDED = [name for name in STRIPE if name != "ORDERKEEP_PAYMENT_PROVIDER"]
SANDBOX = {"ORDERKEEP_PROVIDER_URL", "ORDERKEEP_PROVIDER_SECRET"}


@pytest.fixture
def stripe(monkeypatch):
    for name, value in STRIPE.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def production(monkeypatch):
    for name, value in COMPLETE.items():
        if name not in SANDBOX:
            monkeypatch.setenv(name, value)


def settings() -> Settings:
    return Settings(_env_file=None)


def test_new_orders_pay_with_the_sandbox_unless_somebody_says_otherwise():
    assert settings().payment_provider is PaymentProvider.SANDBOX


def test_a_production_with_stripe_needs_no_sandbox(production, stripe):
    assert settings().payment_provider is PaymentProvider.STRIPE
    assert not settings().sandbox_is_connected


def test_a_production_that_still_has_payments_at_the_sandbox_keeps_both(production, stripe, monkeypatch):
    monkeypatch.setenv("ORDERKEEP_PROVIDER_URL", "https://pay.example")
    monkeypatch.setenv("ORDERKEEP_PROVIDER_SECRET", "whsec_b3VyIG93biBzZWNyZXQ=")
    assert settings().sandbox_is_connected


def test_a_sandbox_beside_stripe_needs_a_secret_of_its_own_in_production(production, stripe, monkeypatch):
    monkeypatch.setenv("ORDERKEEP_PROVIDER_URL", "https://pay.example")
    with pytest.raises(ValidationError, match="ORDERKEEP_PROVIDER_SECRET is the published demo"):
        settings()


@pytest.mark.parametrize("name", NEEDED)
@pytest.mark.parametrize("lost", ["absent", "empty"])
@pytest.mark.parametrize("chosen", [True, False])
def test_half_of_stripe_is_refused_wherever_it_starts(stripe, monkeypatch, name, lost, chosen):
    monkeypatch.delenv(name) if lost == "absent" else monkeypatch.setenv(name, "")
    if not chosen:
        monkeypatch.delenv("ORDERKEEP_PAYMENT_PROVIDER")
    with pytest.raises(ValidationError, match=f"{name} is not set"):
        settings()


@pytest.mark.parametrize("name", NEEDED)
def test_production_refuses_a_missing_secret_of_stripe(production, stripe, monkeypatch, name):
    monkeypatch.delenv(name)
    with pytest.raises(ValidationError, match=f"{name} is not set"):
        settings()


@pytest.mark.parametrize("key", ["sk_test_key", "rk_test_key"])
def test_production_refuses_a_key_that_takes_no_money(production, stripe, monkeypatch, key):
    monkeypatch.setenv("ORDERKEEP_STRIPE_API_KEY", key)
    with pytest.raises(ValidationError, match="test mode"):
        settings()


@pytest.mark.parametrize("name", ["ORDERKEEP_STRIPE_API_BASE", "ORDERKEEP_STRIPE_PAY_PAGE"])
def test_production_talks_to_stripe_over_tls_only(production, stripe, monkeypatch, name):
    monkeypatch.setenv(name, "http://stripe.example")
    with pytest.raises(ValidationError, match=f"{name} must begin with https://"):
        settings()


def test_empty_variables_connect_nothing(monkeypatch):
    for name in NEEDED:
        monkeypatch.setenv(name, "")
    assert not settings().stripe_is_connected


def test_stripe_is_connected_beside_the_sandbox_for_payments_that_it_took(stripe, monkeypatch):
    monkeypatch.setenv("ORDERKEEP_PAYMENT_PROVIDER", "sandbox")
    assert settings().stripe_is_connected
    assert settings().sandbox_is_connected


def test_the_key_is_never_shown(stripe):
    assert "sk_live_key" not in repr(settings())
