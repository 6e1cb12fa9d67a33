"""Settings from the environment. A production start refuses missing addresses and default secrets."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from adapters.messaging_settings import MessagingSettings
from adapters.stripe_settings import PaymentProvider, StripeSettings, stripe_unfit_for_production
from domain.order.refund_policy import DeliveryFeePolicy, ThresholdPolicy
from domain.pricing.asking import PriceDrop

LOCAL_PROVIDER_SECRET = "whsec_b3JkZXJrZWVwIGRlbW8gc2VjcmV0LCBub3QgZm9yIHByb2R1Y3Rpb24="  # noqa: S105 - published on purpose
LOCAL_CARRIER_SECRET = "whsec_b3JkZXJrZWVwIGRlbW8gY2Fycmllciwgbm90IGZvciBwcm9kdWN0aW9u"  # noqa: S105 - published on purpose
LOCAL_PAYLOAD_KEY = "bG9jYWwtZGVtby1wYXlsb2FkLWtleS0wMDAwMDAwMDE="
LOCAL_PERSONAL_DATA_KEY = "bG9jYWwtZGVtby1idXllci1rZXktMDAwMDAwMDAwMDE="
LOCAL_CODEC_TOKEN = "local-codec-token"  # noqa: S105 - published on purpose
_LABEL = r"^[A-Za-z0-9_-]{0,100}$"  # Temporal joins the two by a dot
_PORT = Annotated[int, Field(ge=0, le=65_535)]


class Environment(StrEnum):
    """Where we run. Only local may use embedded servers and published secrets."""

    LOCAL = "local"
    PRODUCTION = "production"


def _named(name: str) -> AliasChoices:
    return AliasChoices(name, f"ORDERKEEP_{name}")


class Settings(StripeSettings, MessagingSettings, BaseSettings):
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
    grpc_port: _PORT | None = None
    public_url: str = "http://127.0.0.1:8000"
    worker_health_port: _PORT = 8001
    projector_health_port: _PORT = 8002
    api_keys: Annotated[tuple[SecretStr, ...], NoDecode] = ()

    provider_url: str = "http://127.0.0.1:8003"
    provider_secret: SecretStr = SecretStr(LOCAL_PROVIDER_SECRET)
    provider_previous_secret: SecretStr | None = None
    carrier_url: str = "http://127.0.0.1:8004"
    carrier_secret: SecretStr = SecretStr(LOCAL_CARRIER_SECRET)
    carrier_previous_secret: SecretStr | None = None
    payload_key: SecretStr = SecretStr(LOCAL_PAYLOAD_KEY)
    payload_key_id: str = "local-1"
    payload_previous_keys: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    encrypt_payloads: bool = False
    personal_data_key: SecretStr = SecretStr(LOCAL_PERSONAL_DATA_KEY)
    personal_data_previous_keys: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    codec_host: str = "127.0.0.1"
    codec_port: _PORT = 8005
    codec_token: SecretStr = SecretStr(LOCAL_CODEC_TOKEN)

    database_pool: Annotated[int, Field(ge=1, le=200)] = 10
    group_appends: bool = True
    order_task_queue: str = "orders"
    payment_task_queue: str = "payments"
    payment_calls_per_second: Annotated[float, Field(ge=0.1, le=10_000)] = 500
    payment_requests_per_second: Annotated[float, Field(ge=0.1, le=10_000)] = 500
    deployment: Annotated[str, Field(pattern=_LABEL)] = ""
    build_id: Annotated[str, Field(pattern=_LABEL)] = ""
    first_answer_seconds: Annotated[float, Field(gt=0, le=60)] = 8.0
    relay_grace_seconds: Annotated[float, Field(ge=0, le=600)] = 2.0
    payment_window_seconds: Annotated[float, Field(gt=0)] = 1_800
    confirmation_window_seconds: Annotated[float, Field(gt=0)] = 900
    shipping_window_seconds: Annotated[float, Field(gt=0)] = 2_592_000
    return_window_seconds: Annotated[float, Field(ge=0)] = 604_800
    review_window_seconds: Annotated[float, Field(gt=0)] = 604_800
    payment_poll_seconds: Annotated[float, Field(gt=0)] = 60
    carrier_poll_seconds: Annotated[float, Field(gt=0)] = 21_600
    acceptance_window_seconds: Annotated[float, Field(gt=0)] = 300
    decision_window_seconds: Annotated[float, Field(gt=0)] = 604_800
    receipt_window_seconds: Annotated[float, Field(gt=0)] = 2_592_000
    manual_capture_methods: Annotated[tuple[str, ...], NoDecode] = ()
    refund_delivery_fee: DeliveryFeePolicy = DeliveryFeePolicy.WITH_ALL_GOODS
    refund_threshold: ThresholdPolicy = ThresholdPolicy.KEEP
    price_drop: PriceDrop = PriceDrop.CONFIRM

    @field_validator(
        "api_keys",
        "payload_previous_keys",
        "personal_data_previous_keys",
        "manual_capture_methods",
        mode="before",
    )
    @classmethod
    def _by_commas(cls, value: object) -> object:
        return (
            tuple(part.strip() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

    @model_validator(mode="after")
    def _version_is_whole(self) -> Self:
        if self.build_id and not self.deployment:
            raise ValueError("ORDERKEEP_BUILD_ID is set without ORDERKEEP_DEPLOYMENT")
        return self

    @model_validator(mode="after")
    def _production_is_complete(self) -> Self:
        if self.environment is Environment.PRODUCTION:
            faults = [*self._missing(), *self._published_secrets(), *stripe_unfit_for_production(self)]
            if faults:
                message = "refusing to start in production: " + "; ".join(faults)
                raise ValueError(message)
        return self

    @property
    def sandbox_is_connected(self) -> bool:
        """The sandbox provider is there for whoever chose it or gave its address."""
        return self.payment_provider is PaymentProvider.SANDBOX or "provider_url" in self.model_fields_set

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
            for name in (
                "public_url",
                *(("provider_url",) if self.sandbox_is_connected else ()),
                "carrier_url",
            )
            if name not in given
        ]
        return missing

    def _published_secrets(self) -> list[str]:
        faults = []
        if self.sandbox_is_connected and self.provider_secret.get_secret_value() == LOCAL_PROVIDER_SECRET:
            faults.append("ORDERKEEP_PROVIDER_SECRET is the published demo secret")
        if self.carrier_secret.get_secret_value() == LOCAL_CARRIER_SECRET:
            faults.append("ORDERKEEP_CARRIER_SECRET is the published demo secret")
        if not self.encrypt_payloads:
            faults.append("ORDERKEEP_ENCRYPT_PAYLOADS must be on: payloads hold personal data")
        if self.payload_key.get_secret_value() == LOCAL_PAYLOAD_KEY:
            faults.append("ORDERKEEP_PAYLOAD_KEY is the published demo key")
        if self.personal_data_key.get_secret_value() == LOCAL_PERSONAL_DATA_KEY:
            faults.append("ORDERKEEP_PERSONAL_DATA_KEY is the published demo key")
        return faults
