"""Settings from the environment. A production start refuses missing addresses and default secrets."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from domain.pricing.asking import PriceDrop

LOCAL_PROVIDER_SECRET = "whsec_b3JkZXJrZWVwIGRlbW8gc2VjcmV0LCBub3QgZm9yIHByb2R1Y3Rpb24="  # noqa: S105 - published on purpose
LOCAL_PAYLOAD_KEY = "bG9jYWwtZGVtby1wYXlsb2FkLWtleS0wMDAwMDAwMDE="
_PORT = Annotated[int, Field(ge=0, le=65_535)]


class Environment(StrEnum):
    """Where we run. Only local may use embedded servers and published secrets."""

    LOCAL = "local"
    PRODUCTION = "production"


def _named(name: str) -> AliasChoices:
    return AliasChoices(name, f"ORDERKEEP_{name}")


class Settings(BaseSettings):
    """All settings, one field for each variable; windows in seconds."""

    model_config = SettingsConfigDict(
        env_prefix="ORDERKEEP_", extra="ignore", frozen=True, populate_by_name=True
    )

    environment: Environment = Environment.LOCAL
    database_url: str = Field(default="", validation_alias=_named("DATABASE_URL"))
    redis_url: str = Field(default="", validation_alias=_named("REDIS_URL"))
    temporal_address: str = Field(default="", validation_alias=_named("TEMPORAL_ADDRESS"))
    temporal_namespace: str = Field(default="default", validation_alias=_named("TEMPORAL_NAMESPACE"))
    temporal_ui_url: str = ""

    data: Path = Path(".orderkeep")
    api_host: str = "127.0.0.1"
    api_port: _PORT = 8000
    public_url: str = "http://127.0.0.1:8000"
    worker_health_port: _PORT = 8001
    projector_health_port: _PORT = 8002
    api_keys: Annotated[tuple[SecretStr, ...], NoDecode] = ()

    provider_url: str = "http://127.0.0.1:8003"
    provider_secret: SecretStr = SecretStr(LOCAL_PROVIDER_SECRET)
    provider_previous_secret: SecretStr | None = None
    payload_key: SecretStr = SecretStr(LOCAL_PAYLOAD_KEY)
    payload_key_id: str = "local-1"
    payload_previous_keys: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    encrypt_payloads: bool = False

    database_pool: Annotated[int, Field(ge=1, le=200)] = 10
    order_task_queue: str = "orders"
    payment_task_queue: str = "payments"
    first_answer_seconds: Annotated[float, Field(gt=0, le=60)] = 8.0
    relay_grace_seconds: Annotated[float, Field(ge=0, le=600)] = 2.0
    payment_window_seconds: Annotated[float, Field(gt=0)] = 1_800
    confirmation_window_seconds: Annotated[float, Field(gt=0)] = 900
    shipping_window_seconds: Annotated[float, Field(gt=0)] = 2_592_000
    return_window_seconds: Annotated[float, Field(ge=0)] = 604_800
    review_window_seconds: Annotated[float, Field(gt=0)] = 604_800
    price_drop: PriceDrop = PriceDrop.CONFIRM

    @field_validator("api_keys", "payload_previous_keys", mode="before")
    @classmethod
    def _by_commas(cls, value: object) -> object:
        return (
            tuple(part.strip() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

    @model_validator(mode="after")
    def _production_is_complete(self) -> Self:
        if self.environment is Environment.PRODUCTION:
            faults = [*self._missing(), *self._published_secrets()]
            if faults:
                message = "refusing to start in production: " + "; ".join(faults)
                raise ValueError(message)
        return self

    def _missing(self) -> list[str]:
        needed = {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "TEMPORAL_ADDRESS": self.temporal_address,
            "ORDERKEEP_API_KEYS": self.api_keys,
        }
        missing = [f"{name} is not set" for name, value in needed.items() if not value]
        given = self.model_fields_set
        missing += [
            f"ORDERKEEP_{name.upper()} is not set"
            for name in ("public_url", "provider_url")
            if name not in given
        ]
        return missing

    def _published_secrets(self) -> list[str]:
        faults = []
        if self.provider_secret.get_secret_value() == LOCAL_PROVIDER_SECRET:
            faults.append("ORDERKEEP_PROVIDER_SECRET is the published demo secret")
        if not self.encrypt_payloads:
            faults.append("ORDERKEEP_ENCRYPT_PAYLOADS must be on: payloads hold personal data")
        if self.payload_key.get_secret_value() == LOCAL_PAYLOAD_KEY:
            faults.append("ORDERKEEP_PAYLOAD_KEY is the published demo key")
        return faults
