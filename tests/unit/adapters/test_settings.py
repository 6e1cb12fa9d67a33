"""A production start refuses what only a local one may have: missing addresses and published secrets."""

import pytest
from pydantic import ValidationError

from adapters.settings import (
    LOCAL_CARRIER_SECRET,
    LOCAL_PAYLOAD_KEY,
    LOCAL_PERSONAL_DATA_KEY,
    LOCAL_PROVIDER_SECRET,
    Settings,
)

COMPLETE = {
    "ORDERKEEP_ENVIRONMENT": "production",
    "DATABASE_URL": "postgresql://db/orderkeep",
    "REDIS_URL": "redis://cache/0",
    "TEMPORAL_ADDRESS": "temporal:7233",
    "ORDERKEEP_API_KEYS": "one,two",
    "ORDERKEEP_PUBLIC_URL": "https://orders.example",
    "ORDERKEEP_PROVIDER_URL": "https://pay.example",
    "ORDERKEEP_PROVIDER_SECRET": "whsec_b3VyIG93biBzZWNyZXQ=",
    "ORDERKEEP_CARRIER_URL": "https://parcels.example",
    "ORDERKEEP_CARRIER_SECRET": "whsec_YW5vdGhlciBzZWNyZXQgb2Ygb3Vycw==",
    "ORDERKEEP_ENCRYPT_PAYLOADS": "true",
    "ORDERKEEP_PAYLOAD_KEY": "b3JkZXJrZWVwLXRlc3Qta2V5LTAwMDAwMDAwMDAwMDE=",
    "ORDERKEEP_PERSONAL_DATA_KEY": "b3JkZXJrZWVwLXRlc3Qta2V5LTAwMDAwMDAwMDAwMDI=",
}
ADDRESSES = [
    "DATABASE_URL",
    "REDIS_URL",
    "TEMPORAL_ADDRESS",
    "ORDERKEEP_API_KEYS",
    "ORDERKEEP_PUBLIC_URL",
    "ORDERKEEP_PROVIDER_URL",
    "ORDERKEEP_CARRIER_URL",
]
PUBLISHED = [
    ("ORDERKEEP_PROVIDER_SECRET", LOCAL_PROVIDER_SECRET),
    ("ORDERKEEP_CARRIER_SECRET", LOCAL_CARRIER_SECRET),
    ("ORDERKEEP_PAYLOAD_KEY", LOCAL_PAYLOAD_KEY),
    ("ORDERKEEP_PERSONAL_DATA_KEY", LOCAL_PERSONAL_DATA_KEY),
]


@pytest.fixture(autouse=True)
def complete(monkeypatch):
    for name, value in COMPLETE.items():
        monkeypatch.setenv(name, value)


def test_a_complete_production_starts():
    assert len(Settings(_env_file=None).api_keys) == 2


@pytest.mark.parametrize("name", ADDRESSES)
def test_production_names_the_address_that_is_missing(monkeypatch, name):
    monkeypatch.delenv(name)

    with pytest.raises(ValidationError, match=f"{name} is not set"):
        Settings(_env_file=None)


@pytest.mark.parametrize(("name", "value"), PUBLISHED)
def test_production_refuses_a_published_secret_and_one_that_was_left_out(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=f"{name} is the published demo"):
        Settings(_env_file=None)

    monkeypatch.delenv(name)
    with pytest.raises(ValidationError, match=f"{name} is the published demo"):
        Settings(_env_file=None)


def test_production_refuses_to_keep_personal_data_in_the_clear(monkeypatch):
    monkeypatch.delenv("ORDERKEEP_ENCRYPT_PAYLOADS")

    with pytest.raises(ValidationError, match="ORDERKEEP_ENCRYPT_PAYLOADS must be on"):
        Settings(_env_file=None)


def test_a_refusal_tells_no_secret(monkeypatch):
    monkeypatch.delenv("DATABASE_URL")

    with pytest.raises(ValidationError) as refused:
        Settings(_env_file=None)

    assert COMPLETE["ORDERKEEP_PROVIDER_SECRET"] not in str(refused.value)
    assert COMPLETE["ORDERKEEP_PAYLOAD_KEY"] not in str(refused.value)
    assert COMPLETE["ORDERKEEP_PERSONAL_DATA_KEY"] not in str(refused.value)


def test_the_same_gaps_are_fine_on_one_machine(monkeypatch):
    for name in COMPLETE:
        monkeypatch.delenv(name)

    assert Settings(_env_file=None).api_keys == ()
